"""Attempts to train a model on the lender's own outcomes."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Column, ForeignKey
from sqlmodel import Field, SQLModel

from portal.db.types import instant
from portal.domain.clock import now


class Retraining(SQLModel, table=True):
    """Append-only. Over `cases` with an outcome, `bads` of them bad, either a model came out (`version`) or a sentence
    that says why not."""

    __table_args__ = (CheckConstraint("(version is null) <> (problem is null)", name="retraining_model_or_sentence"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    cases: int
    bads: int
    version: str | None = Field(
        default=None, sa_column=Column(ForeignKey("registered_model.version", ondelete="RESTRICT"), nullable=True)
    )
    problem: str | None = None
    at: datetime = Field(default_factory=now, sa_column=instant())
