"""Which policy decides, and which did when: exactly one at any time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, Text, text
from sqlmodel import Field, SQLModel

from portal.db.types import instant
from portal.domain.clock import now


class PolicyTerm(SQLModel, table=True):
    """One without an end is in force: an index allows no second, a trigger at the end of a transaction asks for one.
    `change_id` is the change that made the policy, none for the one that came with the product. `rolled_back_by` and
    `reason` are set for a term that began because a person took back the one before."""

    __tablename__ = "policy_term"
    __table_args__ = (
        Index(
            "policy_term_in_force", text("(ended_at is null)"), unique=True, postgresql_where=text("ended_at is null")
        ),
    )

    number: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    version: str = Field(foreign_key="engine_version.version")
    change_id: UUID | None = Field(default=None, foreign_key="policy_change.id")
    began_at: datetime = Field(default_factory=now, sa_column=instant())
    ended_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    rolled_back_by: UUID | None = Field(default=None, foreign_key="staff.id")
    reason: str = Field(default="", sa_column=Column(Text, nullable=False))
