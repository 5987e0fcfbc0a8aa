"""Payouts, installments, and the loans to look after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import exists
from sqlmodel import col, select

from portal.db.models import Installment, LoanOutcome, Payout, PayoutState, Verdict
from portal.db.uow import UnitOfWork
from portal.domain.clock import CHINA

BETWEEN_LOOKS = timedelta(days=28)
"""How long the latest observation of a loan serves: instalments are a month apart."""


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan that runs: the payment's idempotency key, the day it was paid out, its due dates in order."""

    application_id: UUID
    payout_id: UUID
    paid_out: date
    due_on: tuple[date, ...]


async def find_payout(uow: UnitOfWork, application_id: UUID) -> Payout | None:
    """The one payment of the principal, intended or made."""
    return (await uow.session.exec(select(Payout).where(col(Payout.application_id) == application_id))).one_or_none()


async def list_installments(uow: UnitOfWork, application_id: UUID) -> list[Installment]:
    """In order of due dates."""
    rows = await uow.session.exec(
        select(Installment).where(col(Installment.application_id) == application_id).order_by(col(Installment.number))
    )
    return list(rows)


async def list_loans_to_observe(uow: UnitOfWork, day: date, most: int) -> Sequence[Loan]:
    """Loans with an instalment due by `day`, without a verdict, and not looked at lately; the oldest first."""
    seen = exists().where(
        col(LoanOutcome.application_id) == col(Payout.application_id),
        (col(LoanOutcome.verdict) != Verdict.OPEN) | (col(LoanOutcome.as_of) > day - BETWEEN_LOOKS),
    )
    fallen_due = exists().where(
        col(Installment.application_id) == col(Payout.application_id), col(Installment.due_on) <= day
    )
    statement = (
        select(Payout)
        .where(col(Payout.state) == PayoutState.PAID, fallen_due, ~seen)
        .order_by(col(Payout.paid_at))
        .limit(most)
    )
    payouts = list(await uow.session.exec(statement))
    due: dict[UUID, list[date]] = {}
    rows = select(Installment).where(col(Installment.application_id).in_([payout.application_id for payout in payouts]))
    for row in await uow.session.exec(rows.order_by(col(Installment.number))):
        due.setdefault(row.application_id, []).append(row.due_on)
    return [
        Loan(
            payout.application_id,
            payout.id,
            payout.paid_at.astimezone(CHINA).date(),
            tuple(due.get(payout.application_id, ())),
        )
        for payout in payouts
        if payout.paid_at is not None
    ]
