from pathlib import Path
from typing import Any

import pytest

from scoring.annuity import monthly_payment_fen
from scoring.decision import AssessmentRecord, assess
from scoring.model import Model
from scoring.policy_file import STANDARD, Policy, PolicyError, load_policy
from scoring.rules import RULES
from scoring.tests.conftest import Persona

D = "NNNNNNNNNNNNNNNNNN567DDD"


def outcome(record: AssessmentRecord, rule_id: str) -> str:
    return next(rule.outcome for rule in record.decision.rules if rule.id == rule_id)


@pytest.mark.parametrize("name", ["approve", "refer", "decline", "no_file"])
def test_personas_end_where_their_name_says(persona: Persona, model: Model, policy: Policy, name: str) -> None:
    decision = assess(persona(name), model, policy).decision
    assert decision.lane == {"no_file": "refer"}.get(name, name)
    assert (decision.offer is not None) == (name == "approve")
    assert decision.reasons
    assert [rule.id for rule in decision.rules] == [name for name, _, _ in RULES]


def test_the_good_applicant_gets_the_amount_asked_for(persona: Persona, model: Model, policy: Policy) -> None:
    record = assess(persona("approve"), model, policy)
    offer = record.decision.offer
    assert offer is not None
    assert record.score is not None
    assert (offer.amount_fen, offer.term_months) == (5_000_000, 36)
    assert offer.annual_rate_bp == policy.limits.price.annual_rate_bp[record.score.grade]
    assert offer.monthly_payment_fen == monthly_payment_fen(5_000_000, offer.annual_rate_bp, 36)


RULE_CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("authorisation", {"evidence.authorised": False}, "refer", "refer"),
    ("authorisation", {"evidence.authorised": None}, "unknown", "refer"),
    ("id_checksum", {"evidence.id_checksum_valid": False}, "decline", "decline"),
    ("id_checksum", {"evidence.id_checksum_valid": None}, "unknown", "refer"),
    ("id_validity", {"evidence.id_expires_on": "2026-11-23"}, "decline", "decline"),
    ("id_validity", {"evidence.id_expires_on": "2026-11-24"}, "pass", "approve"),
    ("id_validity", {"evidence.id_expires_on": "9999-12-31"}, "pass", "approve"),
    ("id_validity", {"evidence.id_expires_on": None}, "unknown", "refer"),
    ("identity_match", {"evidence.identity_matches": False}, "refer", "refer"),
    ("identity_match", {"evidence.identity_matches": None}, "unknown", "refer"),
    ("documents", {"evidence.mismatches": ["employer"]}, "refer", "refer"),
    ("documents", {"evidence.mismatches": None}, "unknown", "refer"),
    ("age", {"evidence.birth_date": "2004-11-25"}, "decline", "decline"),
    ("age", {"evidence.birth_date": "2004-11-24"}, "pass", "approve"),
    ("age", {"evidence.birth_date": "1968-11-24"}, "decline", "decline"),
    ("age", {"evidence.birth_date": "1968-11-25"}, "pass", "approve"),
    ("age", {"evidence.birth_date": None}, "unknown", "refer"),
    ("product", {"application.amount_fen": 499_900}, "refer", "refer"),
    ("product", {"application.amount_fen": 20_000_100}, "refer", "refer"),
    ("product", {"application.term_months": 35}, "refer", "refer"),
    ("employment", {"application.employment": "student"}, "refer", "refer"),
    ("employment", {"application.employment": None}, "unknown", "refer"),
    ("watch_list", {"fraud.watch_listed": True}, "decline", "decline"),
    ("watch_list", {"fraud.watch_listed": None}, "unknown", "refer"),
    ("fraud", {"fraud.people_same_bank_card": 1}, "refer", "refer"),
    ("fraud", {"fraud.names_match": None}, "refer", "refer"),
    ("bureau_file", {"report": None}, "unknown", "refer"),
    ("bureau_file", {"as_of": "2026-12-25"}, "unknown", "refer"),
    ("bureau_file", {"as_of": "2026-11-20"}, "unknown", "refer"),
    ("written_off", {"report.accounts.0.status_24m": D}, "decline", "decline"),
    ("current_delinquency", {"report.accounts.0.status_24m": "N" * 21 + "123"}, "decline", "decline"),
    ("current_delinquency", {"report.accounts.0.status_24m": "N" * 20 + "123*"}, "decline", "decline"),
    ("current_delinquency", {"report.accounts.0.status_24m": "N" * 23 + "1"}, "refer", "refer"),
    ("payment_history", {"report.accounts.0.status_24m": "123" + "N" * 21}, "refer", "refer"),
    ("payment_history", {"report.accounts.0.status_24m": "1N1N1N1N1N1N" + "N" * 12}, "refer", "refer"),
    (
        "public_records",
        {"report.public_records": [{"kind": "enforcement", "on": "2025-01-01", "amount_fen": 1}]},
        "decline",
        "decline",
    ),
    (
        "public_records",
        {"report.public_records": [{"kind": "judgment", "on": "2025-01-01", "amount_fen": 1}]},
        "refer",
        "refer",
    ),
    (
        "inquiries",
        {"report.inquiries": [{"on": "2026-11-01", "reason": "self", "institution": f"b{i}"} for i in range(9)]},
        "pass",
        "approve",
    ),
    ("income_proof", {"application.verified_income_fen": None}, "unknown", "refer"),
    ("score", {"application.verified_income_fen": None, "application.declared_income_fen": None}, "unknown", "refer"),
    ("affordability", {"application.housing_cost_fen": None}, "unknown", "refer"),
    ("affordability", {"application.housing_cost_fen": 1_300_000}, "decline", "decline"),
]


@pytest.mark.parametrize(("rule_id", "changes", "expected", "lane"), RULE_CASES)
def test_each_hard_rule(
    persona: Persona,
    model: Model,
    policy: Policy,
    rule_id: str,
    changes: dict[str, Any],
    expected: str,
    lane: str,
) -> None:
    record = assess(persona("approve", changes), model, policy)
    assert outcome(record, rule_id) == expected
    assert record.decision.lane == lane
    if lane != "approve":
        assert f"rule_{rule_id}" in [reason.code for reason in record.decision.reasons]


def test_eight_lenders_in_three_months_refer(persona: Persona, model: Model, policy: Policy) -> None:
    searches = [{"on": "2026-11-01", "reason": "loan_approval", "institution": f"b{i}"} for i in range(8)]
    record = assess(persona("approve", {"report.inquiries": searches}), model, policy)
    assert outcome(record, "inquiries") == "refer"
    assert record.decision.lane == "refer"
    once = assess(persona("approve", {"report.inquiries": [searches[0]] * 8}), model, policy)
    assert outcome(once, "inquiries") == "pass"


def test_the_score_approves_refers_and_declines(persona: Persona, model: Model, policy: Policy, tmp_path: Path) -> None:
    for limits, expected in (((0, 9_999), "refer"), ((0, 1), "decline"), ((1_200, 2_500), "pass")):
        text = STANDARD.read_text()
        text = text.replace("approve_max_pd_bp = 1_200", f"approve_max_pd_bp = {limits[0]}")
        text = text.replace("decline_min_pd_bp = 2_500", f"decline_min_pd_bp = {limits[1]}")
        file = tmp_path / "policy.toml"
        file.write_text(text)
        assert outcome(assess(persona("approve"), model, load_policy(file)), "score") == expected


def test_a_row_with_nothing_known_refers(model: Model, policy: Policy) -> None:
    nothing = {
        "as_of": "2026-11-24",
        "application": {"amount_fen": 5_000_000, "term_months": 36},
        "evidence": {},
        "report": None,
        "fraud": {},
    }
    decision = assess(nothing, model, policy).decision
    assert decision.lane == "refer"
    assert decision.offer is None
    assert decision.officer_offer is None
    assert {rule.outcome for rule in decision.rules} <= {"unknown", "refer", "pass"}


def test_removing_any_evidence_never_approves(persona: Persona, model: Model, policy: Policy) -> None:
    whole = persona("approve")
    optional = {"application.declared_income_fen", "application.employment_months", "fraud.people_same_device"}
    optional |= {"fraud.declared_income_fen", "fraud.proven_income_fen"}
    paths = [f"{part}.{key}" for part in ("application", "evidence", "fraud") for key in whole[part]]
    for path in sorted({*paths, "report"} - optional - {"application.amount_fen", "application.term_months"}):
        assert assess(persona("approve", {path: None}), model, policy).decision.lane == "refer", path


def test_a_burden_too_high_gets_a_smaller_offer(persona: Persona, model: Model, policy: Policy) -> None:
    changes = {"application.amount_fen": 10_000_000, "application.housing_cost_fen": 480_000}
    record = assess(persona("approve", changes), model, policy)
    offer = record.decision.offer
    assert record.decision.lane == "approve"
    assert offer is not None
    assert 500_000 <= offer.amount_fen < 10_000_000
    assert offer.amount_fen % 100_000 == 0
    limit = policy.limits.affordability.max_dti_bp
    before, new = 480_000 + 60_000, offer.monthly_payment_fen
    assert (before + new) * 10_000 <= limit * 1_500_000
    more = monthly_payment_fen(offer.amount_fen + 100_000, offer.annual_rate_bp, 36)
    assert (before + more) * 10_000 > limit * 1_500_000
    reason = record.decision.reasons[0]
    assert reason.code == "smaller_amount"
    assert "100,000" in reason.zh
    assert f"{offer.amount_fen // 100:,}" in reason.en


def test_a_referred_case_has_a_price_for_the_officer(persona: Persona, model: Model, policy: Policy) -> None:
    decision = assess(persona("no_file"), model, policy).decision
    assert decision.offer is None
    assert decision.officer_offer is not None
    assert decision.officer_offer.annual_rate_bp <= 2_400


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("D = 1_800 }", "D = 2_401 }", "price.annual_rate_bp"),
        ("min_age = 22", "min_age = 17", "applicant.min_age"),
        ("max_amount_fen = 20_000_000", "max_amount_fen = 20_000_001", "product.max_amount_fen"),
        ("24, 36]", "24, 61]", "product.terms_months"),
        ("max_dti_bp = 5_000", "max_dti_bp = 0.5", "affordability.max_dti_bp"),
        ("max_dti_bp = 5_000", "max_dit_bp = 5_000", "affordability.max_dti_bp"),
        ("min_age = 22", "min_age = 22\nspare = 1", "applicant.spare"),
        ("decline_min_pd_bp = 2_500", "decline_min_pd_bp = 1_200", "score.decline_min_pd_bp"),
        ("people_same_ip = 5\n", "", "fraud.people_same_ip"),
        ("[product]", "[product", "(file)"),
    ],
)
def test_a_policy_past_the_law_or_misspelt_is_refused(tmp_path: Path, old: str, new: str, field: str) -> None:
    text = STANDARD.read_text()
    assert old in text
    file = tmp_path / "policy.toml"
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(PolicyError) as refused:
        load_policy(file)
    assert refused.value.field == field


def test_the_version_follows_every_byte(tmp_path: Path, policy: Policy) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(STANDARD.read_text() + "# a remark\n")
    assert load_policy(file).version != policy.version
    assert policy.version.startswith("standard-2026.1+")
