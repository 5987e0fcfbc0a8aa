"""A change of the credit policy on its way: drafted, replayed, agreed to by a second person, in force, taken back."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Text
from sqlmodel import Field, SQLModel

from portal.db.types import enum_column, instant, json_column
from portal.domain.clock import now


class ChangeState(StrEnum):
    """`replaying` waits for a worker; `scheduled` was approved and waits for its hour; `replaced` was followed by
    another change."""

    DRAFT = "draft"
    REPLAYING = "replaying"
    REPLAYED = "replayed"
    SUBMITTED = "submitted"
    SCHEDULED = "scheduled"
    IN_FORCE = "in_force"
    REPLACED = "replaced"
    ROLLED_BACK = "rolled_back"
    REJECTED = "rejected"


class PolicyEventKind(StrEnum):
    """A line of a change's history."""

    DRAFTED = "drafted"
    EDITED = "edited"
    REPLAYED = "replayed"
    REFUSED = "refused"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    OVERTAKEN = "overtaken"
    IN_FORCE = "in_force"
    REPLACED = "replaced"
    ROLLED_BACK = "rolled_back"
    REINSTATED = "reinstated"


class PolicyChange(SQLModel, table=True):
    """`edits` are new values by key (scoring.policy_edit) on top of the policy `base_version`; `version` is what they
    make together, once a worker has checked it. `result` compares the two over the last `replay_count` decisions
    (scoring.comparison); `problem` is why there is none: {place, zh, en}. `revision` grows with each edit, so that a
    replay of older values is thrown away."""

    __tablename__ = "policy_change"
    __table_args__ = (
        CheckConstraint("approver_id <> author_id", name="approver_is_another"),
        CheckConstraint(
            "state not in ('scheduled', 'in_force', 'replaced', 'rolled_back')"
            " or (approver_id is not null and version is not null and effective_at is not null)",
            name="approved_before_in_force",
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    title: str
    reason: str = Field(sa_column=Column(Text, nullable=False))
    state: ChangeState = Field(default=ChangeState.DRAFT, sa_column=enum_column(ChangeState, "state"))
    author_id: UUID = Field(foreign_key="staff.id")
    approver_id: UUID | None = Field(default=None, foreign_key="staff.id")
    base_version: str = Field(foreign_key="engine_version.version")
    version: str | None = Field(default=None, foreign_key="engine_version.version")
    edits: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    revision: int = 0
    replay_count: int = 500
    result: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    problem: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    effective_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    created_at: datetime = Field(default_factory=now, sa_column=instant(index=True))
    updated_at: datetime = Field(default_factory=now, sa_column=instant())


class PolicyEvent(SQLModel, table=True):
    """Append-only: triggers refuse update, delete and truncate. Without an actor a worker did it. `comment` is what the
    actor wrote."""

    __tablename__ = "policy_event"

    number: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    change_id: UUID = Field(sa_column=Column(ForeignKey("policy_change.id"), nullable=False, index=True))
    kind: PolicyEventKind = Field(sa_column=enum_column(PolicyEventKind, "kind"))
    actor_id: UUID | None = Field(default=None, foreign_key="staff.id")
    comment: str = Field(default="", sa_column=Column(Text, nullable=False))
    data: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    at: datetime = Field(default_factory=now, sa_column=instant())
