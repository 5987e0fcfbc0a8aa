"""What was decided, by whom, from which inputs: enough to replay it bit for bit."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, ForeignKey
from sqlmodel import Field, SQLModel

from portal.db.types import application_key, enum_column, instant, json_column, sealed
from portal.domain.clock import now


class Lane(StrEnum):
    """Where the policy sent it."""

    APPROVE = "approve"
    REFER = "refer"
    DECLINE = "decline"


class Outcome(StrEnum):
    """What it came to."""

    APPROVED = "approved"
    REFERRED = "referred"
    DECLINED = "declined"


class Decision(SQLModel, table=True):
    """Append-only. `snapshot` is the sealed canonical record of the assessment (`decision.snapshot.<id>`), which
    holds the reasons and the trace of rules; `comment` the officer's sealed reason (`decision.comment.<id>`).
    `officer_offer` is the most an officer may grant after clearing the case, {amount_fen,
    term_months, annual_rate_bp, monthly_payment_fen}; null when means are unknown. An automatic decision has no
    staff id."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = Field(sa_column=application_key())
    staff_id: UUID | None = Field(default=None, sa_column=Column(ForeignKey("staff.id"), nullable=True))
    lane: Lane = Field(sa_column=enum_column(Lane, "lane"))
    outcome: Outcome = Field(sa_column=enum_column(Outcome, "outcome"))
    pd: float | None = None
    points: int | None = None
    grade: str | None = None
    model_hash: str | None = None
    policy_version: str | None = None
    officer_offer: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    snapshot: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    comment: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    decided_at: datetime = Field(default_factory=now, sa_column=instant())
