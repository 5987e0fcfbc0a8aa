"""Running one step: claim the row, load, perform, record and finish in one transaction, and on to the next step.

A claim is a compare-and-set with a lease and a fencing token. Whoever is silent for longer than the lease loses the
row; finishing with an old token changes nothing, so a step's record is written once whatever dies in between.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import structlog
from sqlalchemy import func, or_, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from portal.db.models import Application, StepRun
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.errors import XindaiError
from portal.domain.events import EventKind
from portal.domain.workflow import ASIDE, NEXT, PLANS, Step, StepState, backoff
from workers.work import Work

log = structlog.get_logger()

CLAIMABLE = (StepState.DUE, StepState.PARKED, StepState.RUNNING)


class Park(Exception):
    """Something outside is missing: wait `retry_after` seconds and try again, without counting it as a failure."""

    def __init__(self, reason: str, retry_after: float) -> None:
        self.reason = reason
        self.retry_after = retry_after
        super().__init__(reason)


class StepFailed(Exception):
    """No retry mends this; a person has to look. `reason` is a code with a sentence in portal.progress.wording."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NotYet(Exception):
    """It turned out to be too early: the row is due again at `until`, as if nobody had looked."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__(until.isoformat())


class LeaseLost(Exception):
    """Another worker has taken the step over; whatever was done here is thrown away."""


@dataclass(frozen=True, slots=True)
class Done:
    """The step is finished. `data` goes into its event; `stop` keeps the workflow's next step from becoming due."""

    data: dict[str, Any] = field(default_factory=dict)
    stop: bool = False


class StepProcedure(Protocol):
    """What a file in this folder provides as `STEP`."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> Any:
        """Transaction 1: read what is needed, write intents. Committed before `perform`."""

    async def perform(self, work: Work, inputs: Any) -> Any:
        """No transaction: the outside call or the CPU work."""

    async def record(self, work: Work, uow: UnitOfWork, run: StepRun, inputs: Any, result: Any) -> Done:
        """Transaction 2, the one that also finishes the step."""

    async def give_up(self, work: Work, uow: UnitOfWork, run: StepRun) -> None:
        """In the transaction that ends the last try: leave the application where a person can act."""


class Procedure:
    """Base of the steps: most need neither an outside call nor a word at the end."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> Any:
        """Nothing to read."""

    async def perform(self, work: Work, inputs: Any) -> Any:
        """Nothing to do outside."""

    async def give_up(self, work: Work, uow: UnitOfWork, run: StepRun) -> None:
        """The failed row, shown to staff, is enough."""


async def run_step(work: Work, procedures: dict[Step, StepProcedure], run_id: UUID) -> None:
    """Run the step, and those that become due behind it on the same queue; returns quietly when there is nothing."""
    current: UUID | None = run_id
    while current is not None:
        run = await claim(work, current)
        if run is None:
            return
        procedure = procedures[run.step]
        if run.attempt > PLANS[run.step].max_attempts:
            # It took its workers with it each time: it must not take the fleet.
            log.error("step_crashed", step=run.step, run=str(run.id))
            await _give_up(work, run, "crashed", procedure)
            return
        current = await _run_claimed(work, procedure, run)


async def claim(work: Work, run_id: UUID) -> StepRun | None:
    """Take the row if it is due and unleased: one more attempt, a new token, a lease."""
    async with work.units.begin() as uow:
        known = await uow.session.get(StepRun, run_id)
        if known is None:
            return None
        plan = PLANS[known.step]
        claimed = await uow.session.exec(
            update(StepRun)
            .where(
                col(StepRun.id) == run_id,
                col(StepRun.state).in_(CLAIMABLE),
                col(StepRun.due_at) <= func.now(),
                or_(col(StepRun.lease_until).is_(None), col(StepRun.lease_until) < func.now()),
            )
            .values(
                state=StepState.RUNNING,
                attempt=col(StepRun.attempt) + 1,
                token=col(StepRun.token) + 1,
                lease_until=func.now() + plan.lease,
                started_at=func.coalesce(StepRun.started_at, func.now()),
            )
            .returning(col(StepRun.id))
            .execution_options(synchronize_session=False)
        )
        if claimed.one_or_none() is None:
            return None
        await uow.session.refresh(known)
        if known.application_id and known.step not in ASIDE and known.attempt == 1 and known.parks == 0:
            await uow.append(known.application_id, EventKind.STEP_STARTED, step=known.step)
        return known


async def _run_claimed(work: Work, procedure: StepProcedure, run: StepRun) -> UUID | None:
    """Returns the next step's row when it may run on in this job."""
    plan = PLANS[run.step]
    try:
        async with heartbeat(work, run, plan.lease), asyncio.timeout(plan.timeout.total_seconds()):
            async with work.units.begin() as uow:
                withdrawn = await _is_withdrawn(uow, run)
                inputs = None if withdrawn else await procedure.load(work, uow, run)
            result = None if withdrawn else await procedure.perform(work, inputs)
            async with work.units.begin() as uow:
                await _hold(uow, run, StepState.CANCELLED if withdrawn else StepState.DONE)
                if withdrawn:
                    return None
                return await _finish(uow, run, await procedure.record(work, uow, run, inputs, result))
    except asyncio.CancelledError:
        # The process is being stopped: hand the row back at once instead of letting the lease run out.
        await asyncio.shield(_hand_back(work, run, now()))
        raise
    except NotYet as early:
        await _hand_back(work, run, early.until)
    except LeaseLost:
        log.warning("lease_lost", step=run.step, run=str(run.id))
    except Park as park:
        await _postpone(work, run, park.reason, timedelta(seconds=park.retry_after), counted=False)
    except StepFailed as failed:
        await _give_up(work, run, failed.reason, procedure)
    except Exception as error:  # noqa: BLE001 - arq drops a job that raises; the row must outlive any fault of ours
        await _after_fault(work, run, error, procedure)
    return None


async def _is_withdrawn(uow: UnitOfWork, run: StepRun) -> bool:
    if run.application_id is None or run.step in ASIDE:
        return False
    application = await uow.session.get(Application, run.application_id)
    return application is not None and application.state is ApplicationState.WITHDRAWN


async def _hold(uow: UnitOfWork, run: StepRun, state: StepState, **values: Any) -> None:
    """Set the row's state if the token is still ours; the row stays locked until the transaction ends."""
    held = await uow.session.exec(
        update(StepRun)
        .where(col(StepRun.id) == run.id, col(StepRun.token) == run.token, col(StepRun.state) == StepState.RUNNING)
        .values(state=state, lease_until=None, **({"finished_at": now()} | values))
        .returning(col(StepRun.id))
        .execution_options(synchronize_session=False)
    )
    if held.one_or_none() is None:
        raise LeaseLost


async def _finish(uow: UnitOfWork, run: StepRun, done: Done) -> UUID | None:
    if run.application_id is None:
        return None
    if run.step not in ASIDE:
        seconds = (now() - run.started_at).total_seconds() if run.started_at else 0.0
        await uow.append(
            run.application_id, EventKind.STEP_FINISHED, step=run.step, ms=round(seconds * 1000), **done.data
        )
    following = None if done.stop else NEXT[run.step]
    if following is None:
        return None
    here = PLANS[following].queue is PLANS[run.step].queue
    row = await uow.make_due(following, run.application_id, announce=not here)
    return row.id if row is not None and here else None


async def _after_fault(work: Work, run: StepRun, error: Exception, procedure: StepProcedure) -> None:
    """Retry with back-off; the last try, or an error that time does not mend, ends where a person can see it."""
    final = isinstance(error, XindaiError) and not error.retryable
    reason = "outside" if isinstance(error, XindaiError) else "internal"
    log.warning("step_fault", step=run.step, run=str(run.id), attempt=run.attempt, error=type(error).__name__)
    if reason == "internal":
        # The message may hold a statement's parameters; the trace is enough to find the place.
        log.error("step_trace", exc_info=RuntimeError(type(error).__name__).with_traceback(error.__traceback__))
    if final or run.attempt >= PLANS[run.step].max_attempts:
        await _give_up(work, run, reason, procedure)
    else:
        await _postpone(work, run, reason, backoff(run.attempt), counted=True)


async def _postpone(work: Work, run: StepRun, reason: str, delay: timedelta, *, counted: bool) -> None:
    """Park the row until later. The event is written once per reason, not at every look."""
    with suppress(LeaseLost, SQLAlchemyError, OSError):  # the lease runs out by itself if even this fails
        async with work.units.begin() as uow:
            values: dict[str, Any] = {"due_at": now() + delay, "reason": reason, "finished_at": None}
            if not counted:
                values |= {"attempt": run.attempt - 1, "parks": run.parks + 1}
            await _hold(uow, run, StepState.PARKED, **values)
            if run.application_id and run.step not in ASIDE and run.reason != reason:
                await uow.append(run.application_id, EventKind.STEP_PARKED, step=run.step, reason=reason)


async def _give_up(work: Work, run: StepRun, reason: str, procedure: StepProcedure) -> None:
    with suppress(LeaseLost, SQLAlchemyError, OSError):
        async with work.units.begin() as uow:
            await _hold(uow, run, StepState.FAILED, reason=reason)
            if run.application_id and run.step not in ASIDE:
                await uow.append(run.application_id, EventKind.STEP_FAILED, step=run.step, reason=reason)
            await procedure.give_up(work, uow, run)


async def _hand_back(work: Work, run: StepRun, due_at: datetime) -> None:
    with suppress(LeaseLost, SQLAlchemyError, OSError):
        async with work.units.begin() as uow:
            await _hold(uow, run, StepState.DUE, attempt=run.attempt - 1, due_at=due_at, finished_at=None)


@asynccontextmanager
async def heartbeat(work: Work, run: StepRun, lease: timedelta) -> AsyncIterator[None]:
    """Renew the lease every third of it; raises LeaseLost in the body when another worker has the row."""
    body = asyncio.current_task()
    lost = False

    async def beat() -> None:
        nonlocal lost
        while True:
            await asyncio.sleep(lease.total_seconds() / 3)
            try:
                async with work.units.begin() as uow:
                    renewed = await uow.session.exec(
                        update(StepRun)
                        .where(col(StepRun.id) == run.id, col(StepRun.token) == run.token)
                        .values(lease_until=func.now() + lease)
                        .returning(col(StepRun.id))
                        .execution_options(synchronize_session=False)
                    )
                    lost = renewed.one_or_none() is None
            except (SQLAlchemyError, OSError):
                continue  # the database is away; the fencing token decides in the end
            if lost and body is not None:
                body.cancel()
                return

    task = asyncio.create_task(beat())
    try:
        yield
    except asyncio.CancelledError:
        if lost:
            raise LeaseLost from None
        raise
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
