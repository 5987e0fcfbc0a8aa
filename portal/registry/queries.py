"""Which models there are and what was done with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import col, select

from portal.db.models import (
    ApprovalHalt,
    HaltState,
    ModelChange,
    ModelPromotion,
    ModelState,
    PromotionState,
    RegisteredModel,
    Retraining,
    Staff,
)
from portal.db.uow import UnitOfWork

_MOST_CHANGES = 200
_MOST_RETRAININGS = 12


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the history; `by` is empty where the system acted."""

    version: str
    kind: str
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """A promotion that waits for a second person."""

    id: UUID
    version: str
    reason: str
    proposed_by: UUID
    by: str
    proposed_at: datetime


@dataclass(frozen=True, slots=True)
class Halt:
    """A halt with the name of whoever lifted it."""

    row: ApprovalHalt
    lifted_by: str


async def list_in_force(uow: UnitOfWork) -> Sequence[tuple[str, ModelState]]:
    """The champion and its challengers; empty before the first worker has started."""
    statement = (
        select(RegisteredModel.version, RegisteredModel.state)
        .where(col(RegisteredModel.state) != ModelState.RETIRED)
        .order_by(col(RegisteredModel.registered_at))
    )
    return [(version, ModelState(state)) for version, state in await uow.session.exec(statement)]


async def list_models(uow: UnitOfWork) -> Sequence[RegisteredModel]:
    """All, the newest first."""
    return (await uow.session.exec(select(RegisteredModel).order_by(col(RegisteredModel.registered_at).desc()))).all()


async def find_model(uow: UnitOfWork, version: str) -> RegisteredModel | None:
    """By its hash."""
    return await uow.session.get(RegisteredModel, version, populate_existing=True)


async def find_champion(uow: UnitOfWork) -> RegisteredModel | None:
    """The model that decides."""
    statement = select(RegisteredModel).where(col(RegisteredModel.state) == ModelState.CHAMPION)
    return (await uow.session.exec(statement)).one_or_none()


async def find_proposal(uow: UnitOfWork) -> Proposal | None:
    """The one that is open."""
    statement = (
        select(ModelPromotion, Staff.name)
        .join(Staff, col(Staff.id) == col(ModelPromotion.proposed_by))
        .where(col(ModelPromotion.state) == PromotionState.PROPOSED)
    )
    found = (await uow.session.exec(statement)).one_or_none()
    if found is None:
        return None
    row, name = found
    return Proposal(row.id, row.version, row.reason, row.proposed_by, name, row.proposed_at)


async def list_changes(uow: UnitOfWork) -> Sequence[Change]:
    """The registry's history, the newest first."""
    statement = (
        select(ModelChange, Staff.name)
        .join(Staff, col(Staff.id) == col(ModelChange.staff_id), isouter=True)
        .order_by(col(ModelChange.at).desc())
        .limit(_MOST_CHANGES)
    )
    return [
        Change(row.version, row.kind.value, name or "", row.reason or "", row.at)
        for row, name in await uow.session.exec(statement)
    ]


async def find_open_halt(uow: UnitOfWork) -> ApprovalHalt | None:
    """What stops automatic approval now."""
    statement = select(ApprovalHalt).where(col(ApprovalHalt.state) == HaltState.OPEN)
    return (await uow.session.exec(statement)).one_or_none()


async def list_halts(uow: UnitOfWork) -> Sequence[Halt]:
    """The newest first."""
    lifter = aliased(Staff)
    statement = (
        select(ApprovalHalt, lifter.name)
        .join(lifter, col(lifter.id) == col(ApprovalHalt.lifted_by), isouter=True)
        .order_by(col(ApprovalHalt.raised_at).desc())
        .limit(_MOST_CHANGES)
    )
    return [Halt(row, name or "") for row, name in await uow.session.exec(statement)]


async def list_retrainings(uow: UnitOfWork) -> Sequence[Retraining]:
    """The newest first."""
    statement = select(Retraining).order_by(col(Retraining.at).desc()).limit(_MOST_RETRAININGS)
    return (await uow.session.exec(statement)).all()
