"""What the lender offers: principal, price, every cost."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from portal.db.types import application_key, instant, json_column
from portal.domain.clock import now


class Offer(SQLModel, table=True):
    """Amounts in fen, rates in bp a year. `fees` rows: {name, amount_fen, how, when, payee}. The cost statement must
    have been on the screen for the reading time before it can be confirmed (金规〔2026〕2号)."""

    __table_args__ = (CheckConstraint("all_in_cost_bp <= 2400", name="all_in_cost_bound"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = Field(sa_column=application_key())
    amount_fen: int
    term_months: int
    annual_rate_bp: int
    all_in_cost_bp: int
    monthly_payment_fen: int
    fees: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column())
    created_at: datetime = Field(default_factory=now, sa_column=instant())
    expires_at: datetime = Field(sa_column=instant())
    cost_shown_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    cost_confirmed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
