"""Context of the schedule page."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.db.models import Application, Installment, Offer, Payout
from portal.domain.text import N_


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One payment due; amounts in fen."""

    number: int
    due_on: date
    payment_fen: int
    principal_fen: int
    interest_fen: int
    balance_fen: int


@dataclass(frozen=True, slots=True)
class SchedulePage:
    """The loan as it is to be repaid."""

    title: str
    reference: str
    amount_fen: int
    all_in_cost_bp: int
    total_fen: int
    paid_at: datetime | None
    card_tail: str
    rows: tuple[ScheduleRow, ...]


def schedule_page(
    application: Application, offer: Offer, payout: Payout, installments: list[Installment], card_tail: str
) -> SchedulePage:
    """The page once the loan is disbursed."""
    rows = tuple(
        ScheduleRow(row.number, row.due_on, row.payment_fen, row.principal_fen, row.interest_fen, row.balance_fen)
        for row in installments
    )
    return SchedulePage(
        title=N_("还款计划"),
        reference=application.reference,
        amount_fen=payout.amount_fen,
        all_in_cost_bp=offer.all_in_cost_bp,
        total_fen=sum(row.payment_fen for row in rows),
        paid_at=payout.paid_at,
        card_tail=card_tail,
        rows=rows,
    )
