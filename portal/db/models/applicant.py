"""A person who applies, known by their mobile number; everything that names them is sealed."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Column, ForeignKey, LargeBinary
from sqlmodel import Field, SQLModel

from portal.db.types import instant, sealed
from portal.domain.clock import now


class PersonKey(SQLModel, table=True):
    """One person's data key, wrapped. Deleting the row erases the person."""

    __tablename__ = "person_key"

    person_id: UUID = Field(primary_key=True)
    key_id: str
    wrapped: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(default_factory=now, sa_column=instant())


class Applicant(SQLModel, table=True):
    """`*_index` columns are blind indexes (HMAC) for equality search. An erased person's row stays, because their
    applications' histories name it: without a number, and with an index that nothing leads to."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    mobile_index: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    mobile: bytes = Field(sa_column=sealed())
    name_index: bytes | None = Field(default=None, sa_column=Column(LargeBinary, index=True))
    name: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    id_number_index: bytes | None = Field(default=None, sa_column=Column(LargeBinary, index=True))
    id_number: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    language: str = Field(default="zh")
    created_at: datetime = Field(default_factory=now, sa_column=instant())

    @property
    def is_erased(self) -> bool:
        """Nobody is behind it any more."""
        return not self.mobile


def applicant_key(*, nullable: bool = False) -> "Column[UUID]":
    """A reference to the applicant."""
    return Column(ForeignKey("applicant.id", ondelete="RESTRICT"), nullable=nullable, index=True)
