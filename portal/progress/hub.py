"""Fan-out of new events: one LISTEN connection a process wakes every page that follows an application, and ends the
pages of a session that has ended.

A connected page holds no database connection. A wake-up only says "look again": pages read the event table, so one that
is lost, doubled or late is harmless. Whenever the listener has (re)connected everybody is woken, which makes up for
whatever happened while nobody listened.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from types import FrameType
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy.engine import make_url

from portal.domain.errors import Unavailable

log = structlog.get_logger()

T = TypeVar("T")

EVENTS = "event"
SESSIONS = "session"
STREAMS = 10_000
STREAMS_A_SESSION = 4
_READS_AT_ONCE = 4
_PROBE_SECONDS = 15.0
_ANSWER_SECONDS = 5.0
_FIRST_DELAY = 0.1
_LONGEST_DELAY = 5.0


class TooManyStreams(Unavailable):
    """This process follows as many pages as it may; the page polls instead."""


class Subscription:
    """One follower of one application."""

    __slots__ = ("_news", "ended")

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self.ended = False

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109 - the time-out is an answer here, not a failure
        """True when there may be something new; False after `timeout` seconds without, or once `ended`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._news.wait()
        news = self._news.is_set()
        self._news.clear()
        return news and not self.ended

    def wake(self) -> None:
        """There may be something new."""
        self._news.set()

    def end(self) -> None:
        """No more: the process stops, or a newer stream of the same session takes the place."""
        self.ended = True
        self._news.set()


class EventHub:
    """One a process. `subscribe` needs no connection, so it works, without news, while the database is away."""

    def __init__(
        self, database_url: str, *, streams: int = STREAMS, streams_a_session: int = STREAMS_A_SESSION
    ) -> None:
        self._url = database_url
        self._streams = streams
        self._streams_a_session = streams_a_session
        self._followers: dict[UUID, set[Subscription]] = {}
        self._owners: dict[str, list[Subscription]] = {}
        self._count = 0
        self._reads: set[asyncio.Task[Any]] = set()
        # A resync of many pages must not crowd ordinary requests out of the pool.
        self._gate = asyncio.Semaphore(_READS_AT_ONCE)
        self._stopping = False

    def check_room(self) -> None:
        """Raise TooManyStreams while a refusal can still be a status."""
        if self._stopping or self._count >= self._streams:
            raise TooManyStreams(retry_after=15)

    @asynccontextmanager
    async def subscribe(self, application_id: UUID, owner: str | None = None) -> AsyncIterator[Subscription]:
        """Follow an application. Enter it inside the generator: one that never starts holds nothing.

        `owner` is the session's name. Its oldest stream gives way to one too many: on a phone that is a line which died
        unnoticed. Leaving awaits nothing, so a cancelled stream is cleaned up as well.
        """
        subscription = Subscription()
        if self._stopping:
            subscription.end()
        mine = self._owners.setdefault(owner, []) if owner is not None else []
        mine.append(subscription)
        while owner is not None and len(mine) > self._streams_a_session:
            mine.pop(0).end()
        self._followers.setdefault(application_id, set()).add(subscription)
        self._count += 1
        try:
            yield subscription
        finally:
            self._count -= 1
            self._followers[application_id].discard(subscription)
            if not self._followers[application_id]:
                del self._followers[application_id]
            if subscription in mine:
                mine.remove(subscription)
            if owner is not None and not mine and self._owners.get(owner) is mine:
                del self._owners[owner]

    async def read(self, work: Coroutine[Any, Any, T]) -> T:
        """Run database work in a task of its own: cut off by a client that leaves, it would leak a connection."""
        task = asyncio.create_task(self._gated(work))
        self._reads.add(task)
        task.add_done_callback(self._reads.discard)
        return await asyncio.shield(task)

    async def _gated(self, work: Coroutine[Any, Any, T]) -> T:
        async with self._gate:
            return await work

    @property
    def streams(self) -> int:
        """How many pages are connected now."""
        return self._count

    def wake_all(self) -> None:
        """Everybody looks again."""
        for followers in self._followers.values():
            for subscription in followers:
                subscription.wake()

    def stop(self) -> None:
        """End every stream, and refuse new ones: a server waits for open answers before it lets the process go."""
        self._stopping = True
        for followers in self._followers.values():
            for subscription in followers:
                subscription.end()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen while the block runs; at its end, or at the first SIGTERM or SIGINT before, streams end."""
        self._stopping = False
        task = asyncio.create_task(self._listen())
        try:
            with self._stopped_by_signals():
                yield
        finally:
            self.stop()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            if self._reads:
                await asyncio.wait(self._reads, timeout=2)

    @contextmanager
    def _stopped_by_signals(self) -> Iterator[None]:
        """Servers wait for open streams before the lifespan ends, so the signal itself has to be heard.

        Whoever handled it before still does: the previous handler is called, and a loop's own, which is told through
        the wake-up descriptor, stays registered.
        """
        loop = asyncio.get_running_loop()
        before: dict[signal.Signals, Any] = {}

        def heard(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.stop)
            previous = before[signal.Signals(number)]
            if callable(previous):
                previous(number, frame)
            elif previous is signal.SIG_DFL:
                signal.signal(number, signal.SIG_DFL)
                signal.raise_signal(number)

        # Only a main thread may handle signals; elsewhere (some test servers) the lifespan's end has to do.
        with suppress(ValueError):
            for number in (signal.SIGTERM, signal.SIGINT):
                before[number] = signal.signal(number, heard)
        try:
            yield
        finally:
            for number, previous in before.items():
                if signal.getsignal(number) is heard:
                    signal.signal(number, previous)

    async def _listen(self) -> None:
        delay = _FIRST_DELAY
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._follow_connection()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("listener_lost", error=type(error).__name__)
            if asyncio.get_running_loop().time() - began > _PROBE_SECONDS:
                delay = _FIRST_DELAY
            await asyncio.sleep(delay)
            delay = min(_LONGEST_DELAY, delay * 2)

    async def _follow_connection(self) -> None:
        """Listen on one connection until it is lost. A probe tells a silent line from a dead one."""
        url = make_url(self._url)
        options = url.get_dialect()().create_connect_args(url)[1]
        connection = await asyncpg.connect(
            **options, timeout=_ANSWER_SECONDS, server_settings={"application_name": "xindai hub"}
        )
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(EVENTS, self._heard)
            await connection.add_listener(SESSIONS, self._session_ended)
            self.wake_all()
            while not lost.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(_PROBE_SECONDS):
                        await lost.wait()
                if not lost.is_set():
                    await connection.execute("select 1", timeout=_ANSWER_SECONDS)
        finally:
            connection.terminate()

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        """`<application uuid>:<event number>`."""
        try:
            application_id = UUID(payload.partition(":")[0])
        except ValueError:
            return
        for subscription in self._followers.get(application_id, ()):
            subscription.wake()

    def _session_ended(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        """The session's name; its pages must not go on telling who it was about."""
        for subscription in self._owners.get(payload, ()):
            subscription.end()
