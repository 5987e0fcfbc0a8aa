"""The session table: 256-bit ids stored hashed, a fresh one at every sign-in, deleted at sign-out."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete, select, update

from portal.db.models import Role, Staff, WebSession
from portal.db.uow import UnitOfWork
from portal.domain.clock import now

_TOUCH_EVERY = timedelta(minutes=5)
STAFF_IDLE = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class StaffIdentity:
    """A signed-in staff member."""

    id: UUID
    login: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class SessionOwner:
    """Whose session it is: one of the two."""

    applicant_id: UUID | None
    staff: StaffIdentity | None


def _hash(session_id: str) -> bytes:
    return sha256(session_id.encode()).digest()


async def open_session(
    uow: UnitOfWork, *, applicant_id: UUID | None = None, staff_id: UUID | None = None, lifetime: timedelta
) -> str:
    """A new session; returns the id for the cookie, which never was anybody else's."""
    session_id = secrets.token_urlsafe(32)
    uow.session.add(
        WebSession(
            id_hash=_hash(session_id), applicant_id=applicant_id, staff_id=staff_id, expires_at=now() + lifetime
        )
    )
    await uow.session.flush()
    return session_id


async def find_session(uow: UnitOfWork, session_id: str) -> SessionOwner | None:
    """The owner of a live session; staff sessions also end after an hour without a request."""
    row = (
        await uow.session.execute(
            select(WebSession, Staff)
            .outerjoin(Staff, WebSession.staff_id == Staff.id)  # type: ignore[arg-type]
            .where(WebSession.id_hash == _hash(session_id), WebSession.expires_at > now())  # type: ignore[arg-type]
        )
    ).one_or_none()
    if row is None:
        return None
    session, staff = row
    idle = now() - session.seen_at
    if staff is not None and (not staff.active or idle > STAFF_IDLE):
        return None
    if idle > _TOUCH_EVERY:
        # By statement, not through the object: a session deleted meanwhile must stay deleted.
        await uow.session.execute(
            update(WebSession).where(WebSession.id_hash == session.id_hash).values(seen_at=now())  # type: ignore[arg-type]
        )
    identity = StaffIdentity(staff.id, staff.login, staff.name, staff.role) if staff else None
    return SessionOwner(session.applicant_id, identity)


async def end_session(uow: UnitOfWork, session_id: str) -> None:
    """Sign out."""
    await uow.session.execute(delete(WebSession).where(WebSession.id_hash == _hash(session_id)))  # type: ignore[arg-type]
