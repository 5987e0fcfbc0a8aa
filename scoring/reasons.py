"""A score in words: TreeSHAP contributions gathered into twelve groups at most, each a sentence about this applicant.

The sentence states a fact from the applicant's own record, and where it counted against them what would help. Which
way it counted is the reason's direction and the heading it stands under.
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
class Fact:
    """Both languages, without the stop; `helps` is what the applicant can do about it, where there is something."""

    zh: str
    en: str
    helps: Pair | None = None


_PROOF: Pair = ("提供工资条、银行流水等收入证明会有帮助", "A proof such as a payslip or bank statement would help")


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
    fact, adverse = GROUPS[code][1](features), total > 0
    zh, en = f"{fact.zh}。", f"{fact.en}."
    if adverse and fact.helps is not None:
        zh, en = zh + f"{fact.helps[0]}。", f"{en} {fact.helps[1]}."
    return Reason(code, zh, en, "adverse" if adverse else "favourable", round(abs(total) / whole, 4))


def _whole(value: float) -> int | None:
    return None if math.isnan(value) else int(value)


def _utilisation(f: FeatureVector) -> Fact:
    used = f["utilisation_bp"]
    if math.isnan(used):
        return Fact("信用报告中没有信用卡，可以参考的用卡记录少", "Your credit report shows no credit card to go by")
    return Fact(
        f"您的信用卡已用了额度的 {percent(used)}",
        f"You use {percent(used)} of your credit card limits",
        ("还掉一部分、降低已用额度会有帮助", "Paying some of it back would help"),
    )


def _payment_history(f: FeatureVector) -> Fact:
    worst, since = _whole(f["worst_status_24m"]), _whole(f["months_since_delinquency"])
    if worst is None or since is None:
        return Fact(
            "信用报告中没有近 24 个月的还款记录",
            "Your credit report shows no repayments in the last 24 months",
            ("有了按时还款的记录会有帮助", "A record of repayments on time would help"),
        )
    if since == NEVER_DELINQUENT:
        return Fact("您近 24 个月都按时还款，没有逾期", "You paid on time throughout the last 24 months")
    if worst == WRITTEN_OFF:
        return Fact(
            "您近 24 个月有被列为呆账的账户",
            "You have an account written off in the last 24 months",
            (
                "请先和那家机构结清，再按时还款一段时间",
                "Please settle it with that lender first, then pay on time for a while",
            ),
        )
    ago = f"最近一次在 {since} 个月前" if since else "当前仍在逾期"
    ago_en = f"last {since} month(s) ago" if since else "you are past due now"
    more, more_en = ("及以上", " or more") if worst == 7 else ("", "")
    return Fact(
        f"您近 24 个月最长逾期 {worst} 个月{more}，{ago}",
        f"Your longest delay in the last 24 months was {worst} month(s){more_en}, {ago_en}",
        ("接下来几个月都按时还款会有帮助", "Paying on time over the next months would help")
        if since
        else ("先还清逾期的部分会有帮助", "Paying what is past due would help"),
    )


def _accounts(f: FeatureVector) -> Fact:
    count = _whole(f["active_accounts"])
    if count is None:
        return Fact("没有信用报告，不知道您有哪些信贷账户", "Without a credit report your accounts are not known")
    helps = ("结清不再用的账户会有帮助", "Closing accounts you no longer use would help") if count > 2 else None
    return Fact(f"您有 {count} 个未结清的信贷账户", f"You have {count} open credit account(s)", helps)


def _history_length(f: FeatureVector) -> Fact:
    months = _whole(f["oldest_account_months"])
    helps = ("信贷记录的时间越长，参考越充分", "A longer record tells more")
    if months is None:
        return Fact("信用报告中没有信贷账户", "Your credit report shows no credit account", helps)
    return Fact(f"您最早的信贷账户开立了 {months} 个月", f"Your oldest credit account is {months} month(s) old", helps)


def _inquiries(f: FeatureVector) -> Fact:
    three, six = _whole(f["inquiries_3m"]), _whole(f["inquiries_6m"])
    if three is None or six is None:
        return Fact("没有信用报告，不知道有哪些机构查询过", "Without a credit report, past inquiries are not known")
    if six == 0:
        return Fact(
            "近 6 个月没有机构因贷款或信用卡审批查询过您的信用报告",
            "No institution checked your credit for a loan or card in 6 months",
        )
    return Fact(
        f"近 3 个月有 {three} 家、近 6 个月有 {six} 家机构因贷款或信用卡审批查询过您的信用报告",
        f"{three} institution(s) in 3 months and {six} in 6 months checked your credit for a loan or card",
        (
            "这几个月少申请新的贷款和信用卡会有帮助",
            "Applying for fewer loans and cards for some months would help",
        ),
    )


def _debt(f: FeatureVector) -> Fact:
    debt = f["unsecured_debt_to_income_bp"]
    if math.isnan(debt):
        return Fact("收入或负债不清楚，还不能比较", "Your debt cannot be compared with your income yet", _PROOF)
    times = f"{debt / 10_000:.1f}"
    return Fact(
        f"您的信用卡和消费贷款余额是月收入的 {times} 倍",
        f"Your card and consumer loan balance is {times} times your monthly income",
        ("先还掉一部分会有帮助", "Paying some of it back first would help"),
    )


def _burden(f: FeatureVector) -> Fact:
    dti, left = f["dti_bp"], f["residual_income_fen"]
    if math.isnan(dti) or math.isnan(left):
        return Fact("收入或支出不清楚，还不能算出每月负担", "Your monthly burden cannot be computed yet", _PROOF)
    return Fact(
        f"按参考利率估算，住房和各项还款（含本笔）占月收入的 {percent(dti)}，每月结余 {yuan(int(left))} 元",
        f"At a reference rate, housing and all repayments with this loan take {percent(dti)} of your income and "
        f"leave {yuan(int(left))} yuan a month",
        ("少借一些，或先还清部分欠款会有帮助", "Borrowing less, or paying back some debt first, would help"),
    )


def _income(f: FeatureVector) -> Fact:
    income = f["income_fen"]
    if math.isnan(income):
        return Fact("您的收入还不清楚", "Your income is not known", _PROOF)
    if f["income_unproven"]:
        return Fact(
            f"您填写的月收入是 {yuan(int(income))} 元，还没有证明",
            f"Your declared monthly income is {yuan(int(income))} yuan, not proven yet",
            _PROOF,
        )
    return Fact(
        f"您经证明的月收入是 {yuan(int(income))} 元",
        f"Your proven monthly income is {yuan(int(income))} yuan",
        ("如果还有其他收入，提供证明会有帮助", "If you have other income, proof of it would help"),
    )


def _amount(f: FeatureVector) -> Fact:
    ratio = f["amount_to_income_bp"]
    if math.isnan(ratio):
        return Fact("收入不清楚，还不能和借款金额比较", "The amount cannot be compared with your income yet", _PROOF)
    times = f"{ratio / 10_000:.1f}"
    return Fact(
        f"您申请的金额是月收入的 {times} 倍",
        f"The amount you asked for is {times} times your monthly income",
        ("少借一些会有帮助", "Borrowing less would help"),
    )


def _term(f: FeatureVector) -> Fact:
    months = int(f["term_months"])
    return Fact(
        f"您选择的期限是 {months} 个月",
        f"You chose a term of {months} months",
        ("换一个期限，结果可能不同", "Another term may come out differently"),
    )


def _employment(f: FeatureVector) -> Fact:
    months = _whole(f["employment_months"])
    if math.isnan(f["no_work"]):
        return Fact("您的就业情况还不清楚", "Your employment is not known")
    if f["no_work"]:
        return Fact(
            "您目前没有工作",
            "You are not working at present",
            ("有了稳定收入后再申请会有帮助", "Applying once you have a steady income would help"),
        )
    if f["retired"]:
        return Fact("您已退休", "You are retired")
    zh, en = "您是受雇职工", "You are employed"
    if f["civil_servant"]:
        zh, en = "您在机关或事业单位工作", "You work in the public service"
    elif f["self_employed"]:
        zh, en = "您是自营者", "You are self-employed"
    if months is None:
        return Fact(zh, en)
    return Fact(f"{zh}，已从业 {months} 个月", f"{en}, for {months} month(s) so far")


def _file(f: FeatureVector) -> Fact:
    if math.isnan(f["no_file"]):
        return Fact("没有取得信用报告", "No credit report was obtained")
    if f["no_file"]:
        return Fact(
            "征信系统中没有您的信贷记录",
            "The credit bureau has no file on you",
            ("有了按时还款的记录会有帮助", "A record of repayments on time would help"),
        )
    return Fact("征信系统中有您的信贷记录", "The credit bureau has a file on you")


GROUPS: dict[str, tuple[tuple[str, ...], Callable[[FeatureVector], Fact]]] = {
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
