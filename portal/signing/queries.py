"""Contracts and their files."""

from uuid import UUID

from sqlmodel import col, select

from portal.db.models import Contract
from portal.db.uow import UnitOfWork


async def find_contract(uow: UnitOfWork, application_id: UUID, *, for_update: bool = False) -> Contract | None:
    """The newest contract of an application; an older one belongs to a replaced offer."""
    newest = (
        select(Contract)
        .where(col(Contract.application_id) == application_id)
        .order_by(col(Contract.drawn_at).desc())
        .limit(1)
    )
    if for_update:
        newest = newest.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await uow.session.exec(newest)).one_or_none()
