"""Ordering a payment at core banking, once per idempotency key, and asking how the loan is repaid."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Protocol
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from workers.outside import Outside, OutsideRefused

SERVICE = "bank"
CURRENCY = "CNY"


class Payout(BaseModel):
    """A booked payment. `payout_id` is the bank's own number."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    payout_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    status: Literal["paid"]
    reference: str
    amount_fen: int
    currency: Literal["CNY"]
    booked_at: AwareDatetime


class _Repayment(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    number: Annotated[int, Field(ge=1, le=600)]
    paid_on: date | None


class _Loan(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    on: date
    instalments: Annotated[list[_Repayment], Field(max_length=600)]


@dataclass(frozen=True, slots=True)
class Payee:
    """The borrower's own account: card number as digits, name as on the card."""

    number: str
    name: str


class CoreBanking(Protocol):
    """Whoever moves the money."""

    async def pay(self, *, reference: str, amount_fen: int, payee: Payee, idempotency_key: str) -> Payout:
        """Pay exactly once per key, however often it is called.

        Raises OutsideUnavailable (the money may have moved: call again with the same key and body) or OutsideRefused.
        """

    async def find(self, idempotency_key: str) -> Payout | None:
        """What was booked under the key. Raises as `pay` does."""

    async def repayments(self, idempotency_key: str, day: date) -> Mapping[int, date]:
        """Which instalments of the loan paid out under the key were paid by `day`, and when. Raises as `pay` does."""


class HttpCoreBanking:
    """Core banking over HTTP."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def pay(self, *, reference: str, amount_fen: int, payee: Payee, idempotency_key: str) -> Payout:
        """As the protocol says; an answer about another payment is not believed."""
        body = {
            "reference": reference,
            "amount_fen": amount_fen,
            "currency": CURRENCY,
            "account": {"number": payee.number, "name": payee.name},
        }
        payout = self._read(await self._outside.post("/v1/payouts", body, idempotency_key=idempotency_key))
        if (payout.reference, payout.amount_fen) != (reference, amount_fen):
            raise self._outside.garbled("answer about another payment")
        return payout

    async def find(self, idempotency_key: str) -> Payout | None:
        """As the protocol says."""
        try:
            return self._read(await self._outside.get(f"/v1/payouts/{quote(idempotency_key, safe='')}"))
        except OutsideRefused as refusal:
            if refusal.answer_status == 404:
                return None
            raise

    async def repayments(self, idempotency_key: str, day: date) -> Mapping[int, date]:
        """As the protocol says; an answer about another day is not believed."""
        answer = await self._outside.get(f"/v1/loans/{quote(idempotency_key, safe='')}?on={day.isoformat()}")
        try:
            loan = _Loan.model_validate(answer)
        except ValidationError as error:
            field = ".".join(map(str, error.errors(include_input=False)[0]["loc"]))
            raise self._outside.garbled(f"loan: {field}") from None
        paid = {one.number: one.paid_on for one in loan.instalments if one.paid_on is not None}
        if loan.on != day or any(on > day for on in paid.values()):
            raise self._outside.garbled("answer about another day")
        return paid

    def _read(self, answer: dict[str, Any]) -> Payout:
        try:
            return Payout.model_validate(answer)
        except ValidationError as error:
            field = ".".join(map(str, error.errors(include_input=False)[0]["loc"]))
            raise self._outside.garbled(f"payout: {field}") from None


def connect_core_banking(base_url: str, api_key: str) -> tuple[Outside, HttpCoreBanking]:
    """Core banking at an address, and the connection to close at the end."""
    outside = Outside(SERVICE, base_url, api_key=api_key)
    return outside, HttpCoreBanking(outside)
