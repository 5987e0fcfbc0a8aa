"""A score in words: TreeSHAP contributions gathered into twelve groups at most, each a sentence about this applicant.

The sentence states a fact from the applicant's own record and which way it moved the score; both are always true.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from scoring.features import NAMES, NEVER_DELINQUENT, FeatureVector
from scoring.model import Score
from scoring.report import WRITTEN_OFF
from scoring.wording import percent, yuan

Direction = Literal["adverse", "favourable"]
Pair: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Reason:
    """`weight`: the group's share of everything that moved the score, 0–1; 1 for a rule. Sentences end with a stop."""

    code: str
    zh: str
    en: str
    direction: Direction
    weight: float


def explain(features: FeatureVector, score: Score) -> tuple[Reason, ...]:
    """All groups that moved the score, heaviest first; equal weights in the order of the groups."""
    parts = dict(score.contributions)
    totals = {code: sum(parts[name] for name in names) for code, (names, _) in GROUPS.items()}
    whole = sum(abs(total) for total in totals.values())
    reasons = [_reason(code, features, total, whole) for code, total in totals.items() if total]
    return tuple(sorted(reasons, key=lambda reason: -reason.weight))


def pick(reasons: tuple[Reason, ...], direction: Direction, most: int) -> tuple[Reason, ...]:
    """The heaviest of one direction."""
    return tuple(reason for reason in reasons if reason.direction == direction)[:most]


def _reason(code: str, features: FeatureVector, total: float, whole: float) -> Reason:
    zh, en = GROUPS[code][1](features)
    adverse = total > 0
    return Reason(
        code,
        f"{zh}，{'降低' if adverse else '提高'}了您的评分。",
        f"{en}; this {'lowered' if adverse else 'raised'} your score.",
        "adverse" if adverse else "favourable",
        round(abs(total) / whole, 4),
    )


def _whole(value: float) -> int | None:
    return None if math.isnan(value) else int(value)


def _utilisation(f: FeatureVector) -> Pair:
    used = f["utilisation_bp"]
    if math.isnan(used):
        return "征信报告中没有信用卡额度", "Your credit report shows no credit card limit"
    return f"您已使用信用卡额度的 {percent(used)}", f"You use {percent(used)} of your credit card limits"


def _payment_history(f: FeatureVector) -> Pair:
    worst, since = _whole(f["worst_status_24m"]), _whole(f["months_since_delinquency"])
    if worst is None or since is None:
        return "征信报告中没有近 24 个月的还款记录", "Your credit report shows no repayments in the last 24 months"
    if since == NEVER_DELINQUENT:
        return "您近 24 个月没有逾期记录", "You have no late payment in the last 24 months"
    if worst == WRITTEN_OFF:
        return "您近 24 个月有被列为呆账的账户", "You have an account written off in the last 24 months"
    ago = f"最近一次在 {since} 个月前" if since else "当前仍在逾期"
    ago_en = f"last {since} month(s) ago" if since else "you are past due now"
    more, more_en = ("及以上", " or more") if worst == 7 else ("", "")
    return (
        f"您近 24 个月最长逾期 {worst} 个月{more}，{ago}",
        f"Your longest delay in the last 24 months was {worst} month(s){more_en}, {ago_en}",
    )


def _accounts(f: FeatureVector) -> Pair:
    count = _whole(f["active_accounts"])
    if count is None:
        return "没有征信报告可供了解您的账户", "No credit report tells about your accounts"
    return f"您有 {count} 个未结清的信贷账户", f"You have {count} open credit account(s)"


def _history_length(f: FeatureVector) -> Pair:
    months = _whole(f["oldest_account_months"])
    if months is None:
        return "征信报告中没有信贷账户", "Your credit report shows no credit account"
    return f"您最早的信贷账户已开立 {months} 个月", f"Your oldest credit account is {months} month(s) old"


def _inquiries(f: FeatureVector) -> Pair:
    three, six = _whole(f["inquiries_3m"]), _whole(f["inquiries_6m"])
    if three is None or six is None:
        return "没有征信报告可供了解查询记录", "No credit report tells about inquiries"
    if six == 0:
        return (
            "近 6 个月没有机构因贷款或信用卡审批查询过您的征信",
            "No institution checked your credit for a loan or card in 6 months",
        )
    return (
        f"近 3 个月有 {three} 家、近 6 个月有 {six} 家机构因贷款或信用卡审批查询过您的征信",
        f"{three} institution(s) in 3 months and {six} in 6 months checked your credit for a loan or card",
    )


def _debt(f: FeatureVector) -> Pair:
    debt = f["unsecured_debt_to_income_bp"]
    if math.isnan(debt):
        return "收入或负债未知，无法计算负债与收入之比", "Your debt cannot be compared with your income yet"
    times = f"{debt / 10_000:.1f}"
    return (
        f"您的信用卡和消费贷款余额为月收入的 {times} 倍",
        f"Your card and consumer loan balance is {times} times your monthly income",
    )


def _burden(f: FeatureVector) -> Pair:
    dti, left = f["dti_bp"], f["residual_income_fen"]
    if math.isnan(dti) or math.isnan(left):
        return "收入或支出未知，无法计算每月负担", "Your monthly burden cannot be computed yet"
    return (
        f"按参考利率估算，住房和各项还款（含本笔）占月收入的 {percent(dti)}，每月结余 {yuan(int(left))} 元",
        f"At a reference rate, housing and all repayments with this loan take {percent(dti)} of your income and "
        f"leave {yuan(int(left))} yuan a month",
    )


def _income(f: FeatureVector) -> Pair:
    income = f["income_fen"]
    if math.isnan(income):
        return "您的收入未知", "Your income is not known"
    proven = not f["income_unproven"]
    return (
        f"您{'经证明' if proven else '填写'}的月收入为 {yuan(int(income))} 元",
        f"Your {'proven' if proven else 'declared'} monthly income is {yuan(int(income))} yuan",
    )


def _amount(f: FeatureVector) -> Pair:
    ratio = f["amount_to_income_bp"]
    if math.isnan(ratio):
        return "收入未知，无法比较申请金额", "The amount cannot be compared with your income yet"
    times = f"{ratio / 10_000:.1f}"
    return f"申请金额为月收入的 {times} 倍", f"The amount is {times} times your monthly income"


def _term(f: FeatureVector) -> Pair:
    months = int(f["term_months"])
    return f"申请期限为 {months} 个月", f"The term is {months} months"


def _employment(f: FeatureVector) -> Pair:
    months = _whole(f["employment_months"])
    if math.isnan(f["no_work"]):
        return "您的就业情况未知", "Your employment is not known"
    if f["no_work"]:
        return "您目前没有工作", "You are not working at present"
    if f["retired"]:
        return "您已退休", "You are retired"
    zh, en = "您是受雇职工", "You are employed"
    if f["civil_servant"]:
        zh, en = "您在机关或事业单位工作", "You work in the public service"
    elif f["self_employed"]:
        zh, en = "您是自营者", "You are self-employed"
    if months is None:
        return zh, en
    return f"{zh}，已从业 {months} 个月", f"{en}, for {months} month(s) so far"


def _file(f: FeatureVector) -> Pair:
    if math.isnan(f["no_file"]):
        return "没有取得征信报告", "No credit report was obtained"
    if f["no_file"]:
        return "征信系统中没有您的信贷记录", "The credit bureau has no file on you"
    return "征信系统中有您的信贷记录", "The credit bureau has a file on you"


GROUPS: dict[str, tuple[tuple[str, ...], Callable[[FeatureVector], Pair]]] = {
    "payment_history": (
        ("worst_status_6m", "worst_status_12m", "worst_status_24m", "months_since_delinquency"),
        _payment_history,
    ),
    "utilisation": (("utilisation_bp",), _utilisation),
    "burden": (("dti_bp", "residual_income_fen"), _burden),
    "debt": (("unsecured_debt_to_income_bp",), _debt),
    "inquiries": (("inquiries_3m", "inquiries_6m"), _inquiries),
    "income": (("income_fen", "income_unproven"), _income),
    "amount": (("amount_to_income_bp",), _amount),
    "term": (("term_months",), _term),
    "employment": (
        ("civil_servant", "self_employed", "retired", "no_work", "employment_months"),
        _employment,
    ),
    "history_length": (("oldest_account_months",), _history_length),
    "accounts": (("active_accounts",), _accounts),
    "file": (("no_file",), _file),
}
if sorted(name for names, _ in GROUPS.values() for name in names) != sorted(NAMES):
    raise AssertionError("every feature belongs to exactly one group of reasons")
