"""One application for one loan."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Column, Integer, LargeBinary
from sqlmodel import Field, SQLModel

from portal.db.models.applicant import applicant_key
from portal.db.types import enum_column, instant
from portal.domain.application import ApplicationState
from portal.domain.clock import now


class Application(SQLModel, table=True):
    """`reference` is what people see and quote; `version` guards every change of state. `ip_index` is the blind index
    of the public address it was submitted from (portal.applications.service.record_origin). `erased_at`: nothing but
    its history is left. `exchanges` counts what was said in free words; `person_asked_at`: somebody of ours is wanted,
    until a member of staff has written a note."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(unique=True, index=True)
    applicant_id: UUID = Field(sa_column=applicant_key())
    state: ApplicationState = Field(
        default=ApplicationState.DRAFT, sa_column=enum_column(ApplicationState, "state", index=True)
    )
    version: int = Field(default=1)
    script_version: str
    product: str = "consumer"
    amount_fen: int | None = None
    term_months: int | None = None
    purpose: str | None = None
    created_at: datetime = Field(default_factory=now, sa_column=instant())
    updated_at: datetime = Field(default_factory=now, sa_column=instant(index=True))
    submitted_at: datetime | None = Field(default=None, sa_column=instant(nullable=True, index=True))
    ip_index: bytes | None = Field(default=None, sa_column=Column(LargeBinary, index=True))
    decided_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    exchanges: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    person_asked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True, index=True))
    erased_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
