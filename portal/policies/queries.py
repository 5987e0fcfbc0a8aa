"""Which policy is in force, and what became of every change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from portal.db.models import (
    Application,
    Decision,
    EngineVersion,
    LoanOutcome,
    PolicyChange,
    PolicyEvent,
    PolicyTerm,
    Staff,
    Verdict,
)
from portal.db.uow import UnitOfWork
from portal.domain.errors import NotFound

PAGE = 50


@dataclass(frozen=True, slots=True)
class EventRow:
    """`actor` is a name, empty for a worker."""

    event: PolicyEvent
    actor: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change with the names of its two people."""

    change: PolicyChange
    author: str
    approver: str


@dataclass(frozen=True, slots=True)
class TermRow:
    """A policy's time in force. `title` of the change that made it, empty for the one that came with the product."""

    term: PolicyTerm
    title: str
    rolled_back_by: str


async def find_version_in_force(uow: UnitOfWork) -> str | None:
    """None before the first worker ran."""
    statement = select(PolicyTerm.version).where(col(PolicyTerm.ended_at).is_(None))
    return (await uow.session.exec(statement)).one_or_none()


async def find_policy_in_force(uow: UnitOfWork) -> tuple[str, dict[str, Any]] | None:
    """The version and the description of the policy that decides now; None before the first worker ran."""
    version = await find_version_in_force(uow)
    described = None if version is None else await find_description(uow, version)
    return None if version is None or described is None else (version, described)


async def find_description(uow: UnitOfWork, version: str) -> dict[str, Any] | None:
    """A kept policy in words (scoring.describe), without its content."""
    statement = select(EngineVersion.described).where(col(EngineVersion.version) == version)
    described = (await uow.session.exec(statement)).one_or_none()
    return None if described is None else dict(described)


async def get_change(uow: UnitOfWork, change_id: UUID, *, for_update: bool = False) -> PolicyChange:
    """Raises NotFound."""
    change = await uow.session.get(PolicyChange, change_id, with_for_update=for_update, populate_existing=for_update)
    if change is None:
        raise NotFound
    return change


async def read_change(uow: UnitOfWork, change_id: UUID) -> ChangeRow:
    """With the names; raises NotFound."""
    change = await get_change(uow, change_id)
    names = await _names(uow, [change])
    return _row(change, names)


async def list_changes(uow: UnitOfWork) -> list[ChangeRow]:
    """The newest fifty."""
    statement = select(PolicyChange).order_by(col(PolicyChange.created_at).desc()).limit(PAGE)
    changes = list(await uow.session.exec(statement))
    names = await _names(uow, changes)
    return [_row(change, names) for change in changes]


async def list_events(uow: UnitOfWork, change_id: UUID) -> list[EventRow]:
    """A change's history, newest first."""
    statement = (
        select(PolicyEvent, Staff.name)
        .join(Staff, col(Staff.id) == col(PolicyEvent.actor_id), isouter=True)
        .where(col(PolicyEvent.change_id) == change_id)
        .order_by(col(PolicyEvent.number).desc())
    )
    return [EventRow(event, name or "") for event, name in await uow.session.exec(statement)]


async def list_terms(uow: UnitOfWork, most: int = 20) -> list[TermRow]:
    """Newest first, so the first is in force."""
    statement = (
        select(PolicyTerm, PolicyChange.title, Staff.name)
        .join(PolicyChange, col(PolicyChange.id) == col(PolicyTerm.change_id), isouter=True)
        .join(Staff, col(Staff.id) == col(PolicyTerm.rolled_back_by), isouter=True)
        .order_by(col(PolicyTerm.number).desc())
        .limit(most)
    )
    return [TermRow(term, title or "", name or "") for term, title, name in await uow.session.exec(statement)]


async def find_last_decisions(uow: UnitOfWork, count: int, before: datetime) -> list[tuple[Application, Decision]]:
    """The policy's own decisions on the last `count` applications, newest first, one for each: the latest."""
    statement = (
        select(Application, Decision)
        .join(Decision, col(Decision.application_id) == col(Application.id))
        .where(col(Decision.staff_id).is_(None), col(Decision.snapshot).is_not(None), col(Decision.decided_at) < before)
        .order_by(col(Decision.decided_at).desc())
        .limit(2 * count)
    )
    found: dict[UUID, tuple[Application, Decision]] = {}
    for application, decision in await uow.session.exec(statement):
        found.setdefault(application.id, (application, decision))
    return list(found.values())[:count]


async def find_bad_loans(uow: UnitOfWork, application_ids: Sequence[UUID]) -> dict[UUID, bool]:
    """Which loans turned out bad; those that are too early to tell are left out (portal.servicing.outcomes)."""
    statement = (
        select(LoanOutcome.application_id, LoanOutcome.verdict)
        .where(col(LoanOutcome.application_id).in_(application_ids), col(LoanOutcome.verdict) != Verdict.OPEN)
        .order_by(col(LoanOutcome.as_of))
    )
    return {application_id: verdict is Verdict.BAD for application_id, verdict in await uow.session.exec(statement)}


async def _names(uow: UnitOfWork, changes: Sequence[PolicyChange]) -> dict[UUID, str]:
    people = {person for change in changes for person in (change.author_id, change.approver_id) if person is not None}
    rows = await uow.session.exec(select(Staff.id, Staff.name).where(col(Staff.id).in_(people)))
    return dict(rows.all())


def _row(change: PolicyChange, names: dict[UUID, str]) -> ChangeRow:
    approver = names.get(change.approver_id, "") if change.approver_id is not None else ""
    return ChangeRow(change, names[change.author_id], approver)
