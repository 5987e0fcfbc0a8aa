"""The contract: drawn, signed by the borrower, sealed by the lender."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Column, ForeignKey
from sqlmodel import Field, SQLModel

from portal.db.types import application_key, enum_column, instant, sealed
from portal.domain.clock import now


class ContractState(StrEnum):
    """`signed`: the borrower consented by code and name; `sealed`: both PAdES signatures are in the file."""

    DRAWN = "drawn"
    SIGNED = "signed"
    SEALED = "sealed"


class Contract(SQLModel, table=True):
    """`signature` is sealed JSON {typed_name, drawing (base64 PNG or null), code_id, session, ip, at} at
    `contract.signature.<id>`. PDFs lie sealed in storage under the keys; hashes are of the plain PDFs."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = Field(sa_column=application_key())
    offer_id: UUID = Field(sa_column=Column(ForeignKey("offer.id"), nullable=False, unique=True))
    number: str = Field(unique=True)
    state: ContractState = Field(default=ContractState.DRAWN, sa_column=enum_column(ContractState, "state"))
    drawn_key: str
    drawn_sha256: str
    drawn_at: datetime = Field(default_factory=now, sa_column=instant())
    signature: bytes | None = Field(default=None, sa_column=sealed(nullable=True))
    signed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    sealed_key: str | None = None
    sealed_sha256: str | None = None
    sealed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
