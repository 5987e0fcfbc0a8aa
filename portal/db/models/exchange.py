"""What the applicant said in words of their own, and what became of it: one row a message, in order."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from portal.db.types import application_key, enum_column, instant, sealed
from portal.domain.clock import now


class Reply(StrEnum):
    """What was answered. `understood` proposes answers, `unsure` asks for one clear value, `answered` is an entry of
    the FAQ, `reason` what the question is for, `person` how to reach one, `restart` asks before it does."""

    UNDERSTOOD = "understood"
    UNSURE = "unsure"
    ANSWERED = "answered"
    REASON = "reason"
    PERSON = "person"
    RESTART = "restart"
    WHICH = "which"
    UNCLEAR = "unclear"


class ExchangeState(StrEnum):
    """`open` waits for a yes or no; what asks for none is `closed` from the start."""

    OPEN = "open"
    TAKEN = "taken"
    DROPPED = "dropped"
    CLOSED = "closed"


class Exchange(SQLModel, table=True):
    """`number` counts from 1 in its application; `slot` is the question that was on the screen. `said` is sealed JSON
    at place `exchange.said.<id>`: the words, and what was found in them. `entry` is the FAQ's, a code."""

    __table_args__ = (UniqueConstraint("application_id", "number"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = Field(sa_column=application_key())
    number: int
    slot: str
    reply: Reply = Field(sa_column=enum_column(Reply, "reply"))
    state: ExchangeState = Field(default=ExchangeState.CLOSED, sa_column=enum_column(ExchangeState, "state"))
    entry: str | None = None
    said: bytes = Field(sa_column=sealed())
    said_at: datetime = Field(default_factory=now, sa_column=instant())
