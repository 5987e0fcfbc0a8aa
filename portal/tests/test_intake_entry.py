"""The way in: the code's page says what helps, tells nobody who is known, and counts by address."""

import re

import httpx
import pytest
from litestar import Litestar

from portal.db.uow import UnitsOfWork
from portal.settings import Settings
from portal.testing.factories import make_draft
from portal.testing.phone import Phone, read_codes

KNOWN, UNKNOWN = "13800138001", "13800138002"


async def ask(client: httpx.AsyncClient, mobile: str) -> Phone:
    """A phone that has asked for a code."""
    client.cookies.clear()
    phone = Phone(client)
    await phone.open("/start")
    await phone.send("/start", mobile=mobile)
    assert phone.path == "/start/verify"
    return phone


def without_chance(page: str) -> str:
    """The page without what differs at every load: the token's mask."""
    return re.sub(r"[0-9a-f]{128}", "token", page)


async def test_a_known_number_is_answered_as_an_unknown_one(client: httpx.AsyncClient, units: UnitsOfWork) -> None:
    await make_draft(units, mobile=KNOWN)
    pages = [without_chance((await ask(client, mobile)).page) for mobile in (KNOWN, UNKNOWN)]
    assert pages[0].replace("8001", "8002") == pages[1]
    for mobile in (KNOWN, UNKNOWN):
        phone = await ask(client, mobile)  # too soon for another code, which is not told either
        assert without_chance(phone.page).replace("8001", "8002") == pages[1]


async def test_the_page_counts_down_and_knows_ways_out(client: httpx.AsyncClient) -> None:
    phone = await ask(client, UNKNOWN)
    wait = re.search(r'data-resend="(\d+)"', phone.page)
    assert wait is not None
    assert 1 <= int(wait[1]) <= 30
    assert 'autocomplete="one-time-code"' in phone.page
    assert 'inputmode="numeric"' in phone.page
    assert 'href="/start"' in phone.page
    assert 'href="tel:' in phone.page
    await phone.send("/start/again")
    assert "这次没有发送新的验证码" in phone.text


@pytest.mark.parametrize("written", ["{0} {1}", "{0}-{1}", " {0}{1}。", "full width"])
async def test_a_code_is_taken_as_it_is_typed(client: httpx.AsyncClient, units: UnitsOfWork, written: str) -> None:
    phone = await ask(client, UNKNOWN)
    [code] = await read_codes(units, UNKNOWN)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    await phone.send("/start/verify", code=wide if written == "full width" else written.format(code[:3], code[3:]))
    assert phone.path.endswith("/chat?at=amount")


async def test_guesses_are_counted_by_address(
    app: Litestar, client: httpx.AsyncClient, settings: Settings, units: UnitsOfWork
) -> None:
    app.state.settings = settings.model_copy(update={"codes_an_hour_per_address": 1})
    phone = await ask(client, UNKNOWN)
    for _ in range(5):
        await phone.send("/start/verify", code="12345")
        assert phone.status == 422
    await phone.send("/start/verify", code=(await read_codes(units, UNKNOWN))[-1])
    assert phone.status == 429
