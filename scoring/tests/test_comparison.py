from pathlib import Path

import pytest

from scoring.comparison import Case, Verdict, compare, verdict
from scoring.decision import assess
from scoring.model import Model
from scoring.policy_edit import edit, write
from scoring.policy_file import STANDARD, Policy
from scoring.tests.conftest import Persona


def decided(lane: str, pd: float = 0.02, rate: int | None = None, **rows: str) -> Verdict:
    offer = (5_000_000, rate, 100_000 + (rate or 0)) if rate else (None, None, None)
    return Verdict(lane, pd, {table: (f"{table}-{to}", to) for table, to in rows.items()}, False, *offer)


def test_flips_name_the_rows_that_turned() -> None:
    case = Case(
        "XD1",
        {},
        decided("approve", rate=720, score="pass", age="pass"),
        decided("refer", score="refer", age="pass"),
    )
    still = Case("XD2", {}, decided("refer", age="refer"), decided("refer", age="refer"))
    better = Case("XD3", {}, decided("refer", score="refer"), decided("approve", rate=700, score="pass"))
    found = compare([still, better, case])
    assert (found["count"], found["flipped"]) == (3, 2)
    assert [flip["reference"] for flip in found["flips"]] == ["XD1", "XD3"]
    assert found["flips"][0] == {
        "reference": "XD1",
        "from": "approve",
        "to": "refer",
        "why": [{"table": "score", "before": "score-pass", "after": "score-refer"}],
    }
    assert found["moves"] == [
        {"from": "refer", "to": "approve", "count": 1},
        {"from": "approve", "to": "refer", "count": 1},
    ]
    assert found["before"]["approve"]["count"] == found["after"]["approve"]["count"] == 1


def test_prices_are_those_of_loans_that_both_grant() -> None:
    cases = [
        Case("XD1", {}, decided("approve", rate=720), decided("approve", rate=700)),
        Case("XD2", {}, decided("approve", rate=720), decided("approve", rate=800)),
        Case("XD3", {}, decided("approve", rate=720), decided("refer")),
    ]
    prices = compare(cases)["prices"]
    assert (prices["count"], prices["cheaper"], prices["dearer"]) == (2, 1, 1)
    assert prices["rate_change_bp"] == pytest.approx(30)
    assert prices["payment_change_fen"] == pytest.approx(30)


def test_gaps_between_groups_have_intervals() -> None:
    cases = [
        Case(f"XD{n}", {"sex": "F" if n % 2 else "M"}, decided("approve"), decided("refer" if n % 2 else "approve"))
        for n in range(40)
    ]
    women, men = compare(cases)["groups"]
    assert (women["by"], women["group"], women["count"]) == ("sex", "F", 20)
    assert women["before"]["gap"]["value"] == 0
    assert women["before"]["gap"]["low"] < 0 < women["before"]["gap"]["high"]
    assert women["after"]["gap"]["value"] == -1
    assert women["after"]["gap"]["high"] < -0.5
    assert men["after"]["share"] == 1
    alone = compare([Case("XD1", {"sex": "F"}, decided("approve"), decided("approve"))])["groups"]
    assert alone[0]["after"]["gap"] is None


def test_the_mean_pd_is_that_of_what_is_approved() -> None:
    cases = [Case("XD1", {}, decided("approve", 0.01), decided("approve", 0.01))]
    cases.append(Case("XD2", {}, decided("approve", 0.05), decided("refer", 0.05)))
    found = compare(cases)
    assert found["before"]["mean_pd"] == pytest.approx(0.03)
    assert found["after"]["mean_pd"] == pytest.approx(0.01)
    nothing = compare([])
    assert nothing["before"]["mean_pd"] is None
    assert nothing["before"]["approve"]["share"] is None


def test_the_bad_rate_is_that_of_approved_loans_that_have_turned_out() -> None:
    cases = [Case(f"XD{n}", {}, decided("approve"), decided("approve"), bad=n == 0) for n in range(4)]
    cases += [Case("XD8", {}, decided("approve"), decided("refer"), bad=True)]
    cases += [Case("XD9", {}, decided("approve"), decided("approve"))]
    found = compare(cases)
    before, after = (found[side]["bad_rate"] for side in ("before", "after"))
    assert (before["count"], before["of"], after["count"], after["of"]) == (2, 5, 1, 4)
    assert after["low"] < after["share"] == 0.25 < after["high"]


def test_a_real_case_turns_by_the_row_that_was_changed(
    persona: Persona, model: Model, policy: Policy, tmp_path: Path
) -> None:
    stricter = write(edit(STANDARD, {"means.means.dti_bp.0": 1_000}), tmp_path)
    before, after = (verdict(assess(persona("approve"), model, one)) for one in (policy, stricter))
    assert before.annual_rate_bp is not None
    flip = compare([Case("XD1", {}, before, after)])["flips"][0]
    assert (flip["from"], flip["to"]) == ("approve", after.lane)
    assert "affordability" in {row["table"] for row in flip["why"]}
    declined = verdict(assess(persona("decline"), model, policy))
    assert (declined.lane, declined.by_score) == ("decline", False)
