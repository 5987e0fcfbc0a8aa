"""Sessions by the hash of the cookie's id. A sign-in makes a fresh id, a sign-out deletes the row.

An id that a client chose has no row, so it is nobody's; a request that is still running at sign-out can't bring a
session back, because nothing here ever writes to a row that is gone.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select

from portal.db.models import Staff, WebSession
from portal.db.uow import UnitOfWork
from portal.domain.clock import now

LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class StaffIdentity:
    """A signed-in staff member; `role` is a `Role` value."""

    id: UUID
    login: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class SessionOwner:
    """Exactly one of the two."""

    applicant_id: UUID | None
    staff: StaffIdentity | None


async def find_session(uow: UnitOfWork, session_id: str) -> SessionOwner | None:
    """The owner of a live session, in one statement; a deactivated staff member's session counts for nothing."""
    statement = (
        select(WebSession.applicant_id, Staff)
        .join(Staff, col(Staff.id) == col(WebSession.staff_id), isouter=True)
        .where(WebSession.id_hash == _hash(session_id), col(WebSession.expires_at) > now())
    )
    found = (await uow.session.exec(statement)).one_or_none()
    if found is None:
        return None
    applicant_id, staff = found
    if applicant_id is not None:
        return SessionOwner(applicant_id, None)
    if not staff.active:
        return None
    return SessionOwner(None, StaffIdentity(staff.id, staff.login, staff.name, staff.role.value))


async def open_session(
    uow: UnitOfWork,
    *,
    applicant_id: UUID | None = None,
    staff_id: UUID | None = None,
    lifetime: timedelta = LIFETIME,
) -> str:
    """A fresh 256-bit id for the cookie; only its hash is kept."""
    session_id = secrets.token_urlsafe(32)
    uow.session.add(
        WebSession(id_hash=_hash(session_id), applicant_id=applicant_id, staff_id=staff_id, expires_at=now() + lifetime)
    )
    await uow.session.flush()
    return session_id


async def end_session(uow: UnitOfWork, session_id: str) -> None:
    """Delete it; an unknown one is no error."""
    await uow.session.exec(delete(WebSession).where(col(WebSession.id_hash) == _hash(session_id)))


async def end_staff_sessions(uow: UnitOfWork, staff_id: UUID) -> None:
    """Sign a staff member out everywhere, as when they leave."""
    await uow.session.exec(delete(WebSession).where(col(WebSession.staff_id) == staff_id))


async def drop_expired_sessions(uow: UnitOfWork) -> None:
    """They let nobody in any more; a row that stays would only tell that somebody was here."""
    await uow.session.exec(delete(WebSession).where(col(WebSession.expires_at) <= now()))


def session_name(session_id: str) -> str:
    """What the database calls it when it tells of its end: the hash in hex, from which nobody gets the id."""
    return _hash(session_id).hex()


def _hash(session_id: str) -> bytes:
    return sha256(session_id.encode()).digest()
