"""The newest decision and the offer that stands."""

from uuid import UUID

from sqlmodel import col, select

from portal.db.models import Decision, Offer
from portal.db.uow import UnitOfWork


async def find_decision(uow: UnitOfWork, application_id: UUID) -> Decision | None:
    """The last word so far."""
    newest = (
        select(Decision)
        .where(col(Decision.application_id) == application_id)
        .order_by(col(Decision.decided_at).desc())
        .limit(1)
    )
    return (await uow.session.exec(newest)).one_or_none()


async def find_offer(uow: UnitOfWork, application_id: UUID, *, for_update: bool = False) -> Offer | None:
    """The newest offer; an older one was replaced by a later decision."""
    newest = (
        select(Offer).where(col(Offer.application_id) == application_id).order_by(col(Offer.created_at).desc()).limit(1)
    )
    if for_update:
        newest = newest.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await uow.session.exec(newest)).one_or_none()
