"""People who work at the lender."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlmodel import Field, SQLModel

from portal.db.types import enum_column, instant, sealed
from portal.domain.clock import now


class Role(StrEnum):
    """Separation of duties: support helps, officers decide, risk watches, ops runs, admin manages accounts."""

    SUPPORT = "support"
    OFFICER = "officer"
    RISK = "risk"
    OPS = "ops"
    ADMIN = "admin"


class Staff(SQLModel, table=True):
    """`totp_secret` is sealed for the system person at `staff.totp_secret.<id>`; `totp_step` is the last time step
    used, so a code works once."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    login: str = Field(unique=True)
    name: str
    role: Role = Field(sa_column=enum_column(Role, "role"))
    password_hash: str
    totp_secret: bytes = Field(sa_column=sealed())
    totp_step: int = 0
    active: bool = True
    created_at: datetime = Field(default_factory=now, sa_column=instant())
