"""The machinery around a step, on a real database; the steps themselves are told what to do by each test."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlmodel import col, select

from portal.db.models import Event, StepRun
from portal.db.uow import UnitOfWork, UnitsOfWork
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.events import EventKind
from portal.domain.workflow import PLANS, Step, StepState
from portal.testing.factories import make_draft
from workers.job import Done, LeaseLost, Park, StepFailed, StepProcedure, claim, heartbeat, run_step
from workers.testing import drain, unpark
from workers.work import Work


@dataclass
class Scripted:
    """A step that does what the test says."""

    act: Callable[[], Awaitable[Any]]
    done: Done = field(default_factory=Done)
    performed: int = 0
    recorded: int = 0
    gave_up: int = 0

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> None: ...

    async def perform(self, work: Work, inputs: Any) -> Any:
        self.performed += 1
        return await self.act()

    async def record(self, work: Work, uow: UnitOfWork, run: StepRun, inputs: Any, result: Any) -> Done:
        self.recorded += 1
        return self.done

    async def give_up(self, work: Work, uow: UnitOfWork, run: StepRun) -> None:
        self.gave_up += 1


async def nothing() -> None: ...


def raising(*errors: BaseException | None) -> Callable[[], Awaitable[None]]:
    """Raises the errors one after the other, then the last for ever; None is success."""
    waiting = list(errors)

    async def act() -> None:
        error = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if error is not None:
            raise error

    return act


@pytest.fixture
def work(units: UnitsOfWork) -> Work:
    """Only the database: these steps touch nothing else."""
    return cast(Work, type("BareWork", (), {"units": units})())


async def due(units: UnitsOfWork, step: Step = Step.SCORE) -> tuple[UUID, UUID]:
    application = await make_draft(units)
    async with units.begin() as uow:
        run = await uow.make_due(step, application.id)
        assert run is not None
    return application.id, run.id


async def state_of(units: UnitsOfWork, run_id: UUID) -> StepRun:
    async with units.begin() as uow:
        run = await uow.session.get(StepRun, run_id)
        assert run is not None
        return run


async def kinds(units: UnitsOfWork, application_id: UUID) -> list[EventKind]:
    async with units.begin() as uow:
        rows = await uow.session.exec(
            select(Event.kind).where(col(Event.application_id) == application_id).order_by(col(Event.seq))
        )
        return [EventKind(kind) for kind in rows]


def only(step: StepProcedure) -> dict[Step, StepProcedure]:
    return dict.fromkeys(Step, step)


async def test_a_step_is_done_once_and_the_next_one_runs_on(units: UnitsOfWork, work: Work) -> None:
    application_id, run_id = await due(units, Step.SCORE)
    step = Scripted(nothing)
    await asyncio.gather(*(run_step(work, only(step), run_id) for _ in range(4)))
    assert step.performed == step.recorded == 2  # score, and decide behind it
    assert (await state_of(units, run_id)).state is StepState.DONE
    assert await kinds(units, application_id) == [EventKind.STEP_STARTED, EventKind.STEP_FINISHED] * 2


async def test_an_outage_parks_with_a_reason_and_resumes(units: UnitsOfWork, work: Work) -> None:
    application_id, run_id = await due(units, Step.DECIDE)
    step = Scripted(raising(*[Park("bureau_unavailable", 30)] * 20, None))
    for _ in range(21):
        await run_step(work, only(step), run_id)
        await unpark(work)
    run = await state_of(units, run_id)
    assert (run.state, run.parks, run.attempt) == (StepState.DONE, 20, 1)
    assert (await kinds(units, application_id)).count(EventKind.STEP_PARKED) == 1


async def test_faults_are_retried_and_the_last_try_ends_where_a_person_sees_it(units: UnitsOfWork, work: Work) -> None:
    application_id, run_id = await due(units, Step.DECIDE)
    step = Scripted(raising(RuntimeError("secret text")))
    for _ in range(PLANS[Step.DECIDE].max_attempts + 2):
        await run_step(work, only(step), run_id)
        await unpark(work)
    run = await state_of(units, run_id)
    assert (run.state, run.reason, step.performed, step.gave_up) == (StepState.FAILED, "internal", 5, 1)
    assert (await kinds(units, application_id))[-1] is EventKind.STEP_FAILED


async def test_what_no_retry_mends_fails_at_once(units: UnitsOfWork, work: Work) -> None:
    _, run_id = await due(units, Step.CONSULT_BUREAU)
    step = Scripted(raising(StepFailed("no_authorisation")))
    await run_step(work, only(step), run_id)
    run = await state_of(units, run_id)
    assert (run.state, run.reason, run.attempt) == (StepState.FAILED, "no_authorisation", 1)


async def test_a_row_that_kills_its_workers_is_failed(units: UnitsOfWork, work: Work) -> None:
    _, run_id = await due(units, Step.DECIDE)
    for _ in range(PLANS[Step.DECIDE].max_attempts):
        assert await claim(work, run_id) is not None  # and the worker dies here
        async with units.begin() as uow:
            await uow.session.exec(update(StepRun).values(lease_until=now() - timedelta(seconds=1)))
    step = Scripted(nothing)
    await run_step(work, only(step), run_id)
    run = await state_of(units, run_id)
    assert (run.state, run.reason, step.performed) == (StepState.FAILED, "crashed", 0)


async def test_a_worker_that_lost_its_lease_changes_nothing(units: UnitsOfWork, work: Work) -> None:
    application_id, run_id = await due(units, Step.DECIDE)

    async def be_overtaken() -> None:
        async with units.begin() as uow:
            await uow.session.exec(update(StepRun).values(token=col(StepRun.token) + 1))

    await run_step(work, only(Scripted(be_overtaken)), run_id)
    assert (await state_of(units, run_id)).state is StepState.RUNNING
    assert await kinds(units, application_id) == [EventKind.STEP_STARTED]


async def test_the_heartbeat_notices_a_lost_lease(units: UnitsOfWork, work: Work) -> None:
    _, run_id = await due(units, Step.DECIDE)
    run = await claim(work, run_id)
    assert run is not None
    run.token -= 1
    with pytest.raises(LeaseLost):
        async with heartbeat(work, run, timedelta(milliseconds=60)):
            await asyncio.Event().wait()


async def test_a_stopped_worker_hands_its_step_back(units: UnitsOfWork, work: Work) -> None:
    _, run_id = await due(units, Step.DECIDE)
    begun = asyncio.Event()

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(run_step(work, only(Scripted(hang)), run_id))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    run = await state_of(units, run_id)
    assert (run.state, run.attempt, run.lease_until) == (StepState.DUE, 0, None)
    step = Scripted(nothing)
    assert await drain(work, only(step)) == 1
    assert step.recorded == 1


async def test_a_withdrawn_application_is_left_alone(units: UnitsOfWork, work: Work) -> None:
    _, run_id = await due(units, Step.CONSULT_BUREAU)
    async with units.begin() as uow:
        await (await uow.session.connection()).execute(
            text("update application set state = :state").bindparams(state=ApplicationState.WITHDRAWN)
        )
    step = Scripted(nothing)
    await run_step(work, only(step), run_id)
    assert step.performed == 0
    assert (await state_of(units, run_id)).state is StepState.CANCELLED
