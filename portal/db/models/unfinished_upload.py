"""A file on its way in pieces, so that a line that drops costs no piece twice."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from portal.db.types import application_key, instant, json_column
from portal.domain.clock import now


class UnfinishedUpload(SQLModel, table=True):
    """One a question at most: a new one takes the old one's place, which is also all that a person can pile up.

    `pieces` are the lengths of what has arrived, in order; where each begins is its name in storage. A row whose
    pieces add up to `size_bytes` has become a document and is kept for a phone that missed the answer.
    """

    __tablename__ = "unfinished_upload"
    __table_args__ = (UniqueConstraint("application_id", "slot"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = Field(sa_column=application_key())
    slot: str
    size_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    pieces: list[int] = Field(default_factory=list, sa_column=json_column())
    created_at: datetime = Field(default_factory=now, sa_column=instant(index=True))

    @property
    def offset(self) -> int:
        """Bytes that have arrived: where the next piece begins."""
        return sum(self.pieces)

    @property
    def is_complete(self) -> bool:
        """Nothing is missing."""
        return self.offset == self.size_bytes
