"""A file the applicant gave us, and what was read from it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Column, ForeignKey
from sqlalchemy.dialects.postgresql import BIT
from sqlmodel import Field, SQLModel

from portal.db.types import application_key, enum_column, instant, json_column, sealed
from portal.domain.clock import now


class DocumentState(StrEnum):
    """`refused` means a person has to send another; `replaced` means they did."""

    UPLOADED = "uploaded"
    READ = "read"
    REFUSED = "refused"
    REPLACED = "replaced"


class Provenance(StrEnum):
    """A field's life: read by the engine, then confirmed or corrected by the applicant, then perhaps by staff."""

    READ = "read"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    STAFF_CORRECTED = "staff_corrected"


class Document(SQLModel, table=True):
    """`slot` is the question asked, `kind` what the reader recognised. Files are sealed in storage under these keys.

    `fingerprint` is the photograph's perceptual hash (workers.ocr.fingerprint), None for a page without a background.
    `page_count` is 0 once the pictures are erased. `set_aside`: the answer it was given with does not count now."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = Field(sa_column=application_key())
    slot: str
    state: DocumentState = Field(default=DocumentState.UPLOADED, sa_column=enum_column(DocumentState, "state"))
    set_aside: bool = False
    media_type: str
    size_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    sha256: str = Field(index=True)
    fingerprint: str | None = Field(default=None, sa_column=Column(BIT(256), nullable=True))
    original_key: str | None = None
    page_count: int = 0
    kind: str | None = None
    quality: str | None = None
    checks: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column())
    read_ms: int | None = None
    created_at: datetime = Field(default_factory=now, sa_column=instant())
    read_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class DocumentField(SQLModel, table=True):
    """One fact read; `value` is sealed at `document_field.value.<id>` and stays as it was read, empty when it was not;
    what became of it is in `FieldChange`. `box` is x0, y0, x1, y1 in page pixels."""

    __tablename__ = "document_field"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    document_id: UUID = Field(
        sa_column=Column(ForeignKey("document.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    name: str
    value: bytes = Field(sa_column=sealed())
    confidence: float
    page: int = 0
    box: list[int] = Field(default_factory=list, sa_column=json_column())
    provenance: Provenance = Field(default=Provenance.READ, sa_column=enum_column(Provenance, "provenance"))


class FieldChange(SQLModel, table=True):
    """One turn in a field's life, append-only. `value` is sealed at `field_change.value.<id>`, None when it was
    confirmed as it stood; `reason` is a code, for staff."""

    __tablename__ = "field_change"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    field_id: UUID = Field(
        sa_column=Column(ForeignKey("document_field.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    provenance: Provenance = Field(sa_column=enum_column(Provenance, "provenance"))
    value: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    staff_id: UUID | None = Field(default=None, sa_column=Column(ForeignKey("staff.id"), nullable=True))
    reason: str | None = None
    at: datetime = Field(default_factory=now, sa_column=instant())
