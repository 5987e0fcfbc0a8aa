"""What the pretended bureau knows about a person: a persona's own report, or one drawn from the ID number.

The same number always gives the same history; only the dates move, so that "three months ago" stays so. Of the drawn
reports about 80 % are clean, 12 % show a past delinquency, 5 % a present one, 3 % are empty (白户).
"""

import hashlib
import random
from datetime import date, timedelta
from typing import Literal, TypedDict

from portal.domain.identity import IdNumber, InvalidIdentity
from portal.domain.money import add_months

AccountKind = Literal["credit_card", "consumer_loan", "mortgage", "auto_loan"]
InquiryReason = Literal["loan_approval", "card_approval", "account_review", "self"]
RecordKind = Literal["enforcement", "tax_arrears", "judgment"]

MONTHS = 24
_LENDERS = ("江城商业银行", "云岭银行", "海晏消费金融", "南山农商银行", "启明汽车金融", "北辰银行")


class Account(TypedDict):
    """`status_24m` is oldest first: N on time, 1–7 months past due, * no data, C settled, D written off."""

    account_id: str
    kind: AccountKind
    opened_on: str
    limit_fen: int
    balance_fen: int
    monthly_payment_fen: int
    status_24m: str


class Inquiry(TypedDict):
    """Somebody asked about the person."""

    on: str
    reason: InquiryReason
    institution: str


class PublicRecord(TypedDict):
    """A court or tax record."""

    kind: RecordKind
    on: str
    amount_fen: int


class Report(TypedDict):
    """Everything but the report's own number and date."""

    found: bool
    accounts: list[Account]
    inquiries: list[Inquiry]
    public_records: list[PublicRecord]


def empty_report() -> Report:
    """A person without a file."""
    return {"found": False, "accounts": [], "inquiries": [], "public_records": []}


def account(
    number: int,
    kind: AccountKind,
    *,
    opened_on: date,
    limit_yuan: int,
    balance_yuan: int,
    monthly_yuan: int = 0,
    status: str,
) -> Account:
    """One account; `status` is its newest months, padded on the left with "no data"."""
    return {
        "account_id": f"A{number:02d}",
        "kind": kind,
        "opened_on": opened_on.isoformat(),
        "limit_fen": limit_yuan * 100,
        "balance_fen": balance_yuan * 100,
        "monthly_payment_fen": monthly_yuan * 100,
        "status_24m": status[-MONTHS:].rjust(MONTHS, "*"),
    }


def inquiry(reason: InquiryReason, day: date, lender: int = 0) -> Inquiry:
    """A look at the report by one of the invented lenders, or by the person."""
    return {
        "on": day.isoformat(),
        "reason": reason,
        "institution": "本人" if reason == "self" else _LENDERS[lender % len(_LENDERS)],
    }


def draw_report(id_number: str, day: date) -> Report:
    """A plausible report of a number that belongs to no persona."""
    draw = random.Random(hashlib.sha256(id_number.encode()).digest())  # noqa: S311 - reproducible, not secret
    kind = draw.choices(("clean", "past", "present", "empty"), (80, 12, 5, 3))[0]
    adult_since = add_months(_birth_date(id_number), 18 * 12)
    credit_months = min(draw.randint(9, 130), _months_between(adult_since, day))
    if kind == "empty" or credit_months < 3:
        return empty_report()
    accounts = [_draw_card(draw, 1, credit_months, day)]
    accounts += [_draw_card(draw, 2, draw.randint(3, credit_months), day)] if draw.random() < 0.5 else []
    if draw.random() < 0.45:
        accounts.append(_draw_loan(draw, 3, "consumer_loan", draw.randint(3, min(30, credit_months)), day))
    if draw.random() < 0.3 and credit_months > 24:
        accounts.append(_draw_loan(draw, 4, draw.choice(("mortgage", "auto_loan")), draw.randint(6, 20), day))
    if kind != "clean":
        accounts[0]["status_24m"] = _spoil(draw, accounts[0]["status_24m"], present=kind == "present")
    return {
        "found": True,
        "accounts": accounts,
        "inquiries": _draw_inquiries(draw, 2 if kind == "clean" else 5, day),
        "public_records": [],
    }


def _birth_date(id_number: str) -> date:
    try:
        return IdNumber.parse(id_number).birth_date
    except InvalidIdentity:
        return date(1990, 1, 1)


def _months_between(earlier: date, later: date) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def _draw_card(draw: random.Random, number: int, months: int, day: date) -> Account:
    limit = draw.randrange(5_000, 60_000, 1_000)
    balance = int(limit * draw.betavariate(2, 5))
    opened = add_months(day, -months)
    paid = max(balance // 10, 100)
    return account(
        number,
        "credit_card",
        opened_on=opened,
        limit_yuan=limit,
        balance_yuan=balance,
        monthly_yuan=paid,
        status="N" * months,
    )


def _draw_loan(draw: random.Random, number: int, kind: AccountKind, months: int, day: date) -> Account:
    principal, term = {
        "consumer_loan": (draw.randrange(5_000, 60_000, 1_000), 36),
        "auto_loan": (draw.randrange(50_000, 150_000, 5_000), 48),
        "mortgage": (draw.randrange(300_000, 900_000, 10_000), 300),
        "credit_card": (0, 1),
    }[kind]
    opened = add_months(day, -months)
    if kind == "consumer_loan" and draw.random() < 0.4:
        settled = draw.randint(1, months - 1)
        status = "N" * (months - settled) + "C" * settled
        return account(number, kind, opened_on=opened, limit_yuan=principal, balance_yuan=0, status=status)
    return account(
        number,
        kind,
        opened_on=opened,
        limit_yuan=principal,
        balance_yuan=principal * (term - months) // term,
        monthly_yuan=principal * 105 // 100 // term,
        status="N" * months,
    )


def _spoil(draw: random.Random, status: str, *, present: bool) -> str:
    """Put a delinquency into the newest months, or further back among those with data."""
    known = len(status.strip("*"))
    worst = min(draw.randint(3, 5) if present else draw.randint(1, 2), known)
    recovered = 0 if present else min(draw.randint(4, 14), known - worst)
    climb = "".join(str(month) for month in range(1, worst + 1))
    return status[: MONTHS - recovered - worst] + climb + "N" * recovered


def _draw_inquiries(draw: random.Random, most: int, day: date) -> list[Inquiry]:
    reasons: tuple[InquiryReason, ...] = ("loan_approval", "card_approval", "account_review", "self")
    return [
        inquiry(draw.choice(reasons), day - timedelta(days=draw.randint(5, 400)), draw.randrange(len(_LENDERS)))
        for _ in range(draw.randint(0, most))
    ]
