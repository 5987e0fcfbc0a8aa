import dataclasses
import json
import math
from datetime import date

import pytest
from pydantic import TypeAdapter

from scoring.application import Application, Evidence
from scoring.decision import assess, parse_inputs
from scoring.features import FEATURES, NAMES, NEVER_DELINQUENT, afford, build
from scoring.model import Model
from scoring.policy_file import Policy
from scoring.portfolio import AS_OF, generate
from scoring.report import BureauReport
from scoring.tests.conftest import Persona

PROTECTED = ("sex", "gender", "marital", "education", "ethnic", "nation", "address", "region", "name", "age")


def test_training_and_serving_compute_the_same(persona: Persona, model: Model, policy: Policy) -> None:
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
    assert features["utilisation_bp"] == 4_500
    assert (features["worst_status_6m"], features["worst_status_12m"], features["worst_status_24m"]) == (0, 0, 3)
    assert features["months_since_delinquency"] == 17
    assert features["active_accounts"] == 2
    assert features["oldest_account_months"] == 38
    assert (features["inquiries_3m"], features["inquiries_6m"]) == (1, 1)
    assert features["income_fen"] == 1_280_000
    assert features["amount_to_income_bp"] == 31_250
    assert math.isnan(features["employment_months"])
    assert features.missing == ("employment_months",)


def test_a_clean_record_was_never_delinquent(persona: Persona) -> None:
    inputs = parse_inputs(persona("approve"))
    assert build(inputs.report, inputs.application, inputs.as_of)["months_since_delinquency"] == NEVER_DELINQUENT


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
    features = build(inputs.report, inputs.application, inputs.as_of)
    assert features["dti_bp"] == 100_000
    assert math.isnan(features["amount_to_income_bp"])


def test_nothing_known_is_nan_and_named() -> None:
    features = build(None, Application(amount_fen=500_000, term_months=12), date(2026, 11, 24))
    known = {"income_unproven", "term_months"}
    assert set(features.missing) == set(NAMES) - known


@pytest.mark.parametrize("word", PROTECTED)
def test_no_protected_input(word: str) -> None:
    inputs = [field.name for kind in (Application, Evidence) for field in dataclasses.fields(kind)]
    assert not [name for name in (*NAMES, *inputs) if word in name.split("_")]


def test_the_birth_date_reaches_the_age_rule_only(persona: Persona, model: Model, policy: Policy) -> None:
    young = assess(persona("approve", {"evidence.birth_date": "2001-01-01"}), model, policy)
    assert young.score == assess(persona("approve"), model, policy).score
    assert len(FEATURES) == len(set(NAMES))
