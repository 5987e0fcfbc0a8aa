from typing import Any
from uuid import uuid4

import httpx
import pytest

from workers.sandbox.loans import Habit, habit_of
from workers.sandbox.personas import PERSONAS
from workers.tests.conftest import Sandbox

ACCOUNT = {"number": "6200000000000005", "name": "林安然"}


def order(**changes: Any) -> dict[str, Any]:
    return {"reference": "XD-1", "amount_fen": 5_000_000, "currency": "CNY", "account": ACCOUNT} | changes


def pay(client: httpx.Client, body: dict[str, Any], key: str) -> httpx.Response:
    return client.post("/bank/v1/payouts", json=body, headers={"Idempotency-Key": key})


def test_a_payment_is_made_once(sandbox: Sandbox) -> None:
    before = sandbox.stats("bank")
    key = str(uuid4())
    answers = [pay(sandbox.client, order(), key) for _ in range(3)]
    after = sandbox.stats("bank")
    assert [a.status_code for a in answers] == [200, 200, 200]
    assert len({a.json()["payout_id"] for a in answers}) == 1
    assert after["payouts"] - before["payouts"] == 1
    assert after["total_fen"] - before["total_fen"] == 5_000_000
    assert sandbox.client.get(f"/bank/v1/payouts/{key}").json() == answers[0].json()


def test_the_same_key_for_another_payment_is_refused(sandbox: Sandbox) -> None:
    key = str(uuid4())
    pay(sandbox.client, order(), key)
    answer = pay(sandbox.client, order(amount_fen=1), key)
    assert (answer.status_code, answer.json()) == (422, {"error": "idempotency_key_reused"})


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (order(account=ACCOUNT | {"number": "6200000000000006"}), 422, "account_invalid"),
        (order(amount_fen=0), 400, "invalid_request"),
        (order(amount_fen=1.5), 400, "invalid_request"),
        (order(currency="USD"), 400, "invalid_request"),
        (order(extra=1), 400, "invalid_request"),
    ],
)
def test_a_wrong_order_pays_nothing(sandbox: Sandbox, body: dict[str, Any], status: int, code: str) -> None:
    key = str(uuid4())
    answer = pay(sandbox.client, body, key)
    assert (answer.status_code, answer.json()) == (status, {"error": code})
    assert sandbox.client.get(f"/bank/v1/payouts/{key}").status_code == 404


def test_the_money_may_move_though_the_connection_drops(sandbox: Sandbox) -> None:
    key = str(uuid4())
    sandbox.order("bank", fail="accept_then_drop", fail_next=1)
    with pytest.raises(httpx.RemoteProtocolError):
        pay(sandbox.client, order(), key)
    booked = sandbox.client.get(f"/bank/v1/payouts/{key}").json()
    assert pay(sandbox.client, order(), key).json() == booked


def test_it_can_be_told_to_say_no_for_good(sandbox: Sandbox) -> None:
    sandbox.order("bank", fail="refuse")
    answer = pay(sandbox.client, order(), str(uuid4()))
    assert (answer.status_code, answer.json()) == (403, {"error": "refused"})


def test_a_loan_is_repaid_by_habit_or_by_order_and_tells_any_day(sandbox: Sandbox) -> None:
    key, reference = str(uuid4()), f"XD-{uuid4()}"
    booked = pay(sandbox.client, order(reference=reference), key).json()["booked_at"]
    pay(sandbox.client, order(reference=reference), key)
    year = int(booked[:4])

    def paid(day: str) -> list[bool]:
        loan = sandbox.client.get(f"/bank/v1/loans/{key}", params={"on": day}).json()
        assert (loan["reference"], loan["on"]) == (reference, day)
        return [one["paid_on"] is not None for one in loan["instalments"]]

    assert paid(f"{year - 1}-01-01") == []
    assert sandbox.client.put(f"/bank/loans/{reference}", json={"stops_after": 2}).status_code == 200
    later = paid(f"{year + 2}-01-01")
    assert later[:4] == [True, True, False, False]
    assert len(later) >= 12
    assert sandbox.client.put(f"/bank/loans/{reference}", json={"days_late": 10}).status_code == 200
    assert all(paid(f"{year + 2}-01-01")[:-1])
    assert paid(f"{year + 2}-01-01") == paid(f"{year + 2}-01-01")


def test_nobody_elses_loan_and_no_strange_habit(sandbox: Sandbox) -> None:
    for answer in (
        sandbox.client.get(f"/bank/v1/loans/{uuid4()}", params={"on": "2027-01-01"}),
        sandbox.client.put("/bank/loans/XD-nobody", json={}),
    ):
        assert (answer.status_code, answer.json()) == (404, {"error": "loan_unknown"})
    assert sandbox.client.get(f"/bank/v1/loans/{uuid4()}").status_code == 400
    assert sandbox.client.put("/bank/loans/XD-1", json={"stops_after": -1}).status_code == 400


def test_of_cards_nobody_knows_some_stop_within_the_first_year() -> None:
    habits = [habit_of(f"62000000{number:08}") for number in range(2_000)]
    stopped = [habit.stops_after for habit in habits if habit.stops_after is not None]
    assert 0.05 < len(stopped) / len(habits) < 0.1
    assert set(stopped) == set(range(12))
    assert habits == [habit_of(f"62000000{number:08}") for number in range(2_000)]
    assert {habit_of(persona.bank_card) for persona in PERSONAS} == {Habit()}
