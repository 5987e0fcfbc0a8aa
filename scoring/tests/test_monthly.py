"""The monthly figures: planted drift, bias and miscalibration show; small groups never do."""

import math
import random
from collections import Counter

import numpy as np
import pytest

from scoring.model import Model
from scoring.monthly import OTHERS, Cases, difference, report_on, share, told_together
from scoring.population import draw_cards
from scoring.revolving import measure
from scoring.watching import SCORE, Features, rows_of


def people(count: int, seed: int = 5) -> list[Features]:
    rng = random.Random(seed)  # noqa: S311 - invented people need no secrecy
    drawn = (measure(draw_cards(rng).history) for _ in range(count))
    return [{name: None if math.isnan(value) else value for name, value in one.items()} for one in drawn]


@pytest.fixture(scope="module")
def features() -> list[Features]:
    return people(1_200)


def outcomes(model: Model, features: list[Features], lift: float = 0.0) -> list[float]:
    """As the model says, or riskier by `lift`."""
    pds = model.pds(rows_of(model, features))
    draws = np.random.default_rng(3).random(len(pds))
    return [float(draw < pd + lift) for draw, pd in zip(draws, pds, strict=True)]


def test_a_model_that_is_right_is_found_right(model: Model, features: list[Features]) -> None:
    found = report_on(model, Cases(), Cases(features=features, bad=outcomes(model, features)))
    assert found["measured"]["auc"] > 0.7
    assert found["measured"]["ece"] < 0.03
    assert found["outcomes"]["cases"] == len(features)
    assert sum(row["cases"] for row in found["grades"]) == len(features)
    rates = [row["bad_rate"][0] for row in found["grades"]]
    assert rates == sorted(rates)
    wrong = report_on(model, Cases(), Cases(features=features, bad=outcomes(model, features, lift=0.2)))
    assert wrong["measured"]["ece"] > 0.1


def test_a_month_without_outcomes_or_cases_says_so(model: Model, features: list[Features]) -> None:
    nothing = report_on(model, Cases(), Cases())
    assert (nothing["measured"], nothing["stability"], nothing["distribution"]) == (None, {}, None)
    assert (nothing["decided"]["automation"], nothing["outcomes"]["cases"]) == (None, 0)
    good = report_on(model, Cases(), Cases(features=features[:50], bad=[0.0] * 50))
    assert good["measured"] is None
    assert good["outcomes"] == {"cases": 50, "bads": 0}


def test_lanes_and_the_scores_shift_are_those_of_the_month(model: Model, features: list[Features]) -> None:
    lanes: list[str | None] = ["approve"] * 600 + ["refer"] * 300 + ["decline"] * 100 + [None] * 200
    found = report_on(model, Cases(features=features, lanes=lanes), Cases())
    assert found["decided"]["asked"] == 1_000
    assert found["decided"]["automation"][0] == 0.7
    assert found["decided"]["approval"] == share(600, 1_000)
    assert found["stability"][SCORE] < 0.1
    assert sum(found["distribution"]["now"]) == pytest.approx(1, abs=1e-3)
    assert len(found["distribution"]["now"]) == len(found["distribution"]["trained"])


def test_groups_that_fare_otherwise_show_with_intervals(model: Model, features: list[Features]) -> None:
    sexes = ["F" if number % 2 else "M" for number in range(len(features))]
    lanes: list[str | None] = [
        "refer" if sex == "F" and number % 5 == 1 else "approve" for number, sex in enumerate(sexes)
    ]
    bad = [
        1.0 if sex == "F" and number % 4 == 1 else one
        for number, (sex, one) in enumerate(zip(sexes, outcomes(model, features), strict=True))
    ]
    decided = Cases(features=features, lanes=lanes, groups={"sex": sexes})
    found = report_on(model, decided, Cases(features=features, bad=bad, groups={"sex": sexes}))
    men, women = sorted(found["approvals"]["sex"], key=lambda row: str(row["group"] == "F"))
    gap = women.get("gap") or men["gap"]
    assert (gap[0] < 0 < gap[2]) is False
    assert abs(gap[0]) == pytest.approx(0.2, abs=0.02)
    errors = {row["group"]: row["error"] for row in found["errors"]["sex"]}
    assert errors["F"][1] > 0, "the interval of a real error leaves zero out"
    assert errors["M"][1] < 0 < errors["M"][2]


def test_few_people_are_never_told_alone(model: Model, features: list[Features]) -> None:
    assert Counter(told_together(["a"] * 100 + ["b"] * 40 + ["c"] * 5)) == {"a": 100, OTHERS: 45}
    assert Counter(told_together(["a"] * 100 + ["b"] * 20 + ["c"] * 20)) == {"a": 100, OTHERS: 40}
    assert Counter(told_together(["a"] * 50 + ["b"] * 50)) == {"a": 50, "b": 50}
    assert Counter(told_together(["a"] * 40 + ["b"] * 3)) == {OTHERS: 43}
    regions = ["1"] * 1_000 + ["2"] * 199 + ["7"]
    decided = Cases(features=features, lanes=["approve"] * 1_200, groups={"region": regions})
    matured = Cases(features=features, bad=outcomes(model, features), groups={"region": regions})
    found = report_on(model, decided, matured)
    for rows in (found["approvals"]["region"], found["errors"]["region"]):
        assert [(row["group"], row["cases"]) for row in rows] == [("1", 1_000), (OTHERS, 200)]
    few = report_on(model, Cases(features=features[:20], lanes=["approve"] * 20, groups={"sex": ["F"] * 20}), Cases())
    assert few["approvals"]["sex"] == []


def test_a_difference_of_shares_as_published() -> None:
    """Newcombe (1998), table II (a): 56/70 against 48/80 gives 0.2000 with 0.0524 to 0.3339."""
    assert difference(56, 70, 48, 80) == pytest.approx([0.2, 0.0524, 0.3339], abs=2e-4)
