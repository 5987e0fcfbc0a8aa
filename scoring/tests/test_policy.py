import math
from dataclasses import replace
from typing import Any

import pytest

from scoring.annuity import monthly_payment_fen
from scoring.decision import AssessmentRecord, assess, parse_inputs
from scoring.fraud import FraudScreen
from scoring.model import Model, Score
from scoring.policy import decide
from scoring.policy_file import Policy, PolicyError, load_policy
from scoring.rules import PolicyInputs
from scoring.tests.conftest import Edited, Persona

D = "NNNNNNNNNNNNNNNNNN567DDD"


def outcome(record: AssessmentRecord, rule_id: str) -> str:
    return next(rule.outcome for rule in record.decision.rules if rule.id == rule_id)


@pytest.mark.parametrize("name", ["approve", "refer", "decline", "no_file"])
def test_personas_end_where_their_name_says(persona: Persona, model: Model, policy: Policy, name: str) -> None:
    decision = assess(persona(name), model, policy).decision
    assert decision.lane == {"no_file": "refer"}.get(name, name)
    assert (decision.offer is not None) == (name == "approve")
    assert decision.reasons
    assert [rule.id for rule in decision.rules] == [table.id for file in policy.rules for table in file.tables]
    assert all(rule.row.startswith(f"{rule.id}-") for rule in decision.rules)


def test_the_good_applicant_gets_the_amount_asked_for(persona: Persona, model: Model, policy: Policy) -> None:
    record = assess(persona("approve"), model, policy)
    offer = record.decision.offer
    assert offer is not None
    assert record.score is not None
    assert (offer.amount_fen, offer.term_months) == (5_000_000, 36)
    assert offer.annual_rate_bp == policy.tables["rate"].row(f"rate-{record.score.grade}").gives["annual_rate_bp"]
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


@pytest.mark.parametrize(
    ("limits", "expected"), [((0, 999_900), "refer"), ((0, 2), "decline"), ((120_000, 250_000), "pass")]
)
def test_the_score_approves_refers_and_declines(
    persona: Persona, model: Model, edited: Edited, limits: tuple[int, int], expected: str
) -> None:
    text = "approve_max_pd_ppm = {}\ndecline_min_pd_ppm = {}\n".format(*limits)
    policy = load_policy(edited("lanes.toml", "", text))
    assert outcome(assess(persona("approve"), model, policy), "score") == expected


def test_nobody_is_decided_by_a_score_that_certified_nothing(persona: Persona, model: Model, edited: Edited) -> None:
    nobody = "approve_max_pd_ppm = 0\ndecline_min_pd_ppm = 1_000_001\n"
    policy = load_policy(edited("lanes.toml", "", nobody))
    for name in ("approve", "refer", "decline"):
        record = assess(persona(name), model, policy)
        assert outcome(record, "score") == "refer"
        assert record.decision.lane == ("decline" if name == "decline" else "refer")


def test_income_counts_only_as_far_as_it_is_proven(persona: Persona, model: Model, policy: Policy) -> None:
    record = assess(persona("approve", {"application.verified_income_fen": None}), model, policy)
    assert outcome(record, "affordability") == "unknown"
    assert record.decision.officer_offer is None


def test_debt_and_open_loans_ask_a_person(persona: Persona, model: Model, policy: Policy) -> None:
    loan = {"account_id": "L", "kind": "consumer_loan", "opened_on": "2025-01-01", "limit_fen": 40_000_000}
    loan |= {"balance_fen": 40_000_000, "monthly_payment_fen": 1_000, "status_24m": "N" * 24}
    record = assess(persona("approve", {"report.accounts": [loan]}), model, policy)
    assert outcome(record, "debt") == "refer"
    assert "30 倍" in next(rule.zh for rule in record.decision.rules if rule.id == "debt")
    many = [loan | {"account_id": f"L{i}", "balance_fen": 1_000} for i in range(6)]
    assert outcome(assess(persona("approve", {"report.accounts": many}), model, policy), "open_loans") == "refer"


def test_a_score_that_is_no_number_or_grade_refers(persona: Persona, model: Model, policy: Policy) -> None:
    inputs = parse_inputs(persona("approve"))
    evidence = PolicyInputs(
        inputs.as_of,
        inputs.application,
        inputs.evidence,
        inputs.report,
        watch_listed=False,
        fraud=FraudScreen((), "pass"),
        score=Score(0.01, 700, "A", ()),
    )
    assert decide(evidence, policy).lane == "approve"
    for score in (Score(math.nan, 700, "A", ()), Score(math.inf, 700, "A", ()), Score(0.01, 700, "F", ())):
        decision = decide(replace(evidence, score=score), policy)
        assert decision.lane == "refer"
        odd = next(rule for rule in decision.rules if rule.id == "score")
        assert (odd.outcome, odd.row) == ("unknown", "")
        assert "无法识别" in odd.zh
        assert "can't be recognised" in odd.en


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
    limit = policy.means_limits.max_dti_bp
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
    ("name", "old", "new", "field"),
    [
        ("price.json", '"1800"', '"2401"', "price/rate/rate-unknown"),
        ("price.json", '"5000000"', '"20000001"', "price/amount/amount-unknown"),
        ("knock_out.json", "6, 12, 18, 24, 36", "6, 12, 18, 24, 61", "knock_out/product"),
        ("policy.toml", "max_amount_fen = 20_000_000", "max_amount_fen = 20_000_001", "product.max_amount_fen"),
        ("policy.toml", "step_fen = 100_000", "step_fen = 0.5", "product.amount_step_fen"),
        ("policy.toml", "min_amount_fen = 500_000", "min_amuont_fen = 500_000", "product.min_amount_fen"),
        ("policy.toml", "[fraud]", "spare = 1\n[fraud]", "product.spare"),
        ("policy.toml", "people_same_ip = 5\n", "", "fraud.people_same_ip"),
        ("policy.toml", "[product]", "[product", "policy.toml"),
        ("lanes.toml", "", "approve_max_pd_ppm = 9\ndecline_min_pd_ppm = 10\n", "lanes.decline_min_pd_ppm"),
        ("lanes.toml", "", "approve_max_pd_ppm = 9\ndecline_min_pd_ppm = nan\n", "lanes.decline_min_pd_ppm"),
    ],
)
def test_a_policy_past_the_law_or_misspelt_is_refused(
    edited: Edited, name: str, old: str, new: str, field: str
) -> None:
    with pytest.raises(PolicyError) as refused:
        load_policy(edited(name, old, new))
    assert field.endswith(refused.value.field)


def test_nobody_under_18_can_pass_or_be_referred(edited: Edited) -> None:
    with pytest.raises(PolicyError, match="a borrower of full capacity") as refused:
        load_policy(edited("knock_out.json", " 22", " 17", times=9))
    assert refused.value.field.startswith("knock_out/age/")


def test_the_law_is_cited_where_it_is_crossed(edited: Edited) -> None:
    with pytest.raises(PolicyError, match=r"24% a year at most.*2025-10-01") as refused:
        load_policy(edited("price.json", '"1800"', '"2401"'))
    assert "超出法定界限：综合融资成本年化不超过 24%" in refused.value.zh


def test_the_version_follows_every_byte(edited: Edited, policy: Policy) -> None:
    changed = load_policy(edited("policy.toml", "# The lender", "# Our lender"))
    assert changed.version != policy.version
    assert changed.rules_version == policy.rules_version
    assert policy.version.startswith("standard-2026.2+")
    ruled = load_policy(edited("knock_out.json", "没有呆账。", "没有呆账账户。"))
    assert ruled.rules_version != policy.rules_version
