"""Work that is due is a row. Redis only says that there may be something to look at."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Column, Index, text
from sqlmodel import Field, SQLModel

from portal.db.types import application_key, enum_column, instant
from portal.domain.clock import now
from portal.domain.workflow import Queue, Step, StepState


class StepRun(SQLModel, table=True):
    """`token` is the fencing token: it grows with each claim, and a finish with an old one changes nothing.
    `subject_id` is the document, notice or contract a step is about. `reason` is a code from the step's outcome."""

    __tablename__ = "step_run"
    __table_args__ = (
        Index("step_run_due", "queue", "due_at", postgresql_where=text("state in ('due', 'parked', 'running')")),
        # The usual time of a step is read from its latest finished runs.
        Index("step_run_finished", "step", "finished_at", postgresql_where=text("state = 'done'")),
        # The helpdesk's question: which applications have a step that does not go on.
        Index("step_run_stuck", "application_id", postgresql_where=text("state in ('parked', 'failed')")),
        Index(
            "step_run_once",
            "application_id",
            "step",
            "subject_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("state <> 'cancelled' and application_id is not null"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID | None = Field(default=None, sa_column=application_key(nullable=True))
    step: Step = Field(sa_column=enum_column(Step, "step"))
    queue: Queue = Field(sa_column=enum_column(Queue, "queue"))
    subject_id: UUID | None = None
    state: StepState = Field(default=StepState.DUE, sa_column=enum_column(StepState, "state"))
    attempt: int = 0
    parks: int = 0
    due_at: datetime = Field(default_factory=now, sa_column=instant())
    lease_until: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    token: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    reason: str | None = None
    created_at: datetime = Field(default_factory=now, sa_column=instant())
    started_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    finished_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
