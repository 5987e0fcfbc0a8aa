"""What staff wrote about a case; sealed, because people write names."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Column, ForeignKey
from sqlmodel import Field, SQLModel

from portal.db.types import application_key, instant, sealed
from portal.domain.clock import now


class CaseNote(SQLModel, table=True):
    """`text` is sealed for the applicant at `case_note.text.<id>`."""

    __tablename__ = "case_note"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = Field(sa_column=application_key())
    staff_id: UUID = Field(sa_column=Column(ForeignKey("staff.id"), nullable=False))
    text: bytes = Field(sa_column=sealed())
    written_at: datetime = Field(default_factory=now, sa_column=instant())
