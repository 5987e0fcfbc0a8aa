"""Cases of today against those of training, and the monthly figures."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from scoring.model import Model
from scoring.population import draw_cards
from scoring.revolving import measure
from scoring.watching import SCORE, rows_of, scorable, shifts

Features = dict[str, float | None]


def people(count: int) -> list[Features]:
    """Invented people as decision records tell them."""
    rng = random.Random(7)  # noqa: S311 - invented people need no secrecy
    drawn = (measure(draw_cards(rng).history) for _ in range(count))
    return [{name: None if math.isnan(value) else value for name, value in one.items()} for one in drawn]


def test_a_shifted_input_shows_and_the_others_do_not(model: Model) -> None:
    cases = people(1_000)
    steady = shifts(model, rows_of(model, cases))
    assert steady[SCORE] < 0.1
    assert set(steady) == {SCORE, *model.names}
    assert list(steady.values()) == sorted(steady.values(), reverse=True)
    moved = shifts(model, rows_of(model, [case | {"limit": (case["limit"] or 0) * 40} for case in cases]))
    assert next(iter(moved)) == "limit"
    assert moved["limit"] > 1
    assert all(moved[name] == steady[name] for name in model.names if name != "limit")


def test_cases_that_the_model_cannot_score_are_left_out(model: Model) -> None:
    never = next(one.name for one in model.inputs if not one.missing)
    first, second, third, fourth = people(4)
    second[never] = None
    third[never] = math.inf
    fourth = dict.fromkeys(fourth)
    rows = rows_of(model, [first, second, third, fourth])
    assert scorable(model, rows).tolist() == [True, False, False, False]
    lenient = replace(model, inputs=tuple(replace(one, missing=True) for one in model.inputs))
    assert scorable(lenient, rows).tolist() == [True, True, False, False]
    with pytest.raises(ValueError, match="no case"):
        shifts(model, rows[1:])
    assert np.isfinite(list(shifts(model, rows).values())).all()
