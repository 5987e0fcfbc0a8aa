"""Halting automatic approval when the cases are no longer those that the model was trained on, and lifting the halt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlmodel import col, func, select

from portal.accounts.sessions import StaffIdentity
from portal.db.models import ApprovalHalt, HaltState
from portal.db.uow import UnitOfWork
from portal.domain.clock import now
from portal.domain.errors import Conflict
from portal.domain.text import N_
from portal.registry.queries import find_open_halt
from portal.registry.service import parse_reason

_TURN = sha256(b"approval halt").digest()


class AlreadyLifted(Conflict):
    """Somebody else was first."""

    public = N_("自动审批已经恢复，请刷新页面查看最新情况。")


@dataclass(frozen=True, slots=True)
class Shifted:
    """Population stability indices over the last `cases`, the largest first."""

    version: str
    cases: int
    shifts: Mapping[str, float]


async def watched_since(uow: UnitOfWork, window_days: int) -> datetime:
    """From when on cases count. Who lifted a halt has judged the cases before it: they raise no second one."""
    lifted = (await uow.session.exec(select(func.max(ApprovalHalt.lifted_at)))).one()
    window = now() - timedelta(days=window_days)
    return window if lifted is None else max(window, lifted)


async def halt_approval(uow: UnitOfWork, found: Shifted, threshold: float) -> ApprovalHalt | None:
    """From the next decision on nothing is approved automatically. None when nothing went above the threshold, or
    when a halt is open already."""
    above = {name: psi for name, psi in found.shifts.items() if psi > threshold}
    await uow.take_turn(_TURN)
    if not above or await find_open_halt(uow) is not None:
        return None
    subject = max(above, key=lambda name: above[name])
    halt = ApprovalHalt(
        version=found.version,
        subject=subject,
        psi=above[subject],
        threshold=threshold,
        cases=found.cases,
        shifts=above,
    )
    uow.session.add(halt)
    await uow.session.flush()
    return halt


async def lift_halt(uow: UnitOfWork, halt_id: UUID, staff: StaffIdentity, comment: str) -> None:
    """Approve automatically again, from the next decision on. Raises Invalid without a comment, AlreadyLifted."""
    comment = parse_reason(comment, "comment")
    await uow.take_turn(_TURN)
    statement = select(ApprovalHalt).where(col(ApprovalHalt.id) == halt_id, col(ApprovalHalt.state) == HaltState.OPEN)
    halt = (await uow.session.exec(statement)).one_or_none()
    if halt is None:
        raise AlreadyLifted
    halt.state, halt.lifted_by, halt.lifted_at, halt.comment = HaltState.LIFTED, staff.id, now(), comment
    await uow.session.flush()
