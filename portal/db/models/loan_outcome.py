"""How loans turn out, observation by observation."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from portal.db.types import application_key, enum_column, instant
from portal.domain.clock import now


class Verdict(StrEnum):
    """What a model learns from a loan; `open` is too early to tell. Defined in portal.servicing.outcomes."""

    OPEN = "open"
    GOOD = "good"
    BAD = "bad"


class LoanOutcome(SQLModel, table=True):
    """Append-only: what core banking said of one loan as of one day. `worst_past_due_days` is the most it has been in
    its first twelve months."""

    __tablename__ = "loan_outcome"
    __table_args__ = (UniqueConstraint("application_id", "as_of"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = Field(sa_column=application_key())
    as_of: date
    months_on_book: int
    due: int
    paid: int
    past_due_days: int
    worst_past_due_days: int
    verdict: Verdict = Field(sa_column=enum_column(Verdict, "verdict"))
    observed_at: datetime = Field(default_factory=now, sa_column=instant())
