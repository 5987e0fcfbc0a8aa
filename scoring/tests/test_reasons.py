import math

from scoring.decision import assess
from scoring.features import NAMES
from scoring.model import Model
from scoring.policy_file import Policy
from scoring.portfolio import generate
from scoring.reasons import GROUPS, explain
from scoring.tests.conftest import Persona


def test_sentences_hold_the_applicants_own_figures(persona: Persona, model: Model, policy: Policy) -> None:
    record = assess(persona("decline"), model, policy)
    said = {reason.code: reason for reason in record.explanation}
    assert "90%" in said["utilisation"].zh
    assert "90%" in said["utilisation"].en
    assert "4 个月" in said["payment_history"].zh
    assert "当前仍在逾期" in said["payment_history"].zh
    assert "9,500" in said["income"].en
    assert "近 3 个月有 2 家" in said["inquiries"].zh


def test_a_decline_tells_rules_first_then_the_heaviest_adverse_reasons(
    persona: Persona, model: Model, policy: Policy
) -> None:
    reasons = assess(persona("decline"), model, policy).decision.reasons
    assert reasons[0].code == "rule_current_delinquency"
    assert "逾期 4 个月" in reasons[0].zh
    of_model = [reason for reason in reasons if not reason.code.startswith("rule_")]
    assert 1 <= len(of_model) <= 4
    assert all(reason.direction == "adverse" for reason in reasons)
    assert [reason.weight for reason in of_model] == sorted((r.weight for r in of_model), reverse=True)


def test_directions_agree_with_the_contributions_for_many(model: Model) -> None:
    assert len(GROUPS) <= 12
    for case in generate(21, 150):
        score = model.score(case.features)
        parts = dict(score.contributions)
        reasons = explain(case.features, score)
        assert math.isclose(sum(reason.weight for reason in reasons), 1, abs_tol=0.001)
        for reason in reasons:
            total = sum(parts[name] for name in GROUPS[reason.code][0])
            assert (total > 0) == (reason.direction == "adverse")
            helped = reason.zh.count("。") == 2
            assert helped == (reason.en.count(". ") == 1)
            assert not (helped and reason.direction == "favourable")
            assert "nan" not in reason.zh + reason.en
            assert reason.zh.endswith("。")


def test_what_counts_against_somebody_comes_with_what_would_help(
    persona: Persona, model: Model, policy: Policy
) -> None:
    said = {reason.code: reason for reason in assess(persona("decline"), model, policy).explanation}
    assert said["utilisation"].zh == "您的信用卡已用了额度的 90%。还掉一部分、降低已用额度会有帮助。"
    assert said["utilisation"].en == "You use 90% of your credit card limits. Paying some of it back would help."
    good = {reason.code: reason for reason in assess(persona("approve"), model, policy).explanation}
    assert good["payment_history"].zh == "您近 24 个月都按时还款，没有逾期。"


def test_a_person_without_a_file_reads_so(persona: Persona, model: Model, policy: Policy) -> None:
    record = assess(persona("no_file"), model, policy)
    assert "征信系统中没有您的信贷记录。" in [reason.zh for reason in record.decision.reasons]
    assert set(record.features.missing) <= set(NAMES)
