"""The one payment of the principal; the row's id is the idempotency key at core banking."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlmodel import Field, SQLModel

from portal.db.types import application_key, enum_column, instant
from portal.domain.clock import now


class PayoutState(StrEnum):
    """Intent before the call, result after."""

    INTENDED = "intended"
    PAID = "paid"


class Payout(SQLModel, table=True):
    """`amount_fen` equals the offer's principal: nothing is deducted up front (民法典 670)."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = Field(sa_column=application_key(unique=True))
    amount_fen: int
    state: PayoutState = Field(default=PayoutState.INTENDED, sa_column=enum_column(PayoutState, "state"))
    bank_reference: str | None = None
    intended_at: datetime = Field(default_factory=now, sa_column=instant())
    paid_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
