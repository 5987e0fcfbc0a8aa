"""Which models there are, which of them decides, and who made it so."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from portal.db.types import enum_column, instant, json_column
from portal.domain.clock import now


class ModelState(StrEnum):
    """The champion decides; challengers score the same cases beside it, for nobody but the report."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"
    RETIRED = "retired"


class ModelOrigin(StrEnum):
    """Where it came from: with the software, from a retraining here, or from a folder that somebody named."""

    SHIPPED = "shipped"
    RETRAINED = "retrained"
    BROUGHT = "brought"


class ModelChangeKind(StrEnum):
    """What happened to a model."""

    REGISTERED = "registered"
    PROPOSED = "proposed"
    DROPPED = "dropped"
    PROMOTED = "promoted"
    RETIRED = "retired"


class PromotionState(StrEnum):
    """A proposal waits for a second person, who confirms or drops it."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DROPPED = "dropped"


def _version(*, primary_key: bool = False) -> Column[Any]:
    return Column(ForeignKey("engine_version.version", ondelete="RESTRICT"), primary_key=primary_key, nullable=False)


def _staff(*, nullable: bool = False) -> Column[Any]:
    return Column(ForeignKey("staff.id", ondelete="RESTRICT"), nullable=nullable)


class RegisteredModel(SQLModel, table=True):
    """`version` is the model's hash, its files are in `engine_version`. `since`: when it entered its state.
    `figures` is what it was found to be worth in training, for pages that can't read the files. The database holds
    that one model at most is champion, and that only a confirmed promotion makes another one."""

    __tablename__ = "registered_model"
    __table_args__ = (Index("one_champion", "state", unique=True, postgresql_where=text("state = 'champion'")),)

    version: str = Field(sa_column=_version(primary_key=True))
    state: ModelState = Field(sa_column=enum_column(ModelState, "state"))
    origin: ModelOrigin = Field(sa_column=enum_column(ModelOrigin, "origin"))
    figures: dict[str, Any] = Field(sa_column=json_column())
    registered_at: datetime = Field(default_factory=now, sa_column=instant())
    since: datetime = Field(default_factory=now, sa_column=instant())


class ModelChange(SQLModel, table=True):
    """Append-only: the history of the registry. `staff_id` None: the system did it by itself."""

    __tablename__ = "model_change"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    version: str = Field(sa_column=_version())
    kind: ModelChangeKind = Field(sa_column=enum_column(ModelChangeKind, "kind"))
    staff_id: UUID | None = Field(default=None, sa_column=_staff(nullable=True))
    reason: str | None = None
    at: datetime = Field(default_factory=now, sa_column=instant(index=True))


class ModelPromotion(SQLModel, table=True):
    """A model is proposed by one person and made champion by another; one proposal at a time. Once settled it stays
    as it is."""

    __tablename__ = "model_promotion"
    __table_args__ = (
        Index("one_promotion_open", "state", unique=True, postgresql_where=text("state = 'proposed'")),
        CheckConstraint(
            "(state = 'proposed') = (settled_by is null) and (state = 'proposed') = (settled_at is null)",
            name="promotion_settled_by_somebody",
        ),
        CheckConstraint("state <> 'confirmed' or settled_by <> proposed_by", name="promotion_takes_two"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    version: str = Field(sa_column=_version())
    reason: str
    state: PromotionState = Field(default=PromotionState.PROPOSED, sa_column=enum_column(PromotionState, "state"))
    proposed_by: UUID = Field(sa_column=_staff())
    proposed_at: datetime = Field(default_factory=now, sa_column=instant())
    settled_by: UUID | None = Field(default=None, sa_column=_staff(nullable=True))
    settled_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
