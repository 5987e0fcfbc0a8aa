"""What the pretended bureau knows about a person: a persona's own report, or one drawn from the ID number.

The same number always gives the same history; only the dates move, so that "three months ago" stays so. Cards are drawn
like those of the population that the model was trained on (`scoring.population`): about a third of the people were late
in the last half year. About 3 % have no file (白户).
"""

import hashlib
import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal, TypedDict

from portal.domain.identity import IdNumber, InvalidIdentity
from portal.domain.money import add_months
from scoring.population import Cards, draw_cards
from scoring.revolving import IDLE, IN_FULL

AccountKind = Literal["credit_card", "consumer_loan", "mortgage", "auto_loan"]
InquiryReason = Literal["loan_approval", "card_approval", "account_review", "self"]
RecordKind = Literal["enforcement", "tax_arrears", "judgment"]

MONTHS = 24
_LENDERS = ("江城商业银行", "云岭银行", "海晏消费金融", "南山农商银行", "启明汽车金融", "北辰银行")


class Account(TypedDict):
    """`status_24m` is oldest first: N on time, 1–7 months past due, * no data or not used, C settled, D written off.
    The last three tell a card's last six months, oldest first, and nothing of a loan."""

    account_id: str
    kind: AccountKind
    opened_on: str
    limit_fen: int
    balance_fen: int
    monthly_payment_fen: int
    status_24m: str
    balance_6m_fen: list[int] | None
    paid_6m_fen: list[int] | None
    in_full_6m: list[bool] | None


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
        "balance_6m_fen": None,
        "paid_6m_fen": None,
        "in_full_6m": None,
    }


def card(
    number: int,
    *,
    opened_on: date,
    limit_yuan: int,
    statements_yuan: Sequence[int],
    paid_yuan: Sequence[int],
    status: str,
    in_full: bool = False,
) -> Account:
    """A credit card with its last six statements and payments, oldest first; the newest statement is what is owed."""
    owed = statements_yuan[-1]
    # The least payment is a tenth, as the payments to come are estimated.
    one = account(
        number,
        "credit_card",
        opened_on=opened_on,
        limit_yuan=limit_yuan,
        balance_yuan=owed,
        monthly_yuan=owed // 10,
        status=status,
    )
    one["balance_6m_fen"] = [yuan * 100 for yuan in statements_yuan]
    one["paid_6m_fen"] = [yuan * 100 for yuan in paid_yuan]
    one["in_full_6m"] = [in_full and code == "N" for code in one["status_24m"][-6:]]
    return one


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
    adult_since = add_months(_birth_date(id_number), 18 * 12)
    credit_months = min(draw.randint(9, 130), _months_between(adult_since, day))
    if draw.random() < 0.03 or credit_months < 7:
        return empty_report()
    cards = draw_cards(draw)
    accounts = _draw_cards(draw, cards, credit_months, day)
    if draw.random() < 0.45:
        accounts.append(_draw_loan(draw, 3, "consumer_loan", draw.randint(3, min(30, credit_months)), day))
    if draw.random() < 0.3 and credit_months > 24:
        accounts.append(_draw_loan(draw, 4, draw.choice(("mortgage", "auto_loan")), draw.randint(6, 20), day))
    clean = max(cards.status) <= 0
    return {
        "found": True,
        "accounts": accounts,
        "inquiries": _draw_inquiries(draw, 2 if clean else 5, day),
        "public_records": [],
    }


def _birth_date(id_number: str) -> date:
    try:
        return IdNumber.parse(id_number).birth_date
    except InvalidIdentity:
        return date(1990, 1, 1)


def _months_between(earlier: date, later: date) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def _draw_cards(draw: random.Random, cards: Cards, months: int, day: date) -> list[Account]:
    """What is known of all cards, on one card or split over two; a delay stands on the first alone."""
    shares = (1.0,) if draw.random() < 0.5 or cards.limit_fen < 1_000_000 else (draw.uniform(0.3, 0.8),)
    parts = [(shares[0], cards.status)]
    if shares[0] < 1:
        parts.append((1 - shares[0], tuple(min(0, status) for status in cards.status)))
    accounts = []
    left = (cards.limit_fen, cards.balance_fen, cards.paid_fen)
    for number, (share, status) in enumerate(parts, 1):
        last = number == len(parts)
        limit = left[0] if last else round(cards.limit_fen * share / 10_000) * 10_000
        balance = left[1] if last else tuple(round(fen * share) for fen in cards.balance_fen)
        paid = left[2] if last else tuple(round(fen * share) for fen in cards.paid_fen)
        left = (
            left[0] - limit,
            tuple(a - b for a, b in zip(left[1], balance, strict=True)),
            tuple(a - b for a, b in zip(left[2], paid, strict=True)),
        )
        age = months if number == 1 else draw.randint(7, months)
        accounts.append(_drawn_card(number, Cards(limit, status, balance, paid), age, day))
    return accounts


def _drawn_card(number: int, cards: Cards, months: int, day: date) -> Account:
    codes = ["*" if s == IDLE else "N" if s <= 0 else str(min(7, s)) for s in reversed(cards.status)]
    one = account(
        number,
        "credit_card",
        opened_on=add_months(day, -months),
        limit_yuan=0,
        balance_yuan=0,
        status="".join(codes[-min(MONTHS, months) :]),
    )
    one["limit_fen"], one["balance_fen"] = cards.limit_fen, cards.balance_fen[0]
    one["monthly_payment_fen"] = cards.balance_fen[0] // 10
    one["balance_6m_fen"] = list(reversed(cards.balance_fen))
    one["paid_6m_fen"] = list(reversed(cards.paid_fen))
    one["in_full_6m"] = [status == IN_FULL for status in reversed(cards.status[:6])]
    return one


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


def _draw_inquiries(draw: random.Random, most: int, day: date) -> list[Inquiry]:
    reasons: tuple[InquiryReason, ...] = ("loan_approval", "card_approval", "account_review", "self")
    return [
        inquiry(draw.choice(reasons), day - timedelta(days=draw.randint(5, 400)), draw.randrange(len(_LENDERS)))
        for _ in range(draw.randint(0, most))
    ]
