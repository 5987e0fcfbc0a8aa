"""Automatic approval, stopped because the cases are not those that the model was trained on."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from portal.db.types import enum_column, instant, json_column
from portal.domain.clock import now


class HaltState(StrEnum):
    """Open until a person lifts it."""

    OPEN = "open"
    LIFTED = "lifted"


class ApprovalHalt(SQLModel, table=True):
    """`subject` is the input, or `(score)`, whose population stability index `psi` went furthest above `threshold`
    over the last `cases`; `shifts` holds the index of each that went above. One is open at a time; once lifted it
    stays as it is."""

    __tablename__ = "approval_halt"
    __table_args__ = (
        Index("one_halt_open", "state", unique=True, postgresql_where=text("state = 'open'")),
        CheckConstraint(
            "(state = 'lifted') = (lifted_by is not null and lifted_at is not null and comment is not null)",
            name="halt_lifted_by_somebody",
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    version: str = Field(sa_column=Column(ForeignKey("registered_model.version", ondelete="RESTRICT"), nullable=False))
    state: HaltState = Field(default=HaltState.OPEN, sa_column=enum_column(HaltState, "state"))
    subject: str
    psi: float
    threshold: float
    cases: int
    shifts: dict[str, Any] = Field(sa_column=json_column())
    raised_at: datetime = Field(default_factory=now, sa_column=instant())
    lifted_by: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("staff.id", ondelete="RESTRICT"), nullable=True)
    )
    lifted_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    comment: str | None = None
