import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from structlog.testing import capture_logs

from workers.outside import Limits, Outside, OutsideRefused, OutsideUnavailable
from workers.tests.conftest import Sandbox, StartSandbox

pytestmark = pytest.mark.usefixtures("swift_retries")

PATIENT = Limits(connect=30, read=30, total=30, failures=4, open_seconds=10, answer_bytes=1000)
"""For what is answered: a busy machine may take its time."""
HASTY = replace(PATIENT, read=1, total=1.5)
"""For what is never answered."""
BODY = {
    "reference": "XD-1",
    "amount_fen": 100,
    "currency": "CNY",
    "account": {"number": "6200000000000005", "name": "林安然"},
}

Connect = Callable[..., AbstractAsyncContextManager[Outside]]


@pytest.fixture
def bank(sandbox: Sandbox) -> Connect:
    @asynccontextmanager
    async def connect(limits: Limits = PATIENT) -> AsyncIterator[Outside]:
        async with Outside("bank", f"{sandbox.url}/bank", api_key="test", limits=limits) as outside:
            yield outside

    return connect


@asynccontextmanager
async def canned(answer: bytes) -> AsyncIterator[tuple[Outside, list[bytes]]]:
    """A server that says the same bytes to everybody, and what it was asked."""
    asked: list[bytes] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Outside("test", f"http://127.0.0.1:{port}/base", limits=PATIENT) as outside:
        yield outside, asked


def http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def pay(outside: Outside, key: str | None = None) -> dict[str, object]:
    return await outside.post("/v1/payouts", BODY, idempotency_key=key or str(uuid4()))


@pytest.mark.parametrize("fault", ["500", "reset", "accept_then_drop"])
async def test_a_short_trouble_is_ridden_out(sandbox: Sandbox, bank: Connect, fault: str) -> None:
    sandbox.order("bank", fail=fault, fail_next=2)
    before = sandbox.stats("bank")["payouts"]
    async with bank() as outside:
        assert (await pay(outside))["status"] == "paid"
    assert sandbox.stats("bank")["payouts"] == before + 1


@pytest.mark.parametrize(
    ("fault", "reason"), [("500", "status 500"), ("reset", "RemoteProtocolError"), ("hang", "timed out")]
)
async def test_a_lasting_trouble_ends_after_three_tries(
    sandbox: Sandbox, bank: Connect, fault: str, reason: str
) -> None:
    sandbox.order("bank", fail=fault)
    before = sandbox.stats("bank")["requests"]
    async with bank(HASTY if fault == "hang" else PATIENT) as outside:
        with pytest.raises(OutsideUnavailable) as caught:
            await pay(outside)
    assert (caught.value.service, caught.value.reason, caught.value.retryable) == ("bank", reason, True)
    assert caught.value.retry_after >= 1
    assert sandbox.stats("bank")["requests"] == before + 3


def test_a_slow_answer_is_not_waited_for(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    # A bank of its own: it books half a minute later, when another test may be counting.
    with start_sandbox(tmp_path, "bank") as url:
        httpx.put(f"{url}/bank/control", json={"latency_ms": 30_000}).raise_for_status()
        asyncio.run(_times_out(f"{url}/bank"))


async def _times_out(url: str) -> None:
    async with Outside("bank", url, api_key="test", limits=HASTY) as outside:
        with pytest.raises(OutsideUnavailable, match="timed out"):
            await pay(outside)


async def test_nobody_listening(sandbox: Sandbox) -> None:
    async with Outside("bank", "http://127.0.0.1:1", limits=PATIENT) as outside:
        with pytest.raises(OutsideUnavailable, match="ConnectError"):
            await pay(outside)


@dataclass
class Clock:
    """Stands in for the breaker's `time`."""

    now: float

    def time(self) -> float:
        return self.now


async def test_the_breaker_opens_then_recovers_by_itself(
    sandbox: Sandbox, bank: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(time.time())
    monkeypatch.setattr("purgatory.domain.model.time", clock)
    sandbox.order("bank", fail="500")
    before = sandbox.stats("bank")["requests"]
    async with bank() as outside:
        for _ in range(5):
            with pytest.raises(OutsideUnavailable):
                await pay(outside)
        assert sandbox.stats("bank")["requests"] == before + PATIENT.failures
        with pytest.raises(OutsideUnavailable, match="circuit open"):
            await pay(outside)

        sandbox.order("bank")
        clock.now += PATIENT.open_seconds + 1
        assert (await pay(outside))["status"] == "paid"


async def test_a_refusal_is_final_and_leaves_the_breaker_alone(sandbox: Sandbox, bank: Connect) -> None:
    before = sandbox.stats("bank")["requests"]
    async with bank() as outside:
        for _ in range(PATIENT.failures + 1):
            with pytest.raises(OutsideRefused, match="404 payout_unknown") as caught:
                await outside.get("/v1/payouts/unknown-key")
            assert caught.value.retryable is False
    assert sandbox.stats("bank")["requests"] == before + PATIENT.failures + 1


async def test_the_service_says_when_to_come_back() -> None:
    async with canned(http("503 Busy", b"", "Retry-After: 17")) as (outside, asked):
        with pytest.raises(OutsideUnavailable) as caught:
            await pay(outside)
    assert caught.value.retry_after == 17
    assert len(asked) == 3


async def test_a_redirect_is_not_followed() -> None:
    async with canned(http("302 Found", b"", "Location: http://169.254.169.254/")) as (outside, asked):
        with pytest.raises(OutsideRefused) as caught:
            await outside.get("/x")
    assert caught.value.answer_status == 302
    assert len(asked) == 1


@pytest.mark.parametrize("path", ["http://evil.test/x", "evil", "", "ftp://evil.test"])
async def test_only_paths_of_the_service_are_called(path: str) -> None:
    async with canned(http("200 OK", b"{}")) as (outside, asked):
        with pytest.raises(ValueError, match="path of the service"):
            await outside.get(path)
    assert asked == []


@pytest.mark.parametrize("path", ["//evil.test/x", "/../x", "/\\evil.test", "/@evil.test"])
async def test_a_strange_path_stays_at_the_service(path: str) -> None:
    async with canned(http("200 OK", b"{}")) as (outside, asked):
        await outside.get(path)
    assert b"host: 127.0.0.1" in asked[0].lower()


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[1]", b'"text"', b"\xff\xfe", b"[" * 900, b"NaN", b'{"a": "' + b"x" * 2000 + b'"}']
)
async def test_a_garbled_answer_is_nobodys_evidence(body: bytes) -> None:
    async with canned(http("200 OK", body)) as (outside, asked):
        with pytest.raises(OutsideUnavailable):
            await pay(outside)
    assert len(asked) == 1


async def test_a_bomb_is_not_unpacked() -> None:
    async with canned(http("200 OK", b"\x1f\x8b\x08" + b"\0" * 50, "Content-Encoding: gzip")) as (outside, _):
        with pytest.raises(OutsideUnavailable, match="not a JSON object"):
            await pay(outside)


@pytest.mark.parametrize("said", ["林安然 6200000000000005", "x" * 41, {"a": 1}, None])
async def test_free_text_of_a_refusal_goes_nowhere(said: object) -> None:
    async with canned(http("422 No", json.dumps({"error": said}).encode())) as (outside, _):
        with pytest.raises(OutsideRefused) as caught:
            await pay(outside)
    assert caught.value.reason == "unspecified"


async def test_no_personal_data_in_logs_or_exceptions(
    sandbox: Sandbox, bank: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    with capture_logs() as lines:
        async with bank(HASTY) as outside:
            for fault in ("500", "reset", "hang"):
                sandbox.order("bank", fail=fault)
                with pytest.raises(OutsideUnavailable) as caught:
                    await pay(outside)
                said.append(f"{caught.value!r} {caught.value} {caught.value.__cause__} {caught.value.public}")
        for body in (b"garbled", b'{"error": "no"}'):
            async with canned(http("200 OK", body)) as (other, _):
                try:
                    await pay(other)
                except OutsideUnavailable as error:
                    said.append(f"{error!r} {error}")
    everything = f"{lines} {caplog.text} {said}"
    assert "安然" not in everything
    assert "6200000000000005" not in everything
