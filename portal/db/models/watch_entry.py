"""The lender's watch-list, by blind index of the ID number."""

from datetime import datetime

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from portal.db.types import instant
from portal.domain.clock import now


class WatchEntry(SQLModel, table=True):
    """`reason` is a code, never a story."""

    __tablename__ = "watch_entry"

    id_number_index: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    reason: str
    added_at: datetime = Field(default_factory=now, sa_column=instant())
