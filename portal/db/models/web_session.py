"""Who is behind a cookie. The cookie holds 256 random bits; only their SHA-256 is stored."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, LargeBinary
from sqlmodel import Field, SQLModel

from portal.db.models.applicant import applicant_key
from portal.db.types import instant
from portal.domain.clock import now


class WebSession(SQLModel, table=True):
    """Either an applicant's or a staff member's. Ended sessions are deleted, so no late request can revive one."""

    __tablename__ = "web_session"
    __table_args__ = (CheckConstraint("(applicant_id is null) <> (staff_id is null)", name="one_owner"),)

    id_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    applicant_id: UUID | None = Field(default=None, sa_column=applicant_key(nullable=True))
    staff_id: UUID | None = Field(default=None, sa_column=Column(ForeignKey("staff.id"), nullable=True))
    created_at: datetime = Field(default_factory=now, sa_column=instant())
    seen_at: datetime = Field(default_factory=now, sa_column=instant())
    expires_at: datetime = Field(sa_column=instant())
