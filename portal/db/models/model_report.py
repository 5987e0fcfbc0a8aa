"""The monthly report about the models."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, ForeignKey
from sqlmodel import Field, SQLModel

from portal.db.types import instant, json_column
from portal.domain.clock import now


class ModelReport(SQLModel, table=True):
    """Append-only. `content` is what scoring.watching makes of the cases decided from `first` to `last`, both
    included, by model; figures of groups only, nobody in particular. `asked_by` None: made by itself."""

    __tablename__ = "model_report"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    first: date
    last: date
    content: dict[str, Any] = Field(sa_column=json_column())
    asked_by: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("staff.id", ondelete="RESTRICT"), nullable=True)
    )
    made_at: datetime = Field(default_factory=now, sa_column=instant(index=True))
