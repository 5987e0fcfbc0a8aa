"""`xindai score train` and `xindai score evaluate`. What a person can mend is one sentence and exit code 2."""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid

from scoring.artifact import ArtifactError
from scoring.evaluate import evaluate as measure_again
from scoring.metrics import Floats
from scoring.model import open_model
from scoring.schema import SCHEMAS, SchemaError, read_schema
from scoring.table import TableError
from scoring.train import Options, Step
from scoring.train import train as make

app = typer.Typer(no_args_is_help=True, add_completion=False)

Data = Annotated[Path, typer.Option(help="Table of text: CSV and its relatives, .gz too.")]
SchemaFile = Annotated[Path, typer.Option("--schema", help="TOML, see scoring/SCHEMA.md; or the name of a ready one.")]
Out = Annotated[Path, typer.Option(help="Folder to write: new, empty, or an older model.")]
Seed = Annotated[int, typer.Option(help="Same data, schema and seed: same bytes.")]
Trials = Annotated[
    int | None, typer.Option(min=0, help="Recipes that Optuna tries; 30, or none when the schema has one.")
]
Seconds = Annotated[float | None, typer.Option(min=1, help="End the search early; the model then depends on it.")]
Threads = Annotated[int, typer.Option(min=1, help="Of LightGBM; the model does not depend on them.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")]
Kept = Annotated[Path | None, typer.Option(help="CSV to write, pd and bad of every case: for frontier, limit, lanes.")]
Folder = Annotated[Path, typer.Option(help="Folder that train wrote.")]
Figures = Annotated[Path | None, typer.Option(help="JSON file to write the figures to.")]

_SHOWN = ("auc", "gini", "ks", "brier", "ece", "log_loss", "bad_rate", "mean_pd")


@app.command()
def train(
    data: Data,
    schema: SchemaFile,
    out: Out,
    seed: Seed = 42,
    trials: Trials = None,
    seconds: Seconds = None,
    threads: Threads = 1,
    cases: Kept = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """A table and the schema of its columns to a measured, explained model."""
    with _refusals():
        if out.exists() and (not out.is_dir() or not _replaceable(out)):
            raise TableError(f"{out} exists and is not a model; name a new folder.")
        meaning = read_schema(_schema_path(schema))
        with _progress(quiet=quiet) as step:
            evidence = make(data, meaning, out, Options(seed, trials, threads, seconds), step)
    _write_cases(cases, evidence.pd, evidence.bad)
    _print(evidence.figures | {"hash": evidence.hash}, as_json=as_json)
    if not as_json:
        typer.echo(f"Model {evidence.hash[:12]} in {out}; its card is {out / 'card.html'}.")


@app.command()
def evaluate(model: Folder, data: Data, out: Figures = None, cases: Kept = None, as_json: AsJson = False) -> None:
    """A model on another table with the columns that it was trained on."""
    with _refusals():
        measured = measure_again(open_model(model), data)
    if out:
        out.write_text(json.dumps(measured.figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _write_cases(cases, measured.pd, measured.bad)
    _print(measured.figures, as_json=as_json)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (ArtifactError, SchemaError, TableError) as refusal:
        typer.echo(f"xindai score: {refusal}", err=True)
        raise typer.Exit(2) from None


def _write_cases(file: Path | None, pds: Floats, bad: Floats) -> None:
    if file is not None:
        with file.open("w", encoding="utf-8", newline="") as lines:
            csv.writer(lines).writerows([("pd", "bad"), *zip(pds.tolist(), bad.astype(int).tolist(), strict=True)])


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Step]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        yield _bar(progress)


def _replaceable(folder: Path) -> bool:
    return not any(folder.iterdir()) or (folder / "manifest.json").exists()


def _schema_path(given: Path) -> Path:
    ready = SCHEMAS / f"{given.name}.toml"
    return ready if not given.exists() and given.parent == Path() and ready.exists() else given


def _bar(progress: Progress) -> Step:
    tasks: dict[str, Any] = {}

    def step(what: str, done: int, parts: int) -> None:
        for name, task in tasks.items():
            if name != what:
                progress.update(task, completed=progress.tasks[task].total)
        if what not in tasks:
            tasks[what] = progress.add_task(what, total=parts)
        progress.update(tasks[what], completed=done, total=parts)

    return step


def _print(figures: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(figures, indent=1, ensure_ascii=False))
        return
    for note in figures.get("notes", ()):
        typer.echo(f"· {note}")
    measured = {
        title: figures[key]
        for key, title in (
            ("cross_validation", "cross-validation"),
            ("out_of_time", "later rows"),
            ("measured", "this table"),
            ("trained", "in training"),
        )
        if key in figures
    }
    grid = Grid("figure", *measured)
    for name in _SHOWN:
        grid.add_row(name, *(f"{column[name]:.4f}" if name in column else "" for column in measured.values()))
    grid.add_row("cases / bads", *(f"{column['cases']:,} / {column['bads']:,}" for column in measured.values()))
    Console().print(grid)
