"""`xindai score`: the scoring library from the shell."""

from pathlib import Path
from typing import Annotated

import typer

from scoring import commands as models
from scoring.lanes import commands as lanes
from scoring.policy_file import STANDARD, PolicyError, load_policy

app = typer.Typer(
    help="Score, decide, and prove what thresholds promise.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.registered_commands += models.app.registered_commands + lanes.app.registered_commands


@app.command()
def check(policy: Annotated[Path, typer.Argument(help="Folder of a policy.")] = STANDARD) -> None:
    """Say whether a policy's tables are whole, unambiguous and within the law."""
    try:
        found = load_policy(policy)
    except PolicyError as refused:
        typer.echo(f"{refused.field}: {refused.zh}\n{refused}" if refused.zh else str(refused), err=True)
        raise typer.Exit(1) from None
    rows = sum(len(table.rows) for table in found.tables.values())
    typer.echo(f"{found.version}: {len(found.tables)} tables, {rows} rows, rules {found.rules_version}")


if __name__ == "__main__":
    app(prog_name="xindai score")
