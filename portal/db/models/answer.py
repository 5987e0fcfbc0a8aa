"""What the applicant said, one row a question."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from portal.db.types import application_key, enum_column, instant, sealed
from portal.domain.clock import now


class AnswerSource(StrEnum):
    """Typed by the applicant, read from a document and confirmed, or read and corrected; `implied` by the product,
    which is not stored."""

    TYPED = "typed"
    READ_CONFIRMED = "read_confirmed"
    READ_CORRECTED = "read_corrected"
    IMPLIED = "implied"


class Answer(SQLModel, table=True):
    """`value` is sealed JSON at place `answer.value.<application id>.<slot>`. `value_index` is the blind index of the
    slot's kind where other applications are searched for the same value: id_number and bank_card. `set_aside` is None
    for an answer that counts, else the blind index of what it depended on (portal.script.settling)."""

    application_id: UUID = Field(sa_column=application_key(primary_key=True))
    slot: str = Field(primary_key=True)
    value: bytes = Field(sa_column=sealed())
    value_index: bytes | None = Field(default=None, sa_column=Column(LargeBinary, index=True))
    set_aside: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    source: AnswerSource = Field(default=AnswerSource.TYPED, sa_column=enum_column(AnswerSource, "source"))
    answered_at: datetime = Field(default_factory=now, sa_column=instant())
