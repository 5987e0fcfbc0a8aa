"""History: append-only, numbered per application, hash-chained. Its numbers are the ids of server-sent events."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from portal.db.types import application_key, enum_column, instant, json_column
from portal.domain.events import ActorKind, EventKind


class Event(SQLModel, table=True):
    """`data` holds codes, ids and durations, never personal data. Triggers refuse update, delete and truncate."""

    application_id: UUID = Field(sa_column=application_key(primary_key=True))
    seq: int = Field(primary_key=True)
    kind: EventKind = Field(sa_column=enum_column(EventKind, "kind"))
    actor_kind: ActorKind = Field(sa_column=enum_column(ActorKind, "actor_kind"))
    actor_id: UUID | None = None
    data: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    at: datetime = Field(sa_column=instant(index=True))
    previous_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class EventHead(SQLModel, table=True):
    """The last number and hash of an application's chain; locking this row orders its events."""

    __tablename__ = "event_head"

    application_id: UUID = Field(sa_column=application_key(primary_key=True))
    seq: int = 0
    hash: bytes = Field(default=bytes(32), sa_column=Column(LargeBinary, nullable=False))
