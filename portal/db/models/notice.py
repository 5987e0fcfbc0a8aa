"""A message to a person, written with the change it tells of and sent by a worker."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlmodel import Field, SQLModel

from portal.db.types import application_key, enum_column, instant, sealed
from portal.domain.clock import now


class Channel(StrEnum):
    """How it travels."""

    SMS = "sms"
    EMAIL = "email"


class NoticeState(StrEnum):
    """Where it is."""

    DUE = "due"
    SENT = "sent"
    EXPIRED = "expired"


class Notice(SQLModel, table=True):
    """`recipient` and `data` (JSON for the template `notices/<name>/`) are sealed for `person_id` at
    `notice.recipient.<id>` and `notice.data.<id>`. One that isn't sent by `expires_at` is dropped (codes)."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID | None = Field(default=None, sa_column=application_key(nullable=True))
    person_id: UUID
    channel: Channel = Field(sa_column=enum_column(Channel, "channel"))
    name: str
    language: str = "zh"
    recipient: bytes = Field(sa_column=sealed())
    data: bytes = Field(sa_column=sealed())
    state: NoticeState = Field(default=NoticeState.DUE, sa_column=enum_column(NoticeState, "state"))
    created_at: datetime = Field(default_factory=now, sa_column=instant())
    expires_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    sent_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
