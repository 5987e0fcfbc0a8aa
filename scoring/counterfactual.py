"""What an applicant could change so that the outcome changes: tried on the whole decision, never guessed.

Only what a person can do is tried: ask for an amount or a term that is on offer, prove the income they stated, pay on
time for some months, pay what is past due, keep statements lower. What has happened stays in the record; months to come
are added to it. A hint is given only if the decision, made again with it, approves under today's policy.

A kind that can't move any fact of a rule that stands in the way is not tried at all.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from scoring.decision import AssessmentRecord, assess
from scoring.model import Model
from scoring.offer import Offer
from scoring.policy_file import Policy
from scoring.report import RECENT
from scoring.wording import percent, yuan

Inputs = dict[str, Any]
Check: TypeAlias = Callable[[Inputs], Offer | None]

MONTHS = (1, 2, 3, 4, 6, 9, 12)
USES_BP = (None, 7_000, 5_000, 3_000, 1_000)
"""Statements are kept as they are, or under these shares of the limit."""

_OF_MEANS = frozenset(
    ("offer", "offered_fen", "dti_bp", "residual_fen", "debt_with_loan_fen", "debt_to_income", "fraud_action")
)
LOAN = _OF_MEANS - {"fraud_action"} | {"amount_fen", "term_months", "age_at_end"}
PROOF = _OF_MEANS | {"verified_income_fen"}
_OF_TIME = frozenset(("id_days_left", "age", "pd_ppm", "points", "grade", "inquiring_3m", "open_consumer_loans"))
_OF_PAYING = frozenset(("months_past_due_now", "worst_past_due_24m", "late_months_24m", "written_off_accounts"))
TIME = _OF_MEANS - {"fraud_action"} | {"age_at_end"} | _OF_TIME | _OF_PAYING
"""The facts that each kind of effort can move; all others stay as they are."""

TERMS = (6, 12, 18, 24, 36, 48, 60)
"""Tried as a term; the policy's own tables say which are on offer."""

DAYS = 30
MOST = 3


@dataclass(frozen=True, slots=True)
class Hint:
    """`applied` are the inputs with the change made, which the policy approves."""

    code: str
    zh: str
    en: str
    applied: Inputs


def hints(
    data: Mapping[str, Any], model: Model, policy: Policy, record: AssessmentRecord | None = None, most: int = MOST
) -> tuple[Hint, ...]:
    """The least effort of each kind that leads to an approval; empty when approved already, when nothing that a person
    can do within a year does, or while automatic approval is halted for everybody. `record`: the assessment of the
    same data, where it is at hand."""
    inputs: Inputs = json.loads(json.dumps(data))
    before = record or assess(inputs, model, policy)
    if before.decision.lane == "approve" or before.inputs.halt is not None:
        return ()
    standing = [rule.id for rule in before.decision.rules if rule.outcome != "pass"]
    facts = [{fact.name for fact in policy.tables[table].facts} for table in standing]

    def granted(changed: Inputs) -> Offer | None:
        return assess(changed, model, policy).decision.offer

    found = [
        next((hint for hint in tried(inputs, policy, granted) if granted(hint.applied)), None)
        for tried, moves in ((_another_loan, LOAN), (_proof, PROOF), (_months, TIME))
        if all(asked & moves for asked in facts)
    ]
    return tuple(hint for hint in found if hint is not None)[:most]


def _another_loan(inputs: Inputs, policy: Policy, granted: Check) -> Iterator[Hint]:
    """The nearest term first, for as much as is granted over it: what is proposed is granted whole."""
    product, asked = policy.limits.product, inputs["application"]
    amount, term = int(asked["amount_fen"]), int(asked["term_months"])
    near = min(product.max_amount_fen, max(product.min_amount_fen, amount))
    for months in sorted(TERMS, key=lambda months: (abs(months - term), months)):
        offer = granted(_asking(inputs, near, months))
        if offer is not None:
            most = yuan(offer.amount_fen)
            yield Hint(
                "another_loan",
                f"改为申请 {most} 元、{months} 个月，按目前的政策可以通过。",
                f"Asking for {most} yuan over {months} months would be approved under today's policy.",
                _asking(inputs, offer.amount_fen, months),
            )


def _asking(inputs: Inputs, amount_fen: int, months: int) -> Inputs:
    changed = deepcopy(inputs)
    changed["application"] |= {"amount_fen": amount_fen, "term_months": months}
    _apply_again(changed)
    return changed


def _proof(inputs: Inputs, _policy: Policy, _granted: Check) -> Iterator[Hint]:
    declared = inputs["application"].get("declared_income_fen")
    if declared is None or inputs["application"].get("verified_income_fen") is not None:
        return
    changed = deepcopy(inputs)
    changed["application"]["verified_income_fen"] = declared
    if "proven_income_fen" in changed["fraud"]:
        changed["fraud"]["proven_income_fen"] = declared
    _apply_again(changed)
    yield Hint(
        "income_proof",
        f"补充能证明月收入 {yuan(declared)} 元的工资条或银行流水，按目前的政策可以通过。",
        f"With a payslip or bank statement that proves {yuan(declared)} yuan a month, today's policy approves.",
        changed,
    )


def _months(inputs: Inputs, _policy: Policy, granted: Check) -> Iterator[Hint]:
    """Each month with the lowest statements first: where those don't help, higher ones don't either."""
    report = inputs.get("report")
    if not report or not report["found"] or not report["accounts"]:
        return
    cards = [one for one in report["accounts"] if one["kind"] == "credit_card" and one["status_24m"][-1] != "C"]
    limit, owed = sum(card["limit_fen"] for card in cards), sum(card["balance_fen"] for card in cards)
    uses = [use for use in USES_BP if use is None or owed * 10_000 > use * limit]
    if not any(granted(_paying(inputs, months, uses[-1], limit).applied) for months in (MONTHS[-1], MONTHS[0])):
        return
    for months in MONTHS:
        if granted(_paying(inputs, months, uses[-1], limit).applied):
            yield from (_paying(inputs, months, use, limit) for use in uses)


def _paying(inputs: Inputs, months: int, use: int | None, limit: int) -> Hint:
    accounts = inputs["report"]["accounts"]
    late = any(one["status_24m"][-1] in "1234567" for one in accounts)
    applied = deepcopy(inputs)
    applied["report"]["accounts"] = [_account_after(one, months, use) for one in accounts]
    _move_on(applied, months)
    return Hint("pay_on_time", *_pay_sentences(months, use, limit, late=late), applied)


def _pay_sentences(months: int, use: int | None, limit: int, *, late: bool) -> tuple[str, str]:
    first, first_en = ("先还清逾期的部分，再", "first pay what is past due, then ") if late else ("", "")
    keep, keep_en = "", ""
    if use is not None:
        most = yuan(limit * use // 10_000)
        keep = f"，每期信用卡账单不超过 {most} 元（额度的 {percent(use)}）"
        keep_en = f" and keep card statements under {most} yuan ({percent(use)} of your limits)"
    return (
        f"从现在起，{first}连续 {months} 个月按时全额还清账单{keep}，之后再申请，按目前的政策可以通过。",
        f"From now on, {first_en}pay every statement on time and in full for {months} month(s){keep_en}; applying then "
        "would be approved under today's policy.",
    )


def _apply_again(inputs: Inputs) -> None:
    """A person who applies again at once has handed in once more."""
    if inputs["fraud"].get("submissions_24h") is not None:
        inputs["fraud"]["submissions_24h"] += 1


def _account_after(account: Mapping[str, Any], months: int, use: int | None) -> Inputs:
    """The account after `months` of paying on time; what is settled or written off stays so."""
    now = account["status_24m"][-1]
    code = now if now in "CD" else "N"
    changed = dict(account) | {"status_24m": (account["status_24m"] + code * months)[months:]}
    if account["kind"] != "credit_card":
        changed["balance_fen"] = max(0, account["balance_fen"] - months * account["monthly_payment_fen"])
    elif code == "N" and account.get("balance_6m_fen") is not None:
        most = account["limit_fen"] * (10_000 if use is None else use) // 10_000
        statement = min(account["balance_fen"], most)
        statements = [*account["balance_6m_fen"], *[statement] * months]
        # Each month's payment settles the statement before it.
        paid = [*account["paid_6m_fen"], *statements[RECENT - 1 : -1]]
        changed["balance_6m_fen"], changed["paid_6m_fen"] = statements[-RECENT:], paid[-RECENT:]
        flags = account.get("in_full_6m") or [False] * RECENT
        changed["in_full_6m"] = [*flags, *[True] * months][-RECENT:]
        changed["balance_fen"] = statement
        changed["monthly_payment_fen"] = min(account["monthly_payment_fen"], statement)
    return changed


def _move_on(inputs: Inputs, months: int) -> None:
    later = timedelta(days=DAYS * months)
    inputs["as_of"] = (date.fromisoformat(inputs["as_of"]) + later).isoformat()
    issued = datetime.fromisoformat(inputs["report"]["issued_at"])
    inputs["report"]["issued_at"] = (issued + later).isoformat()
