"""The sweeps: what is due and not leased is announced again, so that losing Redis costs seconds and nothing else; and
what was begun and never finished goes."""

import asyncio
import time

import structlog
from sqlalchemy import func, or_
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from portal.accounts.service import drop_old_codes
from portal.accounts.sessions import drop_expired_sessions
from portal.db.models import StepRun
from portal.documents.parts import drop_expired_uploads
from portal.domain.errors import XindaiError
from portal.domain.workflow import Queue, Step
from portal.jobs import WakeUp
from workers.chores import schedule_chores
from workers.job import CLAIMABLE
from workers.work import Work

log = structlog.get_logger()

INTERVAL_SECONDS = 1.0
TIDY_SECONDS = 600.0
_PAGE = 200
# A wake-up that is still waiting in Redis needs no second one; one that was lost gets it after this.
_AGAIN_SECONDS = 8.0


async def due_wake_ups(work: Work, queue: Queue) -> list[WakeUp]:
    """The oldest rows of a queue that nobody works on."""
    async with work.units.begin() as uow:
        rows = await uow.session.exec(
            select(StepRun.id, StepRun.step)
            .where(
                StepRun.queue == queue,
                col(StepRun.state).in_(CLAIMABLE),
                col(StepRun.due_at) <= func.now(),
                or_(col(StepRun.lease_until).is_(None), col(StepRun.lease_until) < func.now()),
            )
            .order_by(col(StepRun.due_at))
            .limit(_PAGE)
        )
        return [WakeUp(Step(step), run_id) for run_id, step in rows]


async def sweep_forever(work: Work, queue: Queue) -> None:
    """Runs beside a worker of the queue until cancelled; a database that is away is tried again."""
    announced: dict[WakeUp, float] = {}
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        try:
            due = await due_wake_ups(work, queue)
        except (SQLAlchemyError, OSError) as error:
            log.warning("sweep_failed", error=type(error).__name__)
            continue
        moment = time.monotonic()
        fresh = [wake_up for wake_up in due if moment - announced.get(wake_up, -_AGAIN_SECONDS) >= _AGAIN_SECONDS]
        announced = {wake_up: announced.get(wake_up, moment) for wake_up in due} | dict.fromkeys(fresh, moment)
        if fresh:
            await work.units.announcer.announce(fresh)


async def tidy_forever(work: Work) -> None:
    """Runs beside one queue's workers until cancelled: files on their way whose sender gave up a day ago, codes and
    sessions that have run out go; what comes round by the calendar gets its next row."""
    while True:
        try:
            while await drop_expired_uploads(work.units, work.files):
                pass
            async with work.units.begin() as uow:
                await drop_old_codes(uow)
                await drop_expired_sessions(uow)
                await schedule_chores(uow)
        except (SQLAlchemyError, OSError, XindaiError) as error:
            log.warning("tidy_failed", error=type(error).__name__)
        await asyncio.sleep(TIDY_SECONDS)
