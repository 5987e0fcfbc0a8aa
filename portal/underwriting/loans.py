"""What a person owes us already: one ID number may apply from several phones."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, func
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from portal.db.models import Answer, Application, Installment, Offer
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState

_GRANTED = (ApplicationState.APPROVED, ApplicationState.SIGNED)


@dataclass(frozen=True, slots=True)
class OwnLoans:
    """`running`: loans paid out and not yet due in full. `instalments_fen`: their next instalments and those of loans
    that are granted but not paid out yet, a month."""

    running: int
    instalments_fen: int


async def read_own_loans(
    uow: UnitOfWork, application: Application, answers: Mapping[str, Any], day: date
) -> OwnLoans | None:
    """On the person's other applications; None while the ID number is not known.

    Whatever was submitted after this one counts as well: what is owed now decides, not which came first.
    """
    number = answers.get("id_number")
    if number is None:
        return None
    other = (
        col(Application.id) != application.id,
        _is_of(uow.keys.blind_index("id_number", str(number))),
    )
    due = (
        select(col(Installment.payment_fen).label("fen"))
        .ext(distinct_on(col(Installment.application_id)))
        .join(Application, col(Application.id) == col(Installment.application_id))
        .where(*other, col(Application.state) == ApplicationState.DISBURSED, col(Installment.due_on) >= day)
        .order_by(col(Installment.application_id), col(Installment.number))
        .subquery()
    )
    granted = (
        select(col(Offer.monthly_payment_fen).label("fen"))
        .ext(distinct_on(col(Offer.application_id)))
        .join(Application, col(Application.id) == col(Offer.application_id))
        .where(*other, col(Application.state).in_(_GRANTED))
        .order_by(col(Offer.application_id), col(Offer.created_at).desc())
        .subquery()
    )
    count, paying = (await uow.session.exec(select(func.count(), _sum(due)).select_from(due))).one()
    will_pay = (await uow.session.exec(select(_sum(granted)))).one()
    return OwnLoans(count, int(paying) + int(will_pay))


def _sum(loans: Any) -> Any:
    return func.coalesce(func.sum(loans.c.fen), 0)


def _is_of(person: bytes) -> ColumnElement[bool]:
    return exists().where(
        col(Answer.application_id) == col(Application.id),
        col(Answer.slot) == "id_number",
        col(Answer.value_index) == person,
    )
