"""A code sent to a phone: 6 digits, 5 minutes, once, five tries. Only its HMAC is stored."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from portal.db.types import enum_column, instant
from portal.domain.clock import now


class CodePurpose(StrEnum):
    """A code for one purpose is worth nothing for another."""

    SIGN_IN = "sign_in"
    TRACK = "track"
    SIGN_CONTRACT = "sign_contract"


class OneTimeCode(SQLModel, table=True):
    """`scope` binds the code to a contract or a reference where the purpose needs one."""

    __tablename__ = "one_time_code"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    mobile_index: bytes = Field(sa_column=Column(LargeBinary, nullable=False, index=True))
    purpose: CodePurpose = Field(sa_column=enum_column(CodePurpose, "purpose"))
    scope: str = ""
    code_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    tries: int = 0
    created_at: datetime = Field(default_factory=now, sa_column=instant())
    expires_at: datetime = Field(sa_column=instant())
    used_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
