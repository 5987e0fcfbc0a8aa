"""Doing what is due inside a test: the same claim, record and finish as a worker, without Redis."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from portal.db.models import StepRun
from portal.domain.clock import now
from portal.domain.workflow import Step, StepState
from workers.job import CLAIMABLE, StepProcedure, run_step
from workers.work import Work


async def drain(work: Work, procedures: dict[Step, StepProcedure] | None = None, *, rounds: int = 50) -> int:
    """Run due rows until none is; returns how many were begun. Parked rows stay parked; see `unpark`."""
    if procedures is None:
        from workers.pipeline import PROCEDURES  # noqa: PLC0415 - a test of the machinery brings its own

        procedures = PROCEDURES
    begun = 0
    for _ in range(rounds):
        due = await due_runs(work)
        for run_id in due:
            await run_step(work, procedures, run_id)
            begun += 1
        if not due:
            return begun
    raise AssertionError(f"work is still due after {rounds} rounds")


async def due_runs(work: Work) -> list[UUID]:
    """Rows that a worker would take now, oldest first."""
    async with work.units.begin() as uow:
        rows = await uow.session.exec(
            select(StepRun.id)
            .where(col(StepRun.state).in_(CLAIMABLE), col(StepRun.due_at) <= now(), col(StepRun.lease_until).is_(None))
            .order_by(col(StepRun.due_at))
        )
        return list(rows)


async def unpark(work: Work) -> None:
    """Let the waiting time of every parked row be over."""
    async with work.units.begin() as uow:
        await uow.session.exec(
            update(StepRun).where(col(StepRun.state) == StepState.PARKED).values(due_at=now() - timedelta(seconds=1))
        )
