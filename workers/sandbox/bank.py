"""Core banking's stand-in: pays once per idempotency key, remembers it across restarts, and moves no money. How the
loan is repaid can be asked for any day, also one ahead, and ordered by `PUT /bank/loans/{reference}`."""

import secrets
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from litestar import Response, Router, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from portal.domain.clock import now
from portal.domain.identity import InvalidIdentity, parse_bank_card
from workers.sandbox.faults import Control, Trouble, control_router
from workers.sandbox.loans import Habit, LoanBook
from workers.sandbox.refusals import Refusal, require_api_key
from workers.sandbox.store import Answer, EffectStore, KeyReused


class Account(BaseModel):
    """Where the money goes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Annotated[str, StringConstraints(pattern=r"^[0-9]{12,19}$")]
    name: Annotated[str, StringConstraints(min_length=2, max_length=30)]


class PayoutRequest(BaseModel):
    """One payment order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reference: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    amount_fen: Annotated[int, Field(gt=0, le=100_000_000_00)]
    currency: Literal["CNY"]
    account: Account


@post("/payouts", status_code=200)
async def pay(
    data: JSONBody[PayoutRequest],
    idempotency_key: Annotated[str, HeaderParameter(name="Idempotency-Key", min_length=8, max_length=80)],
    store: NamedDependency[EffectStore],
    loans: NamedDependency[LoanBook],
) -> Response[Answer]:
    """Book the payment, or repeat the answer to the same order."""
    try:
        parse_bank_card(data.account.number)
    except InvalidIdentity:
        raise Refusal(422, "account_invalid") from None

    def make() -> Answer:
        return {
            "payout_id": f"SANDBOX-{secrets.token_hex(8)}",
            "status": "paid",
            "reference": data.reference,
            "amount_fen": data.amount_fen,
            "currency": data.currency,
            "booked_at": now().isoformat(),
        }

    try:
        answer, _ = store.once(idempotency_key, data.model_dump(mode="json"), make)
    except KeyReused:
        raise Refusal(422, "idempotency_key_reused") from None
    loans.open(idempotency_key, data.reference, answer["booked_at"], data.account.number)
    return Response(answer)


@get("/payouts/{key:str}")
async def show_payout(key: FromPath[str], store: NamedDependency[EffectStore]) -> Answer:
    """What became of the order with this idempotency key."""
    answer = store.find(key)
    if answer is None:
        raise Refusal(404, "payout_unknown")
    return answer


@get("/loans/{key:str}")
async def show_loan(key: FromPath[str], on: FromQuery[date], loans: NamedDependency[LoanBook]) -> Answer:
    """What fell due by a day, and when it was paid, of the loan paid out under this idempotency key."""
    answer = loans.tell(key, on)
    if answer is None:
        raise Refusal(404, "loan_unknown")
    return answer


@put("/loans/{reference:str}")
async def order_habit(reference: FromPath[str], data: JSONBody[Habit], loans: NamedDependency[LoanBook]) -> Habit:
    """From now on the borrower has always repaid like this."""
    if not loans.order(reference, data):
        raise Refusal(404, "loan_unknown")
    return data


@get("/control/stats")
async def show_stats(store: NamedDependency[EffectStore], control: NamedDependency[Control]) -> dict[str, int]:
    """`payouts`, `repeats` and `total_fen` outlive a restart; `requests` and `failed` do not."""
    payouts, repeats = store.count()
    return {
        "payouts": payouts,
        "repeats": repeats,
        "total_fen": store.total("amount_fen"),
        "requests": control.requests,
        "failed": control.failed,
    }


def bank_router(folder: Path) -> Router:
    """`/bank`, with its memory in `folder`."""
    control, store, loans = Control(), EffectStore(folder / "bank.sqlite3"), LoanBook(folder / "bank.sqlite3")
    service = Router(
        "/v1",
        route_handlers=[pay, show_payout, show_loan],
        middleware=[Trouble(lambda: control)],
        guards=[require_api_key],
    )
    return Router(
        "/bank",
        route_handlers=[service, control_router(control), show_stats, order_habit],
        dependencies={
            "store": Provide(lambda: store, sync_to_thread=False),
            "loans": Provide(lambda: loans, sync_to_thread=False),
            "control": Provide(lambda: control, sync_to_thread=False),
        },
    )
