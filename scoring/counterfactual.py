"""What an applicant could change so that the outcome changes: tried on the whole decision, never guessed.

Only what a person can do is tried: ask for an amount or a term that is on offer, prove the income they stated, pay on
time for some months, pay what is past due, keep statements lower. What has happened stays in the record; months to come
are added to it. A hint is given only if the decision, made again with it, approves under today's policy.
"""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from scoring.decision import assess
from scoring.model import Model
from scoring.policy_file import Policy
from scoring.report import RECENT
from scoring.wording import percent, yuan

Inputs = dict[str, Any]

MONTHS = (1, 2, 3, 4, 6, 9, 12)
USES_BP = (None, 7_000, 5_000, 3_000, 1_000)
"""Statements are kept as they are, or under these shares of the limit."""

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


def hints(data: Mapping[str, Any], model: Model, policy: Policy, most: int = MOST) -> tuple[Hint, ...]:
    """The least effort of each kind that leads to an approval; empty when approved already, or when nothing that a
    person can do within a year does."""
    inputs: Inputs = json.loads(json.dumps(data))
    if _approved(inputs, model, policy):
        return ()
    found: list[Hint] = []
    for kind in (_another_loan(inputs, policy), _proof(inputs), _months(inputs)):
        hint = next((one for one in kind if _approved(one.applied, model, policy)), None)
        if hint is not None:
            found.append(hint)
    return tuple(found[:most])


def _approved(inputs: Inputs, model: Model, policy: Policy) -> bool:
    return assess(inputs, model, policy).decision.lane == "approve"


def _another_loan(inputs: Inputs, policy: Policy) -> Iterator[Hint]:
    product, asked = policy.limits.product, inputs["application"]
    amount, term = int(asked["amount_fen"]), int(asked["term_months"])
    near = min(product.max_amount_fen, max(product.min_amount_fen, amount))
    for months in sorted(TERMS, key=lambda months: (abs(months - term), months)):
        for fen in dict.fromkeys((near, near // 2 // product.amount_step_fen * product.amount_step_fen)):
            if fen < product.min_amount_fen or (fen, months) == (amount, term):
                continue
            changed = deepcopy(inputs)
            changed["application"] |= {"amount_fen": fen, "term_months": months}
            yield Hint(
                "another_loan",
                f"改为申请 {yuan(fen)} 元、{months} 个月，按目前的政策可以通过。",
                f"Asking for {yuan(fen)} yuan over {months} months would be approved under today's policy.",
                changed,
            )


def _proof(inputs: Inputs) -> Iterator[Hint]:
    declared = inputs["application"].get("declared_income_fen")
    if declared is None or inputs["application"].get("verified_income_fen") is not None:
        return
    changed = deepcopy(inputs)
    changed["application"]["verified_income_fen"] = declared
    if "proven_income_fen" in changed["fraud"]:
        changed["fraud"]["proven_income_fen"] = declared
    yield Hint(
        "income_proof",
        f"补充能证明月收入 {yuan(declared)} 元的工资条或银行流水，按目前的政策可以通过。",
        f"With a payslip or bank statement that proves {yuan(declared)} yuan a month, today's policy approves.",
        changed,
    )


def _months(inputs: Inputs) -> Iterator[Hint]:
    report = inputs.get("report")
    if not report or not report["found"] or not report["accounts"]:
        return
    late = any(one["status_24m"][-1] in "1234567" for one in report["accounts"])
    cards = [one for one in report["accounts"] if one["kind"] == "credit_card" and one["status_24m"][-1] != "C"]
    limit, owed = sum(card["limit_fen"] for card in cards), sum(card["balance_fen"] for card in cards)
    for months in MONTHS:
        for use in USES_BP:
            if use is not None and owed * 10_000 <= use * limit:
                continue
            applied = deepcopy(inputs)
            moved = applied["report"]
            moved["accounts"] = [_account_after(one, months, use) for one in report["accounts"]]
            _move_on(applied, months)
            yield Hint("pay_on_time", *_pay_sentences(months, use, limit, late=late), applied)


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
