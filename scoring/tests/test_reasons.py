import math

import pytest

from scoring.decision import assess
from scoring.features import build
from scoring.model import Model
from scoring.policy_file import Policy
from scoring.portfolio import generate
from scoring.reasons import GROUPS, MOST_GROUPS, explain
from scoring.tests.conftest import Inputs, Persona

LATE = {
    "report.accounts.1.status_24m": "N" * 20 + "N12N",
    "report.accounts.1.balance_6m_fen": [2_500_000, 2_550_000, 2_600_000, 2_650_000, 2_680_000, 2_700_000],
}


def said(inputs: Inputs, model: Model, policy: Policy) -> dict[str, tuple[str, str]]:
    return {reason.code: (reason.zh, reason.en) for reason in assess(inputs, model, policy).explanation}


def test_sentences_hold_the_applicants_own_figures(persona: Persona, model: Model, policy: Policy) -> None:
    told = said(persona("decline", LATE), model, policy)
    assert told["lateness"][0].startswith("您近 6 个月的信用卡账单最长逾期 2 个月，最近一次在 1 个月前。")
    assert told["lateness"][1].startswith(
        "Your longest delay on a card in the last 6 months was 2 month(s), last 1 month(s)"
    )
    assert told["current_status"] == ("您最近一期信用卡账单没有逾期。", "Your newest card statement is not past due.")
    assert "90%" in told["utilisation"][0]
    assert "90%" in told["utilisation"][1]
    assert "30,000 元" in told["limit"][0]
    assert "平均每月还信用卡 900 元，最少的一个月 900 元" in told["payments"][0]
    # 2,700 of 26,000 + 26,500 + 26,800.
    assert "3.4%" in told["repaid_share"][1]
    # 27,000 - 26,800 + 900.
    assert "新增用款 1,100 元" in told["spending"][0]
    assert "27,000 at most" in told["balances"][1]


def test_a_person_who_is_late_now_is_told_so(persona: Persona, model: Model, policy: Policy) -> None:
    told = said(persona("decline", LATE | {"report.accounts.1.status_24m": "N" * 22 + "12"}), model, policy)
    assert told["current_status"][0] == "您最近一期信用卡账单逾期 2 个月，已连续 2 期逾期。先还清逾期的部分会有帮助。"
    assert "当前仍在逾期" in told["lateness"][0]


def test_a_decline_tells_rules_first_then_the_heaviest_adverse_reasons(
    persona: Persona, model: Model, policy: Policy
) -> None:
    late = LATE | {"report.accounts.1.status_24m": "N" * 18 + "123444", "report.accounts.1.paid_6m_fen": [0] * 6}
    reasons = assess(persona("decline", late), model, policy).decision.reasons
    of_rules = [reason for reason in reasons if reason.code.startswith("rule_")]
    of_model = [reason for reason in reasons if not reason.code.startswith("rule_")]
    assert [*of_rules, *of_model] == list(reasons)
    assert "逾期 4 个月" in of_rules[0].zh
    assert 1 <= len(of_model) <= 4
    assert all(reason.direction == "adverse" for reason in reasons)
    assert [reason.weight for reason in of_model] == sorted((r.weight for r in of_model), reverse=True)


def test_directions_agree_with_the_contributions_for_many(model: Model) -> None:
    assert len(GROUPS) <= MOST_GROUPS
    for case in generate(21, 300):
        score = model.score(case.features)
        parts = dict(score.contributions)
        reasons = explain(case.features, score)
        assert math.isclose(sum(reason.weight for reason in reasons), 1, abs_tol=0.001)
        assert list(reasons) == sorted(reasons, key=lambda reason: -reason.weight)
        for reason in reasons:
            total = sum(parts[name] for name in GROUPS[reason.code].names)
            assert (total > 0) == (reason.direction == "adverse")
            helped = reason.zh.count("。") == 2
            assert helped == (reason.en.count(". ") == 1)
            assert not (helped and reason.direction == "favourable")
            assert "nan" not in reason.zh + reason.en
            assert reason.zh.endswith("。")
            assert reason.en.endswith(".")


def test_sentences_are_true_of_the_record_they_are_about(model: Model) -> None:
    """The figures said are worked out again from the report itself, not from the features."""
    for case in generate(22, 300):
        (card,) = case.report.accounts
        told = {reason.code: reason for reason in explain(case.features, model.score(case.features))}
        codes, balances, paid = card.status_24m[-6:], card.balance_6m_fen or (), card.paid_6m_fen or ()
        late = [int(code) for code in codes if code.isdigit()]
        if "lateness" in told:
            assert (
                (f"最长逾期 {max(late)} 个月" in told["lateness"].zh) if late else ("都没有逾期" in told["lateness"].zh)
            )
        if "current_status" in told:
            assert ("没有逾期" in told["current_status"].zh) == (not codes[-1].isdigit())
        if "conduct" in told:
            assert f"有 {sum(card.in_full_6m or ())} 期按时全额还清" in told["conduct"].zh
        if "limit" in told:
            assert f"{(card.limit_fen + 50) // 100:,} 元" in told["limit"].zh
        if "balances" in told:
            assert f"最高 {(max(balances) + 50) // 100:,} 元" in told["balances"].zh
        if "payments" in told:
            assert f"最少的一个月 {(min(paid) + 50) // 100:,} 元" in told["payments"].zh
        if "spending" in told:
            spent = balances[-1] - balances[-2] + paid[-1]
            assert (f"新增用款 {(spent + 50) // 100:,} 元" in told["spending"].zh) == (spent > 0)


def test_the_map_of_the_artifact_is_the_one_told(model: Model) -> None:
    assert {code: tuple(group["inputs"]) for code, group in model.reasons.items()} == {
        code: group.names for code, group in GROUPS.items()
    }
    assert all(group["zh"] and group["en"] for group in model.reasons.values())


@pytest.mark.parametrize("name", ["approve", "refer"])
def test_a_good_record_reads_as_one(persona: Persona, model: Model, policy: Policy, name: str) -> None:
    told = said(persona(name), model, policy)
    assert told["lateness"][0] == "您近 6 个月的信用卡账单都没有逾期。"


def test_a_person_without_a_file_reads_so(persona: Persona, model: Model, policy: Policy) -> None:
    record = assess(persona("no_file"), model, policy)
    assert record.explanation == ()
    assert "征信系统中没有您的信贷记录。" in [reason.zh for reason in record.decision.reasons]
    inputs = persona("no_file")
    assert inputs["report"]["found"] is False
    assert not build(record.inputs.report, record.inputs.application, record.inputs.as_of).scorable
