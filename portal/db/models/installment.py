"""The repayment schedule, written when the loan is disbursed."""

from datetime import date
from uuid import UUID

from sqlmodel import Field, SQLModel

from portal.db.types import application_key


class Installment(SQLModel, table=True):
    """All amounts in fen; `balance_fen` is what is left after this payment."""

    application_id: UUID = Field(sa_column=application_key(primary_key=True))
    number: int = Field(primary_key=True)
    due_on: date
    principal_fen: int
    interest_fen: int
    payment_fen: int
    balance_fen: int
