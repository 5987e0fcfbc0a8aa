"""One query of the credit bureau: intent before the call, report after; an authorisation can pay for one only."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Column, ForeignKey
from sqlmodel import Field, SQLModel

from portal.db.types import application_key, enum_column, instant, sealed
from portal.domain.clock import now


class InquiryState(StrEnum):
    """`intended` rows were written before the call and may or may not have reached the bureau."""

    INTENDED = "intended"
    ANSWERED = "answered"


class BureauInquiry(SQLModel, table=True):
    """`report` is sealed JSON at `bureau_inquiry.report.<id>`; the id is also the idempotency key of the call."""

    __tablename__ = "bureau_inquiry"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = Field(sa_column=application_key())
    consent_id: UUID = Field(sa_column=Column(ForeignKey("consent.id"), nullable=False, unique=True))
    state: InquiryState = Field(default=InquiryState.INTENDED, sa_column=enum_column(InquiryState, "state"))
    found: bool | None = None
    report: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    requested_at: datetime = Field(default_factory=now, sa_column=instant())
    answered_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
