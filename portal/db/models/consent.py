"""What the applicant agreed to: which text, which version, for what, until when.

征信业管理条例 18 and PIPL 23, 28, 29: separate, unticked, withdrawable; the bureau worker refuses without a matching
unused `credit_inquiry` and consumes it once.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlmodel import Field, SQLModel

from portal.db.types import application_key, enum_column, instant
from portal.domain.clock import now


class ConsentKind(StrEnum):
    """One box each."""

    PRIVACY = "privacy"
    SENSITIVE_ID = "sensitive_id"
    BANK_CARD = "bank_card"
    CREDIT_INQUIRY = "credit_inquiry"


class Consent(SQLModel, table=True):
    """`text_hash` is the SHA-256 of exactly the text that was on the screen."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = Field(sa_column=application_key())
    kind: ConsentKind = Field(sa_column=enum_column(ConsentKind, "kind"))
    text_version: str
    text_hash: str
    language: str = "zh"
    granted_at: datetime = Field(default_factory=now, sa_column=instant())
    expires_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    consumed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    withdrawn_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
