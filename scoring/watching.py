"""Whether the cases of today are still those that a model was trained on."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from scoring.evaluate import drift
from scoring.metrics import Floats
from scoring.model import Model

SCORE = "(score)"

Features: TypeAlias = Mapping[str, float | None]
"""A case as it stands in its decision record, None where a value is missing."""


def rows_of(model: Model, cases: Iterable[Features]) -> Floats:
    """In the order of the model's inputs."""
    table = [[np.nan if case[name] is None else case[name] for name in model.names] for case in cases]
    return np.array(table, dtype=np.float64).reshape(len(table), len(model.names))


def scorable(model: Model, rows: Floats) -> npt.NDArray[np.bool_]:
    """Which rows lack nothing that the model has always been shown."""
    never = np.array([not one.missing for one in model.inputs])
    lacking = (np.isnan(rows) & never).any(axis=1) | np.isinf(rows).any(axis=1) | np.isnan(rows).all(axis=1)
    known: npt.NDArray[np.bool_] = ~lacking
    return known


def shifts(model: Model, rows: Floats) -> dict[str, float]:
    """Population stability index of the score and of every input against training, the largest first. ValueError
    without a single row that the model can score."""
    rows = rows[scorable(model, rows)]
    if not len(rows):
        raise ValueError("no case can be scored")
    found = {one.name: drift(model, one.name, rows[:, place]) for place, one in enumerate(model.inputs)}
    found[SCORE] = drift(model, SCORE, model.pds(rows))
    return {name: round(value, 4) for name, value in sorted(found.items(), key=lambda item: -item[1])}
