"""Column factories: enums as checked text, instants with a zone, JSON, sealed bytes.

SQLModel tables don't validate on construction, so the database does: every enum column carries a CHECK.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator


class EnumText(TypeDecorator[StrEnum]):
    """A StrEnum stored as its value."""

    impl = Text
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        self.enum = enum
        super().__init__()

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        """Refuse values that are not members, before the database does."""
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: Any, dialect: Any) -> StrEnum | None:
        """Give the member back."""
        return None if value is None else self.enum(value)


def enum_column(enum: type[StrEnum], name: str, *, nullable: bool = False, index: bool = False) -> Column[Any]:
    """A text column named `name` with a CHECK over the enum's values."""
    values = ", ".join(f"'{member.value}'" for member in enum)
    return Column(
        name,
        EnumText(enum),
        CheckConstraint(f"{name} in ({values})", name=f"{name}_known"),
        nullable=nullable,
        index=index,
    )


def instant(*, nullable: bool = False, index: bool = False) -> Column[datetime]:
    """An aware timestamp."""
    return Column(DateTime(timezone=True), nullable=nullable, index=index)


def json_column(*, nullable: bool = False) -> Column[Any]:
    """JSONB: codes, ids and numbers only; anything personal is sealed."""
    return Column(JSONB, nullable=nullable)


def sealed(*, nullable: bool = False) -> Column[bytes]:
    """Personal data as ciphertext (portal.db.vault)."""
    return Column(LargeBinary, nullable=nullable)


def application_key(*, primary_key: bool = False, nullable: bool = False, unique: bool = False) -> Column[Any]:
    """A reference to the application; nothing of an application outlives it."""
    return Column(
        ForeignKey("application.id", ondelete="RESTRICT"),
        primary_key=primary_key,
        nullable=nullable,
        unique=unique or None,
        index=not primary_key,
    )
