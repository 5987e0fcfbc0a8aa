import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from workers.outside import OutsideRefused, OutsideUnavailable
from workers.payout.client import HttpCoreBanking, Payee, Payout, connect_core_banking
from workers.tests.conftest import Sandbox
from workers.tests.test_outside import canned, http

pytestmark = pytest.mark.usefixtures("swift_retries")

ANSWER = {
    "payout_id": "P1",
    "status": "paid",
    "reference": "XD-1",
    "amount_fen": 5_000_000,
    "currency": "CNY",
    "booked_at": "2026-11-24T10:00:00+08:00",
}


async def pay(bank: HttpCoreBanking, key: str, **changes: Any) -> Payout:
    order: dict[str, Any] = {"reference": "XD-1", "amount_fen": 5_000_000, "payee": Payee("6200000000000005", "林安然")}
    return await bank.pay(**(order | changes), idempotency_key=key)


async def test_paid_once_however_often_it_is_asked(sandbox: Sandbox) -> None:
    before, key = sandbox.stats("bank"), str(uuid4())
    outside, bank = connect_core_banking(f"{sandbox.url}/bank", "test")
    async with outside:
        payouts = await asyncio.gather(*(pay(bank, key) for _ in range(10)))
        assert await bank.find(key) == payouts[0]
    after = sandbox.stats("bank")
    assert len({payout.payout_id for payout in payouts}) == 1
    assert (after["payouts"], after["total_fen"]) == (before["payouts"] + 1, before["total_fen"] + 5_000_000)


async def test_a_lost_answer_pays_once(sandbox: Sandbox) -> None:
    before, key = sandbox.stats("bank")["payouts"], str(uuid4())
    sandbox.order("bank", fail="accept_then_drop", fail_next=2)
    outside, bank = connect_core_banking(f"{sandbox.url}/bank", "test")
    async with outside:
        payout = await pay(bank, key)
        assert payout == await bank.find(key)
    assert sandbox.stats("bank")["payouts"] == before + 1


async def test_an_unknown_key_found_nothing(sandbox: Sandbox) -> None:
    outside, bank = connect_core_banking(f"{sandbox.url}/bank", "test")
    async with outside:
        assert await bank.find(str(uuid4())) is None
        assert await bank.find("../../control/stats") is None


async def test_another_body_under_the_same_key_is_refused(sandbox: Sandbox) -> None:
    outside, bank = connect_core_banking(f"{sandbox.url}/bank", "test")
    key = str(uuid4())
    async with outside:
        await pay(bank, key)
        with pytest.raises(OutsideRefused, match="idempotency_key_reused"):
            await pay(bank, key, amount_fen=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_fen": 4_999_999},
        {"reference": "XD-2"},
        {"status": "maybe"},
        {"currency": "USD"},
        {"payout_id": ""},
        {"booked_at": "2026-11-24T10:00:00"},
    ],
)
async def test_an_answer_about_something_else_is_not_believed(wrong: dict[str, Any]) -> None:
    async with canned(http("200 OK", json.dumps(ANSWER | wrong).encode())) as (outside, _):
        with pytest.raises(OutsideUnavailable):
            await pay(HttpCoreBanking(outside), str(uuid4()))
