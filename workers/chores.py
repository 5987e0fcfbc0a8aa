"""Keeping every chore's next row in the table, so that it is due when its hour comes, whoever runs then."""

from collections.abc import Collection
from hashlib import sha256

from sqlmodel import col, select

from portal.db.models import StepRun
from portal.db.uow import UnitOfWork
from portal.domain.chores import CHORES, next_turn
from portal.domain.clock import now
from portal.domain.workflow import Step, StepState

_TURN = sha256(b"chores").digest()
_AHEAD = (StepState.DUE, StepState.RUNNING, StepState.PARKED)


async def schedule_chores(uow: UnitOfWork, steps: Collection[Step] = tuple(CHORES)) -> None:
    """Write the row of each chore that has none ahead of it. One whose last run failed comes round again."""
    await uow.take_turn(_TURN)
    statement = select(StepRun.step).where(
        col(StepRun.application_id).is_(None), col(StepRun.step).in_(list(steps)), col(StepRun.state).in_(_AHEAD)
    )
    ahead = set(await uow.session.exec(statement))
    for step in steps:
        if step not in ahead:
            await uow.make_due(step, None, at=next_turn(step, now()), announce=False)
