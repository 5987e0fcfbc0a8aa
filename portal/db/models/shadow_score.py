"""What challengers say of the cases that the champion decides."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey
from sqlmodel import Field, SQLModel

from portal.db.models.decision import Lane
from portal.db.types import enum_column, instant
from portal.domain.clock import now


def _key(target: str) -> Column[Any]:
    return Column(ForeignKey(target, ondelete="RESTRICT"), primary_key=True)


class ShadowScore(SQLModel, table=True):
    """Append-only, one row a decision and challenger. `lane` is where the policy would have sent the case. Nothing of
    it was told to anybody. Without a score, `error` says why, naming no value of the case."""

    __tablename__ = "shadow_score"
    __table_args__ = (
        CheckConstraint(
            "(error is null and pd between 0 and 1 and points is not null and grade is not null and lane is not null)"
            " or (error is not null and coalesce(pd, points) is null and coalesce(grade, lane) is null)",
            name="shadow_score_or_error",
        ),
    )

    decision_id: UUID = Field(sa_column=_key("decision.id"))
    version: str = Field(sa_column=_key("registered_model.version"))
    pd: float | None = None
    points: int | None = None
    grade: str | None = None
    lane: Lane | None = Field(default=None, sa_column=enum_column(Lane, "lane", nullable=True))
    error: str | None = None
    scored_at: datetime = Field(default_factory=now, sa_column=instant())
