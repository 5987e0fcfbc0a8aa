import dataclasses
import json

import pytest
from pydantic import TypeAdapter

from scoring.application import Application, Evidence
from scoring.decision import assess, parse_inputs
from scoring.features import FEATURES, NAMES, afford, build
from scoring.model import Model
from scoring.policy_file import Policy
from scoring.portfolio import AS_OF, generate
from scoring.report import BureauReport
from scoring.tests.conftest import Persona

PROTECTED = (
    "sex",
    "gender",
    "marriage",
    "marital",
    "education",
    "ethnic",
    "nation",
    "address",
    "region",
    "name",
    "age",
)


def test_a_report_read_from_json_gives_the_same(persona: Persona, model: Model, policy: Policy) -> None:
    for case in generate(3, 60):
        # As it would come in from the bureau and the intake: JSON, parsed and assessed.
        inputs = persona("approve", {"as_of": AS_OF.isoformat()})
        inputs["report"] = json.loads(TypeAdapter(BureauReport).dump_json(case.report))
        inputs["application"] = json.loads(TypeAdapter(Application).dump_json(case.application))
        # Compared as text, because NaN is not equal to itself.
        assert repr(assess(inputs, model, policy).features) == repr(case.features)


def test_known_figures(persona: Persona) -> None:
    inputs = parse_inputs(persona("refer"))
    features = build(inputs.report, inputs.application, inputs.as_of)
    assert features["limit"] == 2_000_000
    assert features["utilisation_now"] == pytest.approx(0.45)
    assert (features["delay_now"], features["worst_delay_6m"], features["months_since_1_late"]) == (0, 0, 6)
    assert features["months_in_full"] == 0
    assert features["paid_mean"] == pytest.approx(205_000)
    assert features.missing == ()
    assert features.scorable


def test_the_application_is_no_part_of_the_score(persona: Persona) -> None:
    rich, poor = (
        parse_inputs(persona("approve", {"application.verified_income_fen": income, "application.term_months": term}))
        for income, term in ((9_000_000, 12), (0, 36))
    )
    assert build(rich.report, rich.application, rich.as_of) == build(poor.report, poor.application, poor.as_of)


@pytest.mark.parametrize(
    "changes",
    [
        {"report": None},
        {"report.found": False, "report.accounts": []},
        {"report.accounts": []},
        {"report.accounts.0.balance_6m_fen": None},
        {"report.accounts.0.kind": "mortgage", "report.accounts.1.kind": "auto_loan"},
        {"report.accounts.0.limit_fen": 0, "report.accounts.1.limit_fen": 0},
        {"report.accounts.0.status_24m": "C" * 24, "report.accounts.1.status_24m": "C" * 24},
    ],
)
def test_a_report_that_tells_no_cards_gives_no_score_and_refers(
    persona: Persona, model: Model, policy: Policy, changes: dict[str, object]
) -> None:
    record = assess(persona("approve", changes), model, policy)
    assert record.features.missing == NAMES
    assert not record.features.scorable
    assert record.score is None
    assert record.decision.lane == "refer"


def test_obligations_are_counted_once(persona: Persona) -> None:
    inputs = parse_inputs(
        persona("approve", {"report.accounts.0.kind": "mortgage", "report.accounts.0.monthly_payment_fen": 250_000})
    )
    burden = afford(inputs.report, inputs.application, 150_000)
    assert burden is not None
    # Housing: declared 3,000 > mortgage 2,500. Other: declared 600 > card 200. New: 1,500. Of 15,000.
    assert burden.dti_bp == 3_400
    assert burden.residual_fen == 990_000


def test_our_own_instalments_come_on_top_of_what_the_bureau_knows(persona: Persona) -> None:
    free, owing = (
        parse_inputs(persona("approve", {"application.other_debt_fen": 0, "application.own_instalments_fen": own}))
        for own in (None, 120_000)
    )
    before, after = (afford(inputs.report, inputs.application, 150_000) for inputs in (free, owing))
    assert before is not None
    assert after is not None
    assert before.residual_fen - after.residual_fen == 120_000


def test_no_income_at_all_is_a_burden_without_bound(persona: Persona) -> None:
    inputs = parse_inputs(persona("approve", {"application.verified_income_fen": 0}))
    burden = afford(inputs.report, inputs.application, 150_000)
    assert burden is not None
    assert burden.dti_bp == 100_000


@pytest.mark.parametrize("word", PROTECTED)
def test_no_protected_input(word: str) -> None:
    inputs = [field.name for kind in (Application, Evidence) for field in dataclasses.fields(kind)]
    assert not [name for name in (*NAMES, *inputs) if word in name.split("_")]


def test_the_birth_date_reaches_the_age_rule_only(persona: Persona, model: Model, policy: Policy) -> None:
    young = assess(persona("approve", {"evidence.birth_date": "2001-01-01"}), model, policy)
    assert young.score == assess(persona("approve"), model, policy).score
    assert len(FEATURES) == len(set(NAMES))
