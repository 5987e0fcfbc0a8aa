"""Measures a model on another table of the form it was trained on: what `xindai score evaluate` does."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scoring.design import Design, lay_out
from scoring.evidence import grades
from scoring.metrics import Floats, fairness, lift_by_tenth, measure
from scoring.model import Model
from scoring.schema import parse_schema
from scoring.table import TableError, read_table


@dataclass(frozen=True, slots=True)
class Measured:
    """`pd` and `bad` are the rows that could be scored, in the table's order."""

    figures: dict[str, Any]
    pd: Floats
    bad: Floats


def evaluate(model: Model, data: Path) -> Measured:
    """Figures, grades, groups and drift against training. Raises TableError with a sentence.

    A row that lacks a value which training never saw missing is not scored: it is counted and said.
    """
    schema = parse_schema(model.schema)
    table = read_table(data, schema)
    design = lay_out(table, schema, model.inputs)
    notes = [*table.notes, *design.notes]
    if model.manifest["training"]["data_sha256"] == table.sha256:
        notes.append("this is the very file that the model was trained on: the figures flatter it")
    design = _scorable(model, design, notes)
    bads = int(design.bad.sum())
    if not 0 < bads < len(design.bad):
        raise TableError(f"Every row of {data.name} has the same outcome, so nothing can be measured.")
    pds = model.pds(design.x)
    threshold = float(model.metrics["fairness_threshold"])
    shifts = {one.name: round(drift(model, one.name, design.x[:, place]), 4) for place, one in enumerate(model.inputs)}
    figures = {
        "model": model.hash,
        "measured": measure(pds, design.bad, design.weight),
        "trained": model.metrics["cross_validation"],
        "notes": notes,
        "grades": grades(pds, design.bad, model.scorecard),
        "lift": lift_by_tenth(pds, design.bad),
        "stability": round(drift(model, "(score)", pds), 4),
        "stability_of_inputs": dict(sorted(shifts.items(), key=lambda item: -item[1])),
        "fairness": {name: fairness(pds, design.bad, groups, threshold) for name, groups in design.protected.items()},
    }
    return Measured(figures, pds, design.bad)


def drift(model: Model, name: str, values: Floats) -> float:
    """Population stability index of an input, or of `(score)`, against training."""
    held = model.metrics["baseline"][name]
    edges, expected = np.array(held["edges"]), np.maximum(held["shares"], 1e-4)
    place = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))
    actual = np.maximum(np.bincount(place, minlength=len(edges) + 2) / len(values), 1e-4)
    return float(np.sum((actual - expected) * np.log(actual / expected)))


def _scorable(model: Model, design: Design, notes: list[str]) -> Design:
    never = np.array([not one.missing for one in model.inputs])
    lacking = np.isnan(design.x) & never
    rows = lacking.any(axis=1)
    if not rows.any():
        return design
    first = model.inputs[int(np.flatnonzero(lacking.any(axis=0))[0])].name
    notes.append(f"{int(rows.sum()):,} row(s) are not scored: {first} is missing, which training never saw")
    if rows.all():
        raise TableError(f"No row can be scored: {first!r} is missing, which training never saw.")
    return design.take(np.flatnonzero(~rows))
