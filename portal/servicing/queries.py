"""Payouts and installments."""

from uuid import UUID

from sqlmodel import col, select

from portal.db.models import Installment, Payout
from portal.db.uow import UnitOfWork


async def find_payout(uow: UnitOfWork, application_id: UUID) -> Payout | None:
    """The one payment of the principal, intended or made."""
    return (await uow.session.exec(select(Payout).where(col(Payout.application_id) == application_id))).one_or_none()


async def list_installments(uow: UnitOfWork, application_id: UUID) -> list[Installment]:
    """In order of due dates."""
    rows = await uow.session.exec(
        select(Installment).where(col(Installment.application_id) == application_id).order_by(col(Installment.number))
    )
    return list(rows)
