"""What the applicant said, one row a question."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, SQLModel

from portal.db.types import application_key, enum_column, instant, sealed
from portal.domain.clock import now


class AnswerSource(StrEnum):
    """Typed by the applicant, read from a document and confirmed, or read and corrected."""

    TYPED = "typed"
    READ_CONFIRMED = "read_confirmed"
    READ_CORRECTED = "read_corrected"


class Answer(SQLModel, table=True):
    """`value` is sealed JSON at place `answer.value.<application id>.<slot>`."""

    application_id: UUID = Field(sa_column=application_key(primary_key=True))
    slot: str = Field(primary_key=True)
    value: bytes = Field(sa_column=sealed())
    source: AnswerSource = Field(default=AnswerSource.TYPED, sa_column=enum_column(AnswerSource, "source"))
    answered_at: datetime = Field(default_factory=now, sa_column=instant())
