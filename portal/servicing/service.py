"""Paying out once, and what is owed from then on."""

from dataclasses import asdict
from datetime import date
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as upsert

from portal.db.models import Application, Installment, LoanOutcome, Offer, Payout, PayoutState
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState
from portal.domain.clock import CHINA, now
from portal.domain.events import EventKind
from portal.domain.money import add_months, annuity_schedule
from portal.notifications.service import notify
from portal.servicing.outcomes import Observation
from portal.servicing.queries import find_payout


async def intend_payout(uow: UnitOfWork, application: Application, offer: Offer) -> Payout:
    """The row written before the bank is called; a second try finds it again and pays under the same key.

    The whole principal is paid: interest may not be deducted up front (民法典 670).
    """
    payout = await find_payout(uow, application.id)
    if payout is None:
        payout = Payout(application_id=application.id, amount_fen=offer.amount_fen)
        uow.session.add(payout)
        await uow.session.flush()
    return payout


async def record_disbursement(
    uow: UnitOfWork, application: Application, offer: Offer, payout: Payout, bank_reference: str
) -> None:
    """The bank booked it: the loan runs, the schedule counts from today (China)."""
    payout.state = PayoutState.PAID
    payout.bank_reference = bank_reference
    payout.paid_at = now()
    uow.session.add(payout)
    paid_on = payout.paid_at.astimezone(CHINA).date()
    schedule = annuity_schedule(
        offer.amount_fen,
        offer.annual_rate_bp,
        offer.term_months,
        add_months(paid_on, 1),
        anchor_day=paid_on.day,
    )
    for row in schedule:
        uow.session.add(
            Installment(
                application_id=application.id,
                number=row.number,
                due_on=row.due_on,
                principal_fen=row.principal_fen,
                interest_fen=row.interest_fen,
                payment_fen=row.payment_fen,
                balance_fen=row.balance_fen,
            )
        )
    await uow.change_state(application, ApplicationState.DISBURSED)
    await uow.append(application.id, EventKind.LOAN_DISBURSED, amount_fen=payout.amount_fen)
    await notify(uow, "loan_disbursed", application=application, data={"amount_fen": payout.amount_fen})


async def record_outcome(uow: UnitOfWork, application_id: UUID, day: date, seen: Observation) -> None:
    """Keep what was observed of a loan as of a day; a day that is kept already stays."""
    row = LoanOutcome(application_id=application_id, as_of=day, **asdict(seen))
    await uow.session.exec(upsert(LoanOutcome).values(**row.model_dump()).on_conflict_do_nothing())
