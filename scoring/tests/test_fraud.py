import dataclasses
from typing import Any

import pytest

from scoring.decision import assess, parse_inputs
from scoring.fraud import FraudInputs, screen
from scoring.model import Model
from scoring.policy_file import Policy
from scoring.tests.conftest import Persona


@pytest.fixture
def clean(persona: Persona) -> FraudInputs:
    return parse_inputs(persona("approve")).fraud


def test_a_clean_application_passes(clean: FraudInputs, policy: Policy) -> None:
    assert screen(clean, policy.limits.fraud) == screen(clean, policy.limits.fraud)
    assert screen(clean, policy.limits.fraud).action == "pass"
    assert screen(dataclasses.replace(clean, people_same_device=None), policy.limits.fraud).action == "pass"


@pytest.mark.parametrize(
    ("changes", "code", "action", "figure"),
    [
        ({"watch_listed": True}, "watch_list", "decline", ""),
        ({"open_applications_same_id": 2}, "open_application", "refer", "2"),
        ({"running_loans_same_id": 1}, "running_loan", "refer", "1"),
        ({"people_same_device": 4}, "shared_device", "refer", "4"),
        ({"people_same_ip": 7}, "shared_ip", "refer", "7"),
        ({"people_same_bank_card": 3}, "shared_bank_card", "refer", "3"),
        ({"people_same_phone": 1}, "shared_phone", "refer", "1"),
        ({"names_match": False}, "name_mismatch", "refer", ""),
        ({"corrected_fields": ("id_number",)}, "confident_read_changed", "refer", "id_number"),
        ({"declared_income_fen": 3_000_000}, "income_overstated", "refer", "30,000"),
        ({"declared_income_fen": 100, "proven_income_fen": 0}, "income_overstated", "refer", "0"),
        ({"duplicate_documents": 1}, "duplicate_document", "refer", "1"),
        ({"submissions_24h": 9}, "velocity", "refer", "9"),
        ({"watch_listed": None}, "unchecked_watch_list", "refer", ""),
        ({"people_same_phone": None}, "unchecked_shared_phone", "refer", ""),
    ],
)
def test_each_signal(
    clean: FraudInputs, policy: Policy, changes: dict[str, Any], code: str, action: str, figure: str
) -> None:
    result = screen(dataclasses.replace(clean, **changes), policy.limits.fraud)
    assert [signal.code for signal in result.signals] == [code]
    assert result.action == action
    assert figure in result.signals[0].zh
    assert figure in result.signals[0].en


def test_the_applicant_is_not_told_which_signal_it_was(persona: Persona, model: Model, policy: Policy) -> None:
    record = assess(persona("approve", {"fraud.people_same_phone": 6}), model, policy)
    (reason,) = record.decision.reasons
    assert reason.code == "rule_fraud"
    assert "手机" not in reason.zh
    assert "6" not in reason.zh
