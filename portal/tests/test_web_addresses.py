"""Whose request it is, behind the proxy that all requests come through."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from portal.settings import Settings
from portal.testing.phone import Phone
from portal.web.app import create_app

PROXY, ANOTHER_PROXY, CLIENT, OTHER = "10.0.0.7", "10.0.0.8", "203.0.113.77", "203.0.113.78"


@asynccontextmanager
async def phone_at(settings: Settings, peer: str) -> AsyncIterator[Phone]:
    """A phone whose requests reach the portal from this address."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app=app, client=(peer, 1))  # type: ignore[arg-type]
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://portal.test") as client:
        yield Phone(client)


async def ask_for_code(phone: Phone, mobile: str, forwarded: str | None) -> int:
    await phone.open("/start")
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return (await phone.client.post("/start", data={**phone.hidden, "mobile": mobile}, headers=headers)).status_code


@pytest.mark.parametrize(
    ("trusted", "first", "second", "status"),
    [
        # Each client has a limit of its own; what a client writes itself stands to the left and counts for nothing.
        ("10.0.0.0/24", CLIENT, OTHER, 303),
        ("10.0.0.0/24", f"{OTHER}, {CLIENT}", f"8.8.8.8, {CLIENT}", 429),
        ("10.0.0.0/24", f"{CLIENT}, {ANOTHER_PROXY}", f"{OTHER}, {ANOTHER_PROXY}", 303),
        # Nobody is believed who is not named.
        ("", CLIENT, OTHER, 429),
        ("192.168.0.0/16", CLIENT, OTHER, 429),
        ("10.0.0.0/24", None, None, 429),
    ],
)
async def test_limits_count_clients_not_the_proxy(
    settings: Settings, trusted: str, first: str | None, second: str | None, status: int
) -> None:
    changed = settings.model_copy(update={"trusted_proxies": trusted, "codes_an_hour_per_address": 1})
    async with phone_at(changed, PROXY) as phone:
        assert await ask_for_code(phone, "13800000001", first) == 303
        assert await ask_for_code(phone, "13800000002", second) == status
