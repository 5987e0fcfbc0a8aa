"""The stream over a real server process, as a browser gets it; and how the process ends while pages are connected."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest

from portal.accounts.sessions import open_session
from portal.db.models import Application
from portal.db.uow import UnitsOfWork
from portal.domain.events import EventKind
from portal.domain.workflow import Step
from portal.settings import ROOT, Settings
from portal.testing.cases import make_submitted
from portal.testing.ports import free_ports

STREAMS = 50


@dataclass(frozen=True, slots=True)
class Server:
    """A granian of this test's own."""

    url: str
    process: asyncio.subprocess.Process


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    port = free_ports()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "granian", "portal.asgi:create_app", "--factory", "--interface=asgi",
        "--host=127.0.0.1", f"--port={port}", "--workers=1", "--no-ws", "--log-level=warning",
        cwd=ROOT,
        env={
            **os.environ,
            "XINDAI_HOME": str(settings.home),
            "XINDAI_DATABASE_URL": settings.database_url,
            "XINDAI_REDIS_URL": settings.redis_url,
            "XINDAI_SECRET_KEY": settings.secret_key.get_secret_value(),
            "XINDAI_DATA_KEYS": settings.data_keys.get_secret_value(),
            "XINDAI_BASE_URL": settings.base_url,
        },
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(60), httpx.AsyncClient() as probe:
            while True:
                try:
                    (await probe.get(f"{url}/readyz")).raise_for_status()
                    break
                except httpx.HTTPError:
                    assert process.returncode is None, "the server ended by itself"
                    await asyncio.sleep(0.05)
        yield Server(url, process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def browser(server: Server, units: UnitsOfWork, applicant_id: UUID) -> httpx.AsyncClient:
    async with units.begin() as uow:
        session_id = await open_session(uow, applicant_id=applicant_id)
    return httpx.AsyncClient(base_url=server.url, cookies={"xindai": session_id}, timeout=20)


async def read_message(lines: AsyncIterator[str]) -> str:
    """Up to the empty line that ends a message."""
    message = []
    async with asyncio.timeout(20):
        async for line in lines:
            if not line:
                break
            message.append(line)
    return "\n".join(message)


async def test_a_page_gets_a_snapshot_and_then_the_news(server: Server, units: UnitsOfWork) -> None:
    application = await make_submitted(units)
    events = f"/applications/{application.reference}/events"
    async with await browser(server, units, application.applicant_id) as mine, mine.stream("GET", events) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        lines = answer.aiter_lines()
        assert 'hx-target="#standing"' in await read_message(lines)
        async with units.begin() as uow:
            await uow.append(application.id, EventKind.STEP_FINISHED, step=Step.VERIFY_DOCUMENTS.value)
        # The very next message: it came before the first ping, so it was not the ping that made the page look.
        assert "材料已核对。" in await read_message(lines)


async def test_other_peoples_streams_are_not_found(server: Server, units: UnitsOfWork) -> None:
    mine, theirs = await make_submitted(units), await make_submitted(units)
    async with await browser(server, units, mine.applicant_id) as me:
        for path in ("events", "timeline", "progress"):
            assert (await me.get(f"/applications/{theirs.reference}/{path}")).status_code == 404
    async with httpx.AsyncClient(base_url=server.url) as nobody:
        answer = await nobody.get(f"/applications/{mine.reference}/events")
        assert (answer.status_code, answer.headers["location"]) == (303, "/start")


async def hold_stream(client: httpx.AsyncClient, application: Application, open_streams: asyncio.Semaphore) -> None:
    async with client.stream("GET", f"/applications/{application.reference}/events") as answer:
        first = True
        async for _ in answer.aiter_lines():
            if first:
                open_streams.release()
                first = False


async def test_the_process_stops_with_pages_connected(server: Server, units: UnitsOfWork) -> None:
    application = await make_submitted(units)
    browsers = [await browser(server, units, application.applicant_id) for _ in range(-(-STREAMS // 4))]
    connected = asyncio.Semaphore(0)
    held = [asyncio.create_task(hold_stream(browsers[i // 4], application, connected)) for i in range(STREAMS)]
    async with asyncio.timeout(60):
        for _ in held:
            await connected.acquire()
    server.process.terminate()
    # Streams live five minutes and are pinged every 15 s: what ends sooner was told to.
    async with asyncio.timeout(12):
        await server.process.wait()
    ends = await asyncio.gather(*held, return_exceptions=True)
    for each in browsers:
        await each.aclose()
    # Each stream was ended by a last chunk, not cut.
    assert [end for end in ends if end is not None] == []
