"""A score in words: exact contributions gathered into twelve groups at most, each a sentence about this applicant.

The sentence states a fact from the applicant's own record, and where it counted against them what would help. Which
way it counted is the reason's direction and the heading it stands under.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import lightgbm as lgb

from scoring.features import FeatureVector
from scoring.model import Input, Score
from scoring.report import WRITTEN_OFF
from scoring.revolving import FULLY, IDLE, IN_FULL, MONTHS, NAMES
from scoring.schema import Schema
from scoring.wording import percent, yuan

Direction = Literal["adverse", "favourable"]
Pair: TypeAlias = tuple[str, str]

MOST_GROUPS = 12


@dataclass(frozen=True, slots=True)
class Fact:
    """Both languages, without the stop; `helps` is what the applicant can do about it, where there is something."""

    zh: str
    en: str
    helps: Pair | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """`weight`: the group's share of everything that moved the score, 0–1; 1 for a rule. Sentences end with a stop."""

    code: str
    zh: str
    en: str
    direction: Direction
    weight: float


@dataclass(frozen=True, slots=True)
class Group:
    """Features told together, what they are about in both languages, and the sentence."""

    title: Pair
    names: tuple[str, ...]
    fact: Callable[[FeatureVector], Fact]


def explain(features: FeatureVector, score: Score) -> tuple[Reason, ...]:
    """All groups that moved the score, heaviest first; equal weights in the order of the groups."""
    parts = dict(score.contributions)
    totals = {code: sum(parts[name] for name in group.names) for code, group in GROUPS.items()}
    whole = sum(abs(total) for total in totals.values())
    reasons = [_reason(code, features, total, whole) for code, total in totals.items() if total]
    return tuple(sorted(reasons, key=lambda reason: -reason.weight))


def pick(reasons: tuple[Reason, ...], direction: Direction, most: int) -> tuple[Reason, ...]:
    """The heaviest of one direction."""
    return tuple(reason for reason in reasons if reason.direction == direction)[:most]


def groups_of(schema: Schema, inputs: Sequence[Input], text: str) -> dict[str, Any]:
    """The reasons map of an artifact: which inputs are told together, in both languages, twelve groups at most.

    A table's inputs are told one by one, the weightiest first by the loss they save, and the rest together; a flag of a
    special code belongs to its column.
    """
    if schema.revolving or schema.product:
        return {
            code: {"zh": group.title[0], "en": group.title[1], "inputs": list(group.names)}
            for code, group in GROUPS.items()
        }
    gains = lgb.Booster(model_str=text).feature_importance("gain")
    columns: dict[str, float] = {}
    for one, gain in zip(inputs, gains, strict=True):
        column = _column(one.name, inputs)
        columns[column] = columns.get(column, 0.0) + float(gain)
    order = sorted(columns, key=lambda column: -columns[column])
    single = order if len(order) <= MOST_GROUPS else order[: MOST_GROUPS - 1]
    found: dict[str, Any] = {}
    for column in order:
        label = schema.labels.get(column, {})
        code = column if column in single else "(other)"
        names = [one.name for one in inputs if _column(one.name, inputs) == column]
        title = (label.get("zh", column), label.get("en", column)) if column in single else ("其他", "Everything else")
        group = found.setdefault(code, {"zh": title[0], "en": title[1], "inputs": []})
        group["inputs"] += names
    return found


def _column(name: str, inputs: Sequence[Input]) -> str:
    column, _, code = name.rpartition("=")
    return column if code and any(one.name == column for one in inputs) else name


def _reason(code: str, features: FeatureVector, total: float, whole: float) -> Reason:
    fact, adverse = GROUPS[code].fact(features), total > 0
    zh, en = f"{fact.zh}。", f"{fact.en}."
    if adverse and fact.helps is not None:
        zh, en = zh + f"{fact.helps[0]}。", f"{en} {fact.helps[1]}."
    return Reason(code, zh, en, "adverse" if adverse else "favourable", round(abs(total) / whole, 4))


def _share(value: float) -> str:
    return percent(round(value * 10_000))


def _lateness(f: FeatureVector) -> Fact:
    worst, since = int(f["worst_delay_6m"]), int(f["months_since_1_late"])
    if not worst:
        return Fact(
            "您近 6 个月的信用卡账单都没有逾期", "None of your card statements of the last 6 months was paid late"
        )
    if worst >= WRITTEN_OFF:
        return Fact(
            "您近 6 个月有被列为呆账的信用卡",
            "A card of yours was written off in the last 6 months",
            ("请先和那家机构结清", "Please settle it with that lender first"),
        )
    ago, ago_en = (f"最近一次在 {since} 个月前", f"last {since} month(s) ago")
    if not since:
        ago, ago_en = "当前仍在逾期", "you are past due now"
    return Fact(
        f"您近 6 个月的信用卡账单最长逾期 {worst} 个月，{ago}",
        f"Your longest delay on a card in the last 6 months was {worst} month(s), {ago_en}",
        ("接下来几个月都按时还款会有帮助", "Paying on time over the next months would help")
        if since
        else ("先还清逾期的部分会有帮助", "Paying what is past due would help"),
    )


def _current(f: FeatureVector) -> Fact:
    late, streak = int(f["delay_now"]), int(f["late_streak"])
    if not late:
        return Fact("您最近一期信用卡账单没有逾期", "Your newest card statement is not past due")
    run, run_en = (f"，已连续 {streak} 期逾期", f", late {streak} months running") if streak > 1 else ("", "")
    return Fact(
        f"您最近一期信用卡账单逾期 {late} 个月{run}",
        f"Your newest card statement is {late} month(s) past due{run_en}",
        ("先还清逾期的部分会有帮助", "Paying what is past due would help"),
    )


def _conduct(f: FeatureVector) -> Fact:
    full, now = int(f["months_in_full"]), int(f["conduct_now"])
    zh = f"近 6 期信用卡账单中，您有 {full} 期按时全额还清"
    en = f"Of your last 6 card statements you paid {full} in full and on time"
    if f["delay_now"] > 0:
        zh, en = f"{zh}，最近一期逾期", f"{en}; the newest is past due"
    elif now == IDLE:
        zh, en = f"{zh}，最近一期没有用卡", f"{en}; in the newest you did not use a card"
    elif now == IN_FULL:
        zh, en = f"{zh}，最近一期也是", f"{en}, the newest among them"
    else:
        zh, en = f"{zh}，最近一期按时还了一部分", f"{en}; of the newest you paid a part on time"
    helps = ("每期全额还清会有帮助", "Paying every statement in full would help") if full < MONTHS and not now else None
    return Fact(zh, en, helps)


def _limit(f: FeatureVector) -> Fact:
    limit = yuan(int(f["limit"]))
    return Fact(f"您的信用卡总额度是 {limit} 元", f"Your card limits add up to {limit} yuan")


def _utilisation(f: FeatureVector) -> Fact:
    now, most = f["utilisation_now"], f["utilisation_most"]
    return Fact(
        f"您最近一期账单占信用卡额度的 {_share(now)}，近 6 期最高 {_share(most)}",
        f"Your newest statement takes {_share(now)} of your card limits, at most {_share(most)} in 6 months",
        ("还掉一部分、降低已用额度会有帮助", "Paying some of it back would help") if now > 0.3 else None,
    )


def _payments(f: FeatureVector) -> Fact:
    mean, least = yuan(int(f["paid_mean"])), yuan(int(f["paid_least"]))
    return Fact(
        f"近 6 个月您平均每月还信用卡 {mean} 元，最少的一个月 {least} 元",
        f"You paid {mean} yuan a month to your cards over 6 months, {least} in the lowest",
        ("每月多还一些会有帮助", "Paying more each month would help") if f["utilisation_now"] > 0.1 else None,
    )


def _repaid(f: FeatureVector) -> Fact:
    share = f["repaid_share_3m"]
    if math.isnan(share):
        return Fact("您近三期信用卡账单没有需要还的金额", "Your last three card statements asked for nothing")
    more, more_en = ("以上", " or more") if share >= FULLY else ("", "")
    return Fact(
        f"近三个月您的还款是账单金额的 {_share(share)}{more}",
        f"Over three months you repaid {_share(share)}{more_en} of what your statements asked for",
        ("多还一些、少留余额会有帮助", "Paying more and carrying less would help") if share < 1 else None,
    )


def _spending(f: FeatureVector) -> Fact:
    spent = int(f["spent_now"])
    if spent <= 0:
        return Fact("最近一期您的信用卡没有新增用款", "There was no new spending on your cards in the newest statement")
    return Fact(
        f"最近一期您的信用卡新增用款 {yuan(spent)} 元（含利息和费用）",
        f"Your cards took on {yuan(spent)} yuan in the newest statement, interest and fees included",
    )


def _balances(f: FeatureVector) -> Fact:
    mean, most = yuan(int(f["balance_mean"])), yuan(int(f["balance_most"]))
    return Fact(
        f"您近 6 期信用卡账单平均 {mean} 元，最高 {most} 元",
        f"Your card statements were {mean} yuan on average over 6 months, {most} at most",
    )


GROUPS: dict[str, Group] = {
    "lateness": Group(
        ("近期逾期", "Recent delays"),
        (
            "months_since_1_late",
            "months_since_2_late",
            "delay_weighted",
            "delay_sum",
            "worst_delay_3m",
            "worst_delay_6m",
            "months_2_late",
            "delay_of_use",
        ),
        _lateness,
    ),
    "current_status": Group(
        ("最近一期状态", "The newest statement"), ("delay_now", "late_streak", "late_with_utilisation"), _current
    ),
    "conduct": Group(
        ("还款习惯", "How statements are paid"),
        (
            "conduct_now",
            "clean_streak",
            "status_sum",
            "status_change",
            "status_trend",
            "status_oldest",
            "months_in_full",
        ),
        _conduct,
    ),
    "limit": Group(("信用卡额度", "Card limits"), ("limit",), _limit),
    "utilisation": Group(
        ("额度使用", "Use of limits"),
        (*(name for name in NAMES if name.startswith("utilisation_")), "headroom_least"),
        _utilisation,
    ),
    "payments": Group(("每月还款", "Monthly payments"), tuple(n for n in NAMES if n.startswith("paid_")), _payments),
    "repaid_share": Group(
        ("还款比例", "Share repaid"),
        (*(name for name in NAMES if name.startswith("repaid_share_")), "carried_now", "carried_mean"),
        _repaid,
    ),
    "spending": Group(("新增用款", "New spending"), tuple(n for n in NAMES if n.startswith("spent_")), _spending),
    "balances": Group(
        ("账单金额", "Statement amounts"), tuple(n for n in NAMES if n.startswith("balance_")), _balances
    ),
}
if sorted(name for group in GROUPS.values() for name in group.names) != sorted(NAMES):
    raise AssertionError("every feature belongs to exactly one group of reasons")
