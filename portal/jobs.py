"""Catalogue of jobs, and announcing them on Redis: ids only, best effort, capped at one second.

A job is named after its step; its payload is `(step run id,)`. The row in `step_run` is the record, so a wake-up that
is lost costs one sweep (1–2 s), never the work.
"""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import structlog
from arq.connections import ArqRedis, RedisSettings
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from portal.domain.workflow import PLANS, Queue, Step

log = structlog.get_logger()

ANNOUNCE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class WakeUp:
    """A step run that may be ready."""

    step: Step
    run_id: UUID


class Announcer(Protocol):
    """Tells workers that there may be something to do."""

    async def announce(self, wake_ups: Iterable[WakeUp]) -> None:
        """Never raises and never takes longer than ANNOUNCE_SECONDS."""


def queue_name(queue: Queue) -> str:
    """The Redis key arq keeps a queue under."""
    return f"xindai:queue:{queue.value}"


def serialize(value: dict[str, Any]) -> bytes:
    """arq pickles by default; JSON can't run code when read."""
    return json.dumps(value).encode()


def deserialize(value: bytes) -> dict[str, Any]:
    """The other half of `serialize`."""
    loaded: dict[str, Any] = json.loads(value)
    return loaded


def connect_redis(url: str) -> ArqRedis:
    """A lazy client that rides out a restart: without `retry_on_error` a restarted Redis ends the worker process."""
    options = parse_url(url)
    pool = ConnectionPool(
        **options,
        socket_connect_timeout=1,
        socket_timeout=5,
        retry=Retry(ExponentialBackoff(cap=1, base=0.05), 5),
        retry_on_error=[RedisConnectionError, RedisTimeoutError, ConnectionResetError],
    )
    return ArqRedis(connection_pool=pool, job_serializer=serialize, job_deserializer=deserialize)


def redis_settings(url: str) -> RedisSettings:
    """The same connection in arq's own terms."""
    return RedisSettings.from_dsn(url)


class RedisAnnouncer:
    """Announces through arq."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def announce(self, wake_ups: Iterable[WakeUp]) -> None:
        """Enqueue one job each, under a fresh arq id: a finished job's id would be refused."""
        try:
            async with asyncio.timeout(ANNOUNCE_SECONDS):
                for wake_up in wake_ups:
                    await self._redis.enqueue_job(
                        wake_up.step.value, str(wake_up.run_id), _queue_name=queue_name(PLANS[wake_up.step].queue)
                    )
        except (TimeoutError, RedisError, OSError) as error:
            log.warning("announce_failed", error=type(error).__name__)


class SilentAnnouncer:
    """For tests and tools that drain the table themselves."""

    async def announce(self, wake_ups: Iterable[WakeUp]) -> None:
        """Nothing to tell."""
