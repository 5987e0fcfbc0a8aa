import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from scoring import counterfactual
from scoring.counterfactual import hints
from scoring.decision import assess
from scoring.model import Model
from scoring.policy_file import Policy
from scoring.portfolio import AS_OF, generate
from scoring.report import BureauReport
from scoring.rulebook.facts import FACTS
from scoring.tests.conftest import Inputs, Persona


def lane(inputs: Inputs, model: Model, policy: Policy) -> str:
    return assess(inputs, model, policy).decision.lane


def differences(before: Any, after: Any, path: str = "") -> set[str]:
    """Dotted paths that differ, places in lists left out."""
    if isinstance(before, dict) and isinstance(after, dict):
        return set().union(*(differences(before.get(k), after.get(k), f"{path}.{k}") for k in {*before, *after}))
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after) and path.endswith("accounts"):
        return set().union(*(differences(a, b, path) for a, b in zip(before, after, strict=True)))
    return set() if before == after else {path.lstrip(".")}


MAY_CHANGE = {
    "another_loan": {"application.amount_fen", "application.term_months", "fraud.submissions_24h"},
    "income_proof": {"application.verified_income_fen", "fraud.proven_income_fen", "fraud.submissions_24h"},
    "pay_on_time": {
        "as_of",
        "report.issued_at",
        *(f"report.accounts.{name}" for name in ("status_24m", "balance_6m_fen", "paid_6m_fen", "in_full_6m")),
        *(f"report.accounts.{name}" for name in ("balance_fen", "monthly_payment_fen")),
    },
}


def test_hints_applied_change_the_outcome_and_nothing_else(persona: Persona, model: Model, policy: Policy) -> None:
    kinds: set[str] = set()
    for case in generate(31, 120):
        report = json.loads(TypeAdapter(BureauReport).dump_json(case.report))
        inputs = persona("approve", {"as_of": AS_OF.isoformat(), "report": report})
        before = lane(inputs, model, policy)
        found = hints(inputs, model, policy)
        assert not (found and before == "approve")
        for hint in found:
            kinds.add(hint.code)
            assert lane(hint.applied, model, policy) == "approve"
            assert differences(inputs, hint.applied) <= MAY_CHANGE[hint.code]
            for old, new in zip(inputs["report"]["accounts"], hint.applied["report"]["accounts"], strict=True):
                kept = new["status_24m"].rstrip("N")
                assert kept in old["status_24m"], "what has happened stays in the record"
    assert "pay_on_time" in kinds


def test_a_proof_of_income_is_asked_for_where_it_is_what_lacks(persona: Persona, model: Model, policy: Policy) -> None:
    inputs = persona("approve", {"application.verified_income_fen": None, "fraud.proven_income_fen": None})
    assert lane(inputs, model, policy) == "refer"
    (hint,) = hints(inputs, model, policy)
    assert hint.code == "income_proof"
    assert "15,000 元" in hint.zh
    assert lane(hint.applied, model, policy) == "approve"


def test_another_amount_or_term_is_offered_where_it_is_what_lacks(
    persona: Persona, model: Model, policy: Policy
) -> None:
    hint = hints(persona("approve", {"application.term_months": 35}), model, policy)[0]
    assert (hint.code, hint.applied["application"]["term_months"]) == ("another_loan", 36)
    assert "36 个月" in hint.zh


def test_what_is_proposed_is_granted_whole(persona: Persona, model: Model, policy: Policy) -> None:
    tight = {"verified_income_fen": 330_000, "declared_income_fen": 330_000, "housing_cost_fen": 50_000}
    tight |= {"amount_fen": 3_000_000, "term_months": 6}
    inputs = persona("approve", {f"application.{key}": value for key, value in tight.items()})
    inputs["fraud"] |= {"declared_income_fen": 330_000, "proven_income_fen": 330_000}
    inputs["report"]["accounts"] = inputs["report"]["accounts"][:1]
    before = assess(inputs, model, policy).decision
    assert before.lane == "decline"
    (hint,) = [one for one in hints(inputs, model, policy) if one.code == "another_loan"]
    offer = assess(hint.applied, model, policy).decision.offer
    assert offer is not None
    asked = hint.applied["application"]
    assert (offer.amount_fen, offer.term_months) == (asked["amount_fen"], asked["term_months"])
    assert offer.amount_fen < inputs["application"]["amount_fen"]


@pytest.mark.parametrize("name", ["approve", "no_file"])
def test_nothing_is_proposed_where_nothing_helps(persona: Persona, model: Model, policy: Policy, name: str) -> None:
    assert hints(persona(name), model, policy) == ()


def test_what_a_person_cannot_change_is_never_proposed(persona: Persona, model: Model, policy: Policy) -> None:
    young = persona("approve", {"evidence.birth_date": "2006-01-01"})
    assert hints(young, model, policy) == ()
    listed = persona("approve", {"fraud.watch_listed": True})
    assert hints(listed, model, policy) == ()


def test_a_third_try_in_a_day_is_not_proposed(persona: Persona, model: Model, policy: Policy) -> None:
    most = policy.limits.fraud.submissions_24h
    term = {"application.term_months": 35, "fraud.submissions_24h": most}
    assert hints(persona("approve", term), model, policy) == ()


@pytest.mark.parametrize("name", ["approve", "refer", "decline", "no_file"])
def test_what_is_left_untried_could_not_have_helped(
    persona: Persona, model: Model, policy: Policy, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    swift = hints(persona(name), model, policy)
    everything = frozenset(FACTS)
    for kind in ("LOAN", "PROOF", "TIME"):
        monkeypatch.setattr(counterfactual, kind, everything)
    assert hints(persona(name), model, policy) == swift
