"""Idempotency keys of forms: the same key with the same body is answered once, with another body refused."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from portal.db.types import application_key, instant
from portal.domain.clock import now


class RequestKey(SQLModel, table=True):
    """`body_hash` is the SHA-256 of the action and its normal form."""

    __tablename__ = "request_key"

    application_id: UUID = Field(sa_column=application_key(primary_key=True))
    key: str = Field(primary_key=True)
    body_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(default_factory=now, sa_column=instant())
