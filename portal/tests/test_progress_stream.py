"""Fan-out and streams against a real database: nothing missed, nothing leaked, ends when told."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from portal.accounts.sessions import end_session, open_session, session_name
from portal.db.models import Application
from portal.db.uow import UnitsOfWork
from portal.domain.application import ApplicationState
from portal.domain.events import EventKind
from portal.domain.workflow import Step
from portal.progress.fragments import Follower, read_frame
from portal.progress.hub import EventHub, TooManyStreams
from portal.progress.stream import DONE, PING, Frame, follow, message, parse_last_event_id
from portal.settings import Settings
from portal.testing.cases import fill_draft, make_submitted


@pytest.fixture
async def submitted(units: UnitsOfWork) -> Application:
    return await signed_in(units, await make_submitted(units))


SESSIONS: dict[UUID, str] = {}
"""By applicant, for the pages of this file."""


async def signed_in(units: UnitsOfWork, application: Application) -> Application:
    async with units.begin() as uow:
        SESSIONS[application.applicant_id] = await open_session(uow, applicant_id=application.applicant_id)
    return application


@pytest.fixture
async def hub(settings: Settings) -> AsyncIterator[EventHub]:
    """Listening already."""
    hub = EventHub(settings.database_url, streams_a_session=2)
    async with hub.listening():
        async with hub.subscribe(uuid4()) as probe:
            assert await probe.wait(30)  # everybody is woken once the listener has connected
        yield hub


def messages(
    hub: EventHub,
    units: UnitsOfWork,
    settings: Settings,
    application: Application,
    seen: int | None = None,
    *,
    ping: float = 15.0,
    life: float = 300.0,
) -> AsyncGenerator[str, None]:
    session_id = SESSIONS[application.applicant_id]
    follower = Follower(application.id, application.reference, application.applicant_id, session_id, "zh", "normal")
    return follow(
        hub,
        application.id,
        session_name(session_id),
        seen,
        lambda seen: read_frame(units, settings, follower, seen),
        ping=ping,
        life=life,
    )


async def say(units: UnitsOfWork, application: Application, kind: EventKind, **data: Any) -> None:
    async with units.begin() as uow:
        await uow.append(application.id, kind, **data)


def id_of(sent: str) -> int:
    return int(sent.partition("\n")[0].removeprefix("id: "))


async def next_of(stream: AsyncIterator[str]) -> str:
    async with asyncio.timeout(10):
        return await anext(stream)


async def test_snapshot_first_then_each_event_with_its_announcement(
    hub: EventHub, units: UnitsOfWork, settings: Settings, submitted: Application
) -> None:
    async with aclosing(messages(hub, units, settings, submitted)) as stream:
        snapshot = await next_of(stream)
        assert [part for part in ("standing", "timeline", "next") if f'hx-target="#{part}"' in snapshot] == [
            "standing",
            "timeline",
            "next",
        ]
        assert "live-announce" not in snapshot
        assert "event:" not in snapshot
        assert all(line.startswith("data: ") for line in snapshot.splitlines()[1:-1])
        await say(units, submitted, EventKind.STEP_FINISHED, step=Step.VERIFY_DOCUMENTS.value)
        news = await next_of(stream)
        assert id_of(news) == id_of(snapshot) + 1
        assert '<hx-partial hx-target="#live-announce" hx-swap="innerHTML">材料已核对。</hx-partial>' in news


async def test_a_reconnected_page_hears_what_it_missed_once(
    hub: EventHub, units: UnitsOfWork, settings: Settings, submitted: Application
) -> None:
    async with aclosing(messages(hub, units, settings, submitted)) as stream:
        seen = id_of(await next_of(stream))
    await say(units, submitted, EventKind.STEP_PARKED, step=Step.CONSULT_BUREAU.value, reason="bureau_unavailable")
    for last, announced in ((seen, True), (seen + 1, False)):
        async with aclosing(messages(hub, units, settings, submitted, last)) as stream:
            snapshot = await next_of(stream)
        assert id_of(snapshot) == seen + 1
        assert ("征信系统暂时连不上。" in snapshot) is announced


async def test_other_peoples_events_wake_nobody(hub: EventHub, units: UnitsOfWork, submitted: Application) -> None:
    other = await make_submitted(units)
    async with hub.subscribe(submitted.id) as mine, hub.subscribe(other.id) as theirs:
        await say(units, other, EventKind.NOTE_ADDED)
        assert await theirs.wait(30)
        assert not await mine.wait(0.05)


async def test_what_happened_while_the_listener_was_cut_is_made_up_for(
    hub: EventHub, units: UnitsOfWork, settings: Settings, submitted: Application
) -> None:
    async with aclosing(messages(hub, units, settings, submitted)) as stream:
        first = id_of(await next_of(stream))
        async with units.sessions() as session:
            cut = await session.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where application_name = 'xindai hub' and datname = current_database()"
                )
            )
            assert cut.scalars().all() == [True]
        await say(units, submitted, EventKind.STEP_FINISHED, step=Step.VERIFY_DOCUMENTS.value)
        assert id_of(await next_of(stream)) == first + 1


async def test_the_listener_waits_for_a_database_that_is_away(settings: Settings) -> None:
    hub = EventHub(settings.database_url.replace("/test_", "/not_there_"))
    async with hub.listening(), hub.subscribe(uuid4()) as subscription:
        assert not await subscription.wait(0.3)
        hub._url = settings.database_url
        assert await subscription.wait(30)


async def test_silence_is_broken_by_pings(
    hub: EventHub, units: UnitsOfWork, settings: Settings, submitted: Application
) -> None:
    async with aclosing(messages(hub, units, settings, submitted, ping=0.01)) as stream:
        assert id_of(await next_of(stream)) > 0
        assert await next_of(stream) == PING


async def test_a_stream_is_ended_by_its_age(
    hub: EventHub, units: UnitsOfWork, settings: Settings, submitted: Application
) -> None:
    async with asyncio.timeout(30), aclosing(messages(hub, units, settings, submitted, life=0.1)) as stream:
        assert any([id_of(each) async for each in stream if each != PING])


async def test_the_end_of_an_application_ends_the_stream(
    hub: EventHub, units: UnitsOfWork, settings: Settings, submitted: Application
) -> None:
    async with aclosing(messages(hub, units, settings, submitted)) as stream:
        await next_of(stream)
        async with units.begin() as uow:
            row = await uow.session.get_one(Application, submitted.id)
            await uow.change_state(row, ApplicationState.DECLINED)
            await uow.append(row.id, EventKind.APPLICATION_DECLINED)
        last = await next_of(stream)
        assert "这次申请没有通过" in last
        assert await next_of(stream) == DONE
        with pytest.raises(StopAsyncIteration):
            await next_of(stream)
    assert hub.streams == 0


async def test_a_draft_sends_the_cards_of_its_documents(hub: EventHub, units: UnitsOfWork, settings: Settings) -> None:
    draft = await signed_in(units, await fill_draft(units))
    async with aclosing(messages(hub, units, settings, draft)) as stream:
        snapshot = await next_of(stream)
    assert re.findall(r'hx-target="#(document-\w+)"', snapshot) == [
        "document-id_front",
        "document-id_back",
        "document-income_proof",
    ]
    assert snapshot.endswith("event: document\ndata:\n\nevent: turn\ndata:\n\n")
    assert "timeline" not in snapshot


async def test_an_answer_sends_no_cards_again(hub: EventHub, units: UnitsOfWork, settings: Settings) -> None:
    draft = await signed_in(units, await fill_draft(units))
    async with aclosing(messages(hub, units, settings, draft)) as stream:
        await next_of(stream)
        async with units.begin() as uow:
            await uow.append(draft.id, EventKind.ANSWER_CHANGED, slot="amount")
        news = await next_of(stream)
    assert "document-" not in news
    assert news.endswith("event: turn\ndata:\n\n")


async def test_signing_out_ends_the_pages_of_that_session(
    hub: EventHub, units: UnitsOfWork, settings: Settings, submitted: Application
) -> None:
    theirs = await signed_in(units, await make_submitted(units))
    async with (
        aclosing(messages(hub, units, settings, submitted)) as stream,
        aclosing(messages(hub, units, settings, theirs)) as other,
    ):
        await next_of(stream)
        await next_of(other)
        async with units.begin() as uow:
            await end_session(uow, SESSIONS[submitted.applicant_id])
        with pytest.raises(StopAsyncIteration):
            await next_of(stream)
        await say(units, theirs, EventKind.NOTE_ADDED)
        assert id_of(await next_of(other)) > 0


async def test_nothing_is_read_for_a_session_that_ended_unheard(
    hub: EventHub, units: UnitsOfWork, settings: Settings, submitted: Application
) -> None:
    async with units.begin() as uow:
        await end_session(uow, SESSIONS[submitted.applicant_id])
    async with aclosing(messages(hub, units, settings, submitted)) as stream:
        with pytest.raises(StopAsyncIteration):
            await next_of(stream)


async def test_the_oldest_stream_of_a_session_gives_way(hub: EventHub) -> None:
    application = uuid4()
    async with (
        hub.subscribe(application, "one") as oldest,
        hub.subscribe(application, "one") as second,
        hub.subscribe(application, "other") as other,
        hub.subscribe(uuid4(), "one") as newest,
    ):
        assert oldest.ended
        assert not await oldest.wait(1)
        assert [second.ended, other.ended, newest.ended] == [False, False, False]


async def test_a_full_process_says_so_while_it_can(settings: Settings) -> None:
    hub = EventHub(settings.database_url, streams=1)
    hub.check_room()
    async with hub.subscribe(uuid4()):
        with pytest.raises(TooManyStreams):
            hub.check_room()
    hub.check_room()


async def test_stopping_ends_streams_at_once(
    hub: EventHub, units: UnitsOfWork, settings: Settings, submitted: Application
) -> None:
    async with aclosing(messages(hub, units, settings, submitted)) as stream:
        await next_of(stream)
        waiting = asyncio.create_task(next_of(stream))
        await asyncio.sleep(0)
        hub.stop()
        with pytest.raises(StopAsyncIteration):
            await waiting
    with pytest.raises(TooManyStreams):
        hub.check_room()


@pytest.mark.parametrize("steps", [0, 1, 3, 10, 40])
async def test_clients_that_leave_midway_leak_nothing(
    hub: EventHub, units: UnitsOfWork, settings: Settings, submitted: Application, steps: int
) -> None:
    async def visit() -> None:
        async with aclosing(messages(hub, units, settings, submitted)) as stream:
            async for _ in stream:
                pass

    hub._streams_a_session = 20
    visits = [asyncio.create_task(visit()) for _ in range(20)]
    for _ in range(steps):
        await asyncio.sleep(0)
    for each in visits:
        each.cancel()
    await asyncio.gather(*visits, return_exceptions=True)
    assert hub.streams == 0
    if hub._reads:
        await asyncio.wait(hub._reads, timeout=30)
    assert units.sessions.kw["bind"].pool.checkedout() == 0


async def test_a_stream_dropped_between_messages_is_cleaned_up(
    hub: EventHub, units: UnitsOfWork, settings: Settings, submitted: Application
) -> None:
    stream: AsyncGenerator[str, None] | None = messages(hub, units, settings, submitted)
    assert stream is not None
    await next_of(stream)
    assert hub.streams == 1
    stream = None  # what a server does that was cancelled while it sent
    for _ in range(50):  # the loop's own hook closes it, in a task that it starts later
        await asyncio.sleep(0)
    assert hub.streams == 0


async def test_a_database_that_goes_away_ends_the_stream_quietly(
    hub: EventHub, units: UnitsOfWork, settings: Settings, submitted: Application
) -> None:
    async def broken(seen: int | None) -> Frame:
        raise OSError

    stream = follow(hub, submitted.id, None, None, broken)
    with pytest.raises(StopAsyncIteration):
        await next_of(stream)
    assert hub.streams == 0


def test_every_line_of_html_is_a_line_of_data() -> None:
    sent = message(Frame(7, "<b>\n\r\n一</b>", signals=("document",)))
    assert sent == "id: 7\ndata: <b>\ndata: \ndata: 一</b>\n\nevent: document\ndata:\n\n"


@pytest.mark.parametrize(
    ("header", "seen"), [(None, None), ("", None), ("42", 42), ("-1", None), ("４２", None), ("9" * 40, None)]
)
def test_last_event_id_is_a_number_of_ours_or_nothing(header: str | None, seen: int | None) -> None:
    assert parse_last_event_id(header) == seen


def test_signals_are_given_back(settings: Settings) -> None:
    """Nothing of the hub's stays behind in a process that goes on."""
    import signal  # noqa: PLC0415 - only here

    before = signal.getsignal(signal.SIGTERM)

    async def run() -> None:
        with suppress(RuntimeError):
            async with EventHub(settings.database_url).listening():
                assert signal.getsignal(signal.SIGTERM) is not before
                raise RuntimeError

    asyncio.run(run())
    assert signal.getsignal(signal.SIGTERM) is before
