"""From a table and a schema to a model on disk: what `xindai score train` does.

Same data, schema, seed and libraries: the same bytes. The figures are those of rows that the scoring trees and the
calibrator have not seen; the model itself is then grown on all rows (but those held out by time).
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from scoring.artifact import as_json, write_artifact
from scoring.card import render_card
from scoring.design import Design, lay_out
from scoring.evidence import Evidence, gather
from scoring.growing import CrossFit, Recipe, cross_fit, folds, grow
from scoring.metrics import Floats, auc
from scoring.model import Input, Scorecard
from scoring.reasons import groups_of
from scoring.schema import Schema
from scoring.suspects import find_suspects, group_numbers, without
from scoring.table import Table, TableError, read_table
from scoring.tuning import search

FEWEST = 30
"""Bads, and goods, below which nothing is trained: five folds of six say nothing."""

FOLDS = 5
HELD_OUT = 0.2
"""Of the rows, the latest, when the schema names a time column."""

BANDS = (("A", 0.35), ("B", 0.55), ("C", 0.85), ("D", 1.4))
"""Grades end at these multiples of the bad rate."""

Step = Callable[[str, int, int], None]
"""What is being done, how many parts are done, of how many."""


@dataclass(frozen=True, slots=True)
class Options:
    """`trials` None: as many as the schema's recipe leaves to find, 30 without one."""

    seed: int = 42
    trials: int | None = None
    threads: int = 1
    seconds: float | None = None


def train(data: Path, schema: Schema, out: Path, options: Options = Options(), step: Step | None = None) -> Evidence:
    """Raises TableError with a sentence when the data can't carry a model."""
    tell = step or (lambda *_: None)
    tell("reading", 0, 1)
    table = read_table(data, schema)
    design = lay_out(table, schema)
    notes = [*table.notes, *design.notes]
    check_outcomes(table, design)
    design, suspects = _clean(design, schema, notes)
    inside, later = _by_time(design, notes)
    groups = group_numbers(inside)
    recipe = _recipe(inside, groups, schema, options, tell)
    fold = folds(inside.bad, groups, FOLDS, options.seed)
    told = _counter(tell, "measuring", FOLDS)
    try:
        crossed = cross_fit(inside, recipe, fold, options.seed, options.threads, told)
    except ValueError:
        raise TableError(f"The inputs of {data.name} tell the outcome no better than chance.") from None
    cost = _cost_of_leaving_out(inside, recipe, fold, options, crossed, tell)
    tell("growing", 0, 1)
    text = grow(inside, recipe, options.seed, options.threads)
    scorecard = scorecard_of(inside)
    evidence = gather(inside, crossed, text, later, recipe, scorecard, schema, options.seed)
    evidence.figures |= {"suspects": [asdict(one) for one in suspects], "notes": notes, "left_out": cost}
    reasons = groups_of(schema, inside.inputs, text)
    tell("writing", 0, 1)
    files = {
        "model.txt": text,
        "calibrator.json": as_json(crossed.calibrator.tree()),
        "schema.json": as_json(
            {
                "schema": schema.model_dump(mode="json"),
                "inputs": [asdict(one) for one in inside.inputs],
                "scorecard": scorecard.tree(),
            }
        ),
        "reasons.json": as_json(reasons),
        "metrics.json": as_json(evidence.figures),
        "card.html": render_card(schema, evidence, table),
    }
    training = {"data_sha256": table.sha256, "rows": len(inside.bad), "seed": options.seed, "recipe": asdict(recipe)}
    evidence.hash = write_artifact(out, files, training)
    return evidence


def check_outcomes(table: Table, design: Design) -> None:
    """Raises TableError for an outcome that is always the same, or nearly."""
    bads = int(design.bad.sum())
    goods = len(design.bad) - bads
    if not bads or not goods:
        raise TableError(f"Every row of {table.path.name} has the same outcome ({'bad' if bads else 'good'}).")
    if min(bads, goods) < FEWEST:
        kind = "bad" if bads < goods else "good"
        raise TableError(
            f"{table.path.name} has only {min(bads, goods)} {kind} outcome(s) in {len(design.bad):,} rows; at least "
            f"{FEWEST} are needed to tell anything about them."
        )


def scorecard_of(design: Design) -> Scorecard:
    """Grades around the bad rate of this portfolio, two significant digits."""
    rate = float(np.average(design.bad, weights=design.weight))
    bands = [(grade, min(0.99, float(f"{rate * share:.2g}"))) for grade, share in BANDS]
    return Scorecard(bands=(*bands, ("E", 1.0)))


def _clean(design: Design, schema: Schema, notes: list[str]) -> tuple[Design, list[Any]]:
    suspects = find_suspects(design)
    notes += [suspect.sentence for suspect in suspects]
    echoes = {suspect.name for suspect in suspects if suspect.kind == "echo"} - set(schema.columns.keep)
    if len(echoes) == len(design.inputs):
        raise TableError("Every input is an echo of the target: nothing is left to train on.")
    again = len(design.alike) - len(np.unique(design.alike))
    if again:
        notes.append(
            f"{again:,} row(s) repeat another in every column but the id; repeats share a fold, so that none is "
            "scored by trees that have seen its twin"
        )
    return (without(design, sorted(echoes)) if echoes else design), list(suspects)


def _by_time(design: Design, notes: list[str]) -> tuple[Design, Design | None]:
    if design.time is None:
        return design, None
    known = np.flatnonzero(~np.isnan(design.time))
    if len(known) < len(design.bad):
        notes.append(f"{len(design.bad) - len(known):,} row(s) without a time are left out")
    edge = float(np.quantile(design.time[known], 1 - HELD_OUT))
    later = known[design.time[known] > edge]
    inside = known[design.time[known] <= edge]
    counted = [int(design.bad[part].sum()) for part in (inside, later)]
    if min(counted) < FEWEST or min(len(inside) - counted[0], len(later) - counted[1]) < FEWEST:
        notes.append("the latest rows are too few to be held out by time; they are trained on")
        return design.take(known), None
    return design.take(inside), design.take(later)


def _recipe(design: Design, groups: np.ndarray, schema: Schema, options: Options, tell: Step) -> Recipe:
    given = Recipe.of(schema.recipe) if schema.recipe else None
    trials = options.trials if options.trials is not None else 0 if given else 30
    if not trials:
        chosen = given or Recipe()
        # A hundredth of the rows at most: a recipe for many rows would leave few without a single split.
        return replace(chosen, min_data_in_leaf=min(chosen.min_data_in_leaf, max(5, len(design.bad) // 100)))
    done = iter(range(1, trials + 1))
    tell("tuning", 0, trials)
    return search(
        design,
        groups,
        trials,
        options.seed,
        threads=options.threads,
        seconds=options.seconds,
        step=lambda _: tell("tuning", next(done), trials),
    )


def _counter(tell: Step, what: str, parts: int) -> Callable[[], None]:
    done = iter(range(1, parts + 1))
    tell(what, 0, parts)
    return lambda: tell(what, next(done), parts)


def _cost_of_leaving_out(
    design: Design, recipe: Recipe, fold: np.ndarray, options: Options, crossed: CrossFit, tell: Step
) -> dict[str, Any] | None:
    """What the protected columns would add if they were inputs: measured on the same folds, then thrown away."""
    if not design.protected:
        return None
    columns, inputs = [], []
    for name, values in design.protected.items():
        levels, codes = np.unique(np.array(values, dtype=object).astype(str), return_inverse=True)
        columns.append(codes.astype(np.float64))
        inputs.append(Input(name, 0, missing=False, levels=tuple(str(level) for level in levels)))
    wider = replace(design, inputs=(*design.inputs, *inputs), x=np.column_stack([design.x, *columns]))
    told = _counter(tell, "measuring what is left out", FOLDS)
    with_them = cross_fit(wider, recipe, fold, options.seed, options.threads, told)
    return {
        "columns": list(design.protected),
        "auc_with": round(_mean_auc(design, with_them.raw, fold), 5),
        "auc_without": round(_mean_auc(design, crossed.raw, fold), 5),
    }


def _mean_auc(design: Design, raw: Floats, fold: np.ndarray) -> float:
    return float(np.mean([auc(raw[fold == n], design.bad[fold == n]) for n in np.unique(fold)]))
