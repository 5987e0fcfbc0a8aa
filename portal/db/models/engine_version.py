"""Models and policies that decided something, kept whole: a decision must replay after both have been replaced."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from portal.db.types import enum_column, instant, json_column
from portal.domain.clock import now


class EngineKind(StrEnum):
    """What of the engine."""

    MODEL = "model"
    POLICY = "policy"


class EngineVersion(SQLModel, table=True):
    """`version` is what decisions name: a model's hash, a policy's version. `content` is the folder as a ZIP, checked
    again when it is loaded. `described` is a policy in words for the helpdesk, which can't read the folder itself.
    Which is in force say RegisteredModel and PolicyTerm."""

    __tablename__ = "engine_version"

    version: str = Field(primary_key=True)
    kind: EngineKind = Field(sa_column=enum_column(EngineKind, "kind"))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    described: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    kept_at: datetime = Field(default_factory=now, sa_column=instant())
