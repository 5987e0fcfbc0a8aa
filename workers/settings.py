"""arq's side: one flat set of worker settings per queue. arq dispatches; the row in `step_run` is the record."""

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import Any, cast
from uuid import UUID

import structlog
from arq.worker import Function, Worker, func
from sqlalchemy.exc import SQLAlchemyError

from portal.domain.workflow import PLANS, Queue, Step
from portal.jobs import connect_redis, deserialize, queue_name, serialize
from portal.settings import Settings
from workers.engine import policy_in_force
from workers.job import run_step
from workers.ocr.errors import ReadInterrupted
from workers.ocr.reader import DocumentReader
from workers.pipeline import PROCEDURES
from workers.standing import register_shipped
from workers.sweep import sweep_forever, tidy_forever
from workers.work import Work, open_work

log = structlog.get_logger()

# Reading is one call at a time in one child; calls outside mostly wait.
CONCURRENCY = {Queue.OCR: 2, Queue.OUTSIDE: 8, Queue.LIGHT: 8}
# arq asks Redis this often; its own half second would be most of a fast step's time.
POLL_SECONDS = 0.05
# A job may run several steps in a row; each has its own time-out.
JOB_SECONDS = 300
# The step's own time-out comes first: it is the one that leaves the row in order.
_MARGIN_SECONDS = 60


def job_of(step: Step) -> Function:
    """The arq function of a step: named after it, never retried by arq, no result kept."""

    async def job(context: dict[str, Any], run_id: str) -> None:
        await run_step(context["work"], PROCEDURES, UUID(run_id))

    seconds = max(JOB_SECONDS, PLANS[step].timeout.total_seconds() + _MARGIN_SECONDS)
    return func(cast(Any, job), name=step.value, keep_result=0, timeout=seconds, max_tries=1)


async def _announce_engine(work: Work) -> None:
    """Staff see what is in force before it has decided anything. A database that is not there yet is no reason to
    stay away: the first decision says it again."""
    with suppress(OSError, TimeoutError, SQLAlchemyError):
        async with work.units.begin() as uow:
            await policy_in_force(work, uow)
            await register_shipped(work, uow)


async def prepare_reader(reader: DocumentReader) -> None:
    """Models are loaded before there is anything to read. On a machine too busy for that the first read tries again:
    its step is retried, while a worker that died of it would take the others down."""
    try:
        await reader.start()
    except ReadInterrupted:
        log.warning("reader_not_prepared")


def build_worker(settings: Settings, queue: Queue) -> Worker:
    """An arq worker of one queue, with its sweeps beside it."""
    stack = AsyncExitStack()

    async def on_startup(context: dict[str, Any]) -> None:
        work = await stack.enter_async_context(open_work(settings, queue))
        if work.reader is not None:
            await prepare_reader(work.reader)
        context["work"] = work
        if queue is Queue.OUTSIDE:
            await _announce_engine(work)
        context["sweeps"] = [asyncio.create_task(sweep_forever(work, queue))]
        if queue is Queue.LIGHT:
            context["sweeps"].append(asyncio.create_task(tidy_forever(work)))

    async def on_shutdown(context: dict[str, Any]) -> None:
        for sweep in context.get("sweeps", ()):
            sweep.cancel()
            with suppress(asyncio.CancelledError):
                await sweep
        await stack.aclose()

    return Worker(
        functions=[job_of(step) for step in Step if PLANS[step].queue is queue],
        queue_name=queue_name(queue),
        redis_pool=connect_redis(settings.redis_url),
        on_startup=cast(Any, on_startup),
        on_shutdown=cast(Any, on_shutdown),
        max_jobs=CONCURRENCY[queue],
        job_timeout=JOB_SECONDS,
        keep_result=0,
        poll_delay=POLL_SECONDS,
        max_tries=1,
        retry_jobs=False,
        handle_signals=False,
        health_check_interval=60,
        job_serializer=serialize,
        job_deserializer=deserialize,
        log_results=False,
    )
