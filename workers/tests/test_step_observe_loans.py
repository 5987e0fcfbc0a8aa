"""Loans are looked at once a month, and what core banking says of them is kept."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from portal.applications.queries import get_application
from portal.db.models import Application, LoanOutcome, StepRun, Verdict
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.domain.application import ApplicationState
from portal.domain.clock import today
from portal.domain.money import add_months
from portal.domain.workflow import Step, StepState
from portal.offers.queries import find_offer
from portal.servicing.service import intend_payout, record_disbursement
from portal.settings import Settings
from portal.testing.cases import make_submitted
from workers import observe_loans
from workers.observe_loans import ObserveLoans
from workers.payout.client import Payee, connect_core_banking
from workers.testing import drain
from workers.tests.conftest import Sandbox
from workers.tests.steps import PROCEDURES, open_steps
from workers.work import Work

pytestmark = pytest.mark.usefixtures("swift_retries")

STEPS = PROCEDURES | {Step.OBSERVE_LOANS: ObserveLoans()}
PAYEE = Payee("6200000000000013", "林安然")


@pytest.fixture
async def work(settings: Settings, units: UnitsOfWork, files: FileStore, sandbox: Sandbox) -> AsyncIterator[Work]:
    line, bank = connect_core_banking(f"{sandbox.url}/bank", "test")
    async with line, open_steps(settings, units, files, bureau_url=f"{sandbox.url}/bureau") as ready:
        ready.bank = bank
        yield ready


async def lend(work: Work, *, known: bool = True) -> Application:
    """A loan paid out today; `known`: the bank has booked it."""
    submitted = await make_submitted(work.units)
    await drain(work, STEPS)
    async with work.units.begin() as uow:
        application = await get_application(uow, submitted.id, for_update=True)
        offer = await find_offer(uow, application.id)
        assert offer is not None
        await uow.change_state(application, ApplicationState.SIGNED)
        payout = await intend_payout(uow, application, offer)
        if known:
            await work.bank.pay(
                reference=application.reference,
                amount_fen=payout.amount_fen,
                payee=PAYEE,
                idempotency_key=str(payout.id),
            )
        await record_disbursement(uow, application, offer, payout, "BANK-1")
    return application


async def look(work: Work, monkeypatch: pytest.MonkeyPatch, day: date) -> list[LoanOutcome]:
    """Run the step on a day ahead; returns all that was ever observed."""
    monkeypatch.setattr(observe_loans, "today", lambda: day)
    async with work.units.begin() as uow:
        await uow.make_due(Step.OBSERVE_LOANS, None)
    await drain(work, STEPS)
    async with work.units.begin() as uow:
        return list(await uow.session.exec(select(LoanOutcome).order_by(col(LoanOutcome.as_of))))


async def test_who_stops_paying_is_bad_after_ninety_days(
    work: Work, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = await lend(work)
    sandbox.client.put(f"/bank/loans/{application.reference}", json={"stops_after": 1}).raise_for_status()
    out = today()
    assert await look(work, monkeypatch, out + timedelta(days=20)) == [], "nothing was due yet"
    (first,) = await look(work, monkeypatch, add_months(out, 1))
    assert (first.verdict, first.due, first.paid, first.months_on_book) == (Verdict.OPEN, 1, 1, 1)
    again = await look(work, monkeypatch, add_months(out, 1) + timedelta(days=5))
    assert again == [first], "once a month is enough"
    await look(work, monkeypatch, add_months(out, 3))
    *_, last = await look(work, monkeypatch, add_months(out, 2) + timedelta(days=95))
    assert (last.verdict, last.paid) == (Verdict.BAD, 1)
    assert last.past_due_days >= 90
    seen = await look(work, monkeypatch, add_months(out, 14))
    assert seen[-1] == last, "a verdict is final"


async def test_a_year_of_payments_is_good(work: Work, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    application = await lend(work)
    sandbox.client.put(f"/bank/loans/{application.reference}", json={"days_late": 5}).raise_for_status()
    (seen,) = await look(work, monkeypatch, add_months(today(), 12))
    assert (seen.verdict, seen.worst_past_due_days, seen.paid) == (Verdict.GOOD, 5, 11)


async def test_a_bank_that_is_away_is_waited_for_and_an_unknown_loan_left(
    work: Work, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lend(work, known=False)
    assert await look(work, monkeypatch, add_months(today(), 2)) == []
    sandbox.order("bank", fail="500")
    assert await look(work, monkeypatch, add_months(today(), 2)) == []
    async with work.units.begin() as uow:
        runs = list(
            await uow.session.exec(
                select(StepRun).where(col(StepRun.step) == Step.OBSERVE_LOANS).order_by(col(StepRun.created_at))
            )
        )
    assert [(run.state, run.reason) for run in runs] == [
        (StepState.DONE, None),
        (StepState.PARKED, "bank_unavailable"),
    ]
