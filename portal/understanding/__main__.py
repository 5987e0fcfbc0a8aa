"""`xindai nlu parse TEXT [--json]` and `xindai nlu report`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from portal.understanding.parse import OPENING, Understanding, understand
from portal.understanding.report import as_text, measure
from portal.understanding.utterances import UTTERANCES, read_utterances

app = typer.Typer(help="What a message means, and how well that is told.", no_args_is_help=True, add_completion=False)


@app.command()
def parse(
    text: Annotated[str, typer.Argument(help="What somebody typed.")],
    asked: Annotated[str, typer.Option(help="The question on the screen.")] = OPENING,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say what one message means: sums in yuan, terms in months."""
    meant = understand(text, asked)
    if as_json:
        typer.echo(json.dumps(as_dict(meant), ensure_ascii=False))
        return
    for name, value in as_dict(meant).items():
        typer.echo(f"{name:<8}{value if value not in (None, {}, []) else '–'}")


@app.command()
def report(
    file: Annotated[Path, typer.Option(help="Labelled utterances, one JSON object a line.")] = UTTERANCES,
    part: Annotated[str, typer.Option("--set", help="tune, test or all.")] = "test",
    mistakes: Annotated[bool, typer.Option(help="List what was misunderstood.")] = False,
) -> None:
    """Print precision and recall per slot and intent."""
    rows = [row for row in read_utterances(file) if part == "all" or row.get("set", part) == part]
    found = measure(rows)
    typer.echo(as_text(found))
    for row, meant in found.mistakes if mistakes else ():
        wanted = {"slots": row.get("slots", {}), "intent": row["intent"], "faq": row.get("faq")}
        typer.echo(f"\n{row['text']}\n  wanted {wanted}\n  got    {as_dict(meant)}")


def as_dict(meant: Understanding) -> dict[str, Any]:
    """Plain values. `edit` is there when a question to change was named, `unsure` when something had no one value."""
    said: dict[str, Any] = {
        "slots": meant.slots,
        "intent": meant.intent.value,
        "faq": meant.faq.id if meant.faq else None,
    }
    return said | ({"edit": meant.edit} if meant.edit else {}) | ({"unsure": [*meant.unsure]} if meant.unsure else {})


if __name__ == "__main__":
    app(prog_name="xindai nlu")
