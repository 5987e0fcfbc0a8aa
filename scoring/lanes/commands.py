"""`xindai score frontier`, `lanes` and `limit`: thresholds from a lender's own matured cases."""

import csv
import hashlib
import math
from dataclasses import astuple
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from scoring.lanes.attainable import CAP, Targets, base_rate_limit
from scoring.lanes.bands import Figure
from scoring.lanes.certify import PPM, Certified, Refused, choose
from scoring.lanes.frontier import CONFIDENCE, FIGURES, Frontier, weigh
from scoring.lanes.frontier import frontier as every_pair
from scoring.lanes.sample import NOBODY, Sample, SampleError, read_sample
from scoring.policy_file import LANES, STANDARD, PolicyError, load_policy

app = typer.Typer(no_args_is_help=True, add_completion=False)

Cases = Annotated[Path, typer.Argument(help="CSV of matured cases that trained nothing: a score and an outcome each.")]
Score = Annotated[str, typer.Option(help="Column of the probability of default.")]
Outcome = Annotated[str, typer.Option(help="Column of the outcome, 1 for a default.")]
BaseRate = Annotated[float | None, typer.Option(help="Share of defaults in the portfolio to judge; the cases' own.")]
BadRate = Annotated[float, typer.Option(help="Most bad ones among automatically approved.")]
Accuracy = Annotated[float, typer.Option(help="Least right ones among automatic decisions.")]
Automation = Annotated[float, typer.Option(help="Least automatic ones among applications; 0: as many as there are.")]
Cap = Annotated[float, typer.Option(help="Most applications that the score alone may decline.")]
Confidence = Annotated[float, typer.Option(help="Confidence of bands and promises.")]


@app.command()
def frontier(
    cases: Cases,
    score: Score = "pd",
    outcome: Outcome = "bad",
    base_rate: BaseRate = None,
    confidence: Confidence = CONFIDENCE,
    out: Annotated[Path | None, typer.Option(help="CSV of every pair with its bands.")] = None,
) -> None:
    """What every pair of thresholds would have done, with confidence bands."""
    sample = _read(cases, score, outcome, base_rate)
    pds, bads = [*sample.good, *sample.bad], [0] * len(sample.good) + [1] * len(sample.bad)
    found = every_pair(pds, bads, base_rate=base_rate, confidence=confidence)
    if out is not None:
        _write_pairs(out, found)
    console = Console()
    console.print(f"{sample.size} cases, base rate {sample.base_rate:.2%}, {len(found)} pairs, bands {confidence:.0%}")
    console.print(_pairs_table(sample, confidence))


@app.command()
def limit(
    cases: Cases,
    score: Score = "pd",
    outcome: Outcome = "bad",
    bad_rate: BadRate = 0.015,
    accuracy: Accuracy = 0.95,
    automation: Automation = 0.8,
    cap: Cap = CAP,
) -> None:
    """The base rate up to which this score can meet all targets at once."""
    sample = _read(cases, score, outcome, None)
    targets = Targets(bad_rate, accuracy, automation, cap)
    found = base_rate_limit(sample, targets)
    wanted = f"automation ≥ {automation:.1%}, accuracy ≥ {accuracy:.1%} and a bad rate ≤ {bad_rate:.2%}"
    if found is None:
        typer.echo(f"This score meets {wanted} at no base rate.")
        raise typer.Exit(1)
    typer.echo(f"All of {wanted} hold up to a base rate of {found:.2%}. These cases: {sample.base_rate:.2%}.")


@app.command()
def lanes(
    cases: Cases,
    score: Score = "pd",
    outcome: Outcome = "bad",
    base_rate: BaseRate = None,
    bad_rate: BadRate = 0.015,
    accuracy: Accuracy = 0.95,
    automation: Automation = 0.0,
    cap: Cap = CAP,
    confidence: Confidence = CONFIDENCE,
    about: Annotated[str, typer.Option(help="Which model scored which cases, for the file.")] = "",
    policy: Annotated[Path, typer.Option(help="Folder of the policy.")] = STANDARD,
    write: Annotated[bool, typer.Option("--write", help="Put them into the policy, certified or not.")] = False,
) -> None:
    """Thresholds that keep bad rate and accuracy with this confidence, or what is missing for them."""
    sample = _read(cases, score, outcome, base_rate)
    targets = Targets(bad_rate, accuracy, automation, cap)
    choice = choose(sample, targets, confidence)
    for line in describe(choice, targets, confidence):
        typer.echo(line)
    if write:
        text = lanes_file(choice, sample, targets, confidence, _origin(cases, about))
        before = (policy / LANES).read_text(encoding="utf-8")
        (policy / LANES).write_text(text, encoding="utf-8")
        try:
            version = load_policy(policy).version
        except PolicyError as refused:
            (policy / LANES).write_text(before, encoding="utf-8")
            typer.echo(f"Nothing was written: {refused}", err=True)
            raise typer.Exit(1) from None
        typer.echo(f"Written to {policy / LANES}; the policy is now {version}.")
    if isinstance(choice, Refused):
        raise typer.Exit(1)


def describe(choice: Certified | Refused, targets: Targets, confidence: float) -> list[str]:
    """The outcome in sentences."""
    if isinstance(choice, Certified):
        point = choice.point
        declined = "nobody" if choice.decline_min_pd_ppm > PPM else f"PD ≥ {choice.decline_min_pd_ppm / PPM:.2%}"
        return [
            f"With {confidence:.0%} confidence: approve PD ≤ {choice.approve_max_pd_ppm / PPM:.2%}, "
            f"decline {declined}.",
            *(f"  {name.replace('_', ' '):<18}{_words(getattr(point, name))}" for name in FIGURES),
        ]
    wanted = f"a bad rate ≤ {targets.bad_rate:.2%} and an accuracy ≥ {targets.accuracy:.1%}"
    wanted += f" with automation ≥ {targets.automation:.0%}" if targets.automation else ""
    lines = [f"Nothing certifies {wanted}: everything is referred to a person."]
    if choice.needed is not None and choice.observed is not None:
        return [
            *lines,
            f"  The nearest pair shows {choice.observed:.2%} bad among {choice.approvals:,} approvals;"
            f" at that rate about {choice.needed:,} matured approvals would prove it.",
        ]
    near = choice.nearest
    others = "whatever is automatic" if choice.relaxed else "with the other two"
    best = [
        ("automation at most", near.automation, others),
        ("accuracy at most", near.accuracy, others),
        ("a bad rate of at least", near.bad_rate, others),
        ("all of it up to a base rate of", choice.base_rate_limit, ""),
    ]
    reach = [f"  {words} {value:.2%} {rest}".rstrip() for words, value, rest in best if value is not None]
    return [*lines, "This score can't do it on these cases. Attainable:", *(reach or ["  nothing near it"])]


def lanes_file(
    choice: Certified | Refused, sample: Sample, targets: Targets, confidence: float, origin: tuple[str, str]
) -> str:
    """`lanes.toml` with how its two numbers came about; `origin`: a sentence, and the digest of the cases."""
    lines = describe(choice, targets, confidence)
    low, high = (
        (choice.approve_max_pd_ppm, choice.decline_min_pd_ppm) if isinstance(choice, Certified) else (0, PPM + 1)
    )
    said = "\n".join(f"# {line}".rstrip() for line in lines)
    return f"""# Written by `xindai score lanes CASES --write`; to be run again when model or portfolio have changed.
# Probabilities of default in parts per million: approved up to the first, declined from the second (1,000,001:
# nobody).
{said}
approve_max_pd_ppm = {low:_}
decline_min_pd_ppm = {high:_}

[derivation]
cases = {_quoted(origin[0])}
cases_sha256 = "{origin[1]}"
count = {sample.size}
base_rate = {sample.base_rate:.6g}
most_bad_rate = {targets.bad_rate:g}
least_accuracy = {targets.accuracy:g}
least_automation = {targets.automation:g}
most_declined_by_score = {targets.decline_cap:g}
confidence = {confidence:g}
certified = {str(isinstance(choice, Certified)).lower()}
{_figures(choice)}"""


def _figures(choice: Certified | Refused) -> str:
    """Each figure with the ends of its band, for whoever looks at the policy."""
    if isinstance(choice, Refused):
        return ""
    rows = [f"{name} = {[round(value, 6) for value in astuple(getattr(choice.point, name))]}" for name in FIGURES]
    # A decline lane without anybody has no precision; TOML writes it as nan, JSON can't.
    return "\n".join(["", "[derivation.figures]", *(row for row in rows if "nan" not in row), ""])


def _origin(cases: Path, about: str) -> tuple[str, str]:
    return about or cases.name, hashlib.sha256(cases.read_bytes()).hexdigest()


def _quoted(text: str) -> str:
    return '"' + "".join(c for c in text if c.isprintable() and c not in '"\\') + '"'


def _read(cases: Path, score: str, outcome: str, base_rate: float | None) -> Sample:
    try:
        return read_sample(cases, score, outcome, base_rate)
    except SampleError as refused:
        typer.echo(f"{cases}: {refused}", err=True)
        raise typer.Exit(2) from None


def _words(figure: Figure) -> str:
    return f"{figure.value:7.2%}  ({figure.low:.2%} to {figure.high:.2%})"


def _write_pairs(out: Path, found: Frontier) -> None:
    with out.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        bands = [f"{name}{end}" for name in FIGURES for end in ("", "_low", "_high")]
        writer.writerow(["approve_max_pd", "decline_min_pd", *bands])
        for point in found.points:
            figures = (value for name in FIGURES for value in astuple(getattr(point, name)))
            writer.writerow([point.approve_max_pd, point.decline_min_pd, *figures])


def _pairs_table(sample: Sample, confidence: float) -> Table:
    """A tenth of the applications more approved on each line, nobody and the most declined."""
    table = Table("approve", "decline", *(name.replace("_", "\n") for name in FIGURES), box=None, pad_edge=False)
    approve = np.unique(sample.quantiles(np.arange(0.1, 1.0, 0.1)))
    for decline in (NOBODY, float(sample.quantiles(np.asarray([1 - CAP]))[0])):
        below = approve[approve < decline]
        for point in weigh(sample, below, np.full_like(below, decline), confidence).points:
            values = [getattr(point, name).value for name in FIGURES]
            cells = ["—" if math.isnan(value) else f"{value:.1%}" for value in values]
            table.add_row(f"≤ {point.approve_max_pd:.2%}", "—" if decline == NOBODY else f"≥ {decline:.2%}", *cells)
    return table
