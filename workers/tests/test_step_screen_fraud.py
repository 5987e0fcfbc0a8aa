"""What the fraud screen sees of other applications, on a real database."""

import json
from collections.abc import AsyncIterator
from datetime import date

import pytest
from sqlalchemy import text

from portal.applications.queries import get_application
from portal.db.models import Application, Installment
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.domain.application import ApplicationState
from portal.domain.clock import today
from portal.domain.events import EventKind
from portal.domain.identity import check_digit
from portal.domain.money import add_months
from portal.domain.workflow import Step
from portal.offers.queries import find_offer
from portal.settings import Settings
from portal.testing.cases import ID_NUMBER, Case, make_submitted
from portal.underwriting.findings import snapshot_place
from portal.underwriting.loans import OwnLoans, read_own_loans
from portal.underwriting.queries import NEAR_BITS, find_automatic_decision, list_copies
from workers.job import run_step
from workers.sandbox.personas import get_persona
from workers.testing import drain
from workers.tests.conftest import Sandbox
from workers.tests.steps import PROCEDURES, events_of, open_steps, reload, run_of, submit
from workers.work import Work

pytestmark = pytest.mark.usefixtures("swift_retries")


@pytest.fixture
async def work(settings: Settings, units: UnitsOfWork, files: FileStore, sandbox: Sandbox) -> AsyncIterator[Work]:
    async with open_steps(settings, units, files, bureau_url=f"{sandbox.url}/bureau") as ready:
        yield ready


async def test_the_same_bank_card_of_another_person_refers(work: Work, units: UnitsOfWork) -> None:
    await submit(units, get_persona("refer"), mobile="13911110000")
    application = await make_submitted(units, Case(answers={"bank_card": get_persona("refer").bank_card}))
    await drain(work, PROCEDURES)
    screened = await events_of(units, application.id, EventKind.FRAUD_SCREENED)
    assert screened == [{"action": "refer", "signals": ["shared_bank_card"]}]
    assert (await reload(units, application)).state is ApplicationState.REFERRED


async def test_a_second_open_application_of_the_same_person_refers(work: Work, units: UnitsOfWork) -> None:
    first = await make_submitted(units)
    second = await make_submitted(units)
    await drain(work, PROCEDURES)
    assert (await reload(units, first)).state is ApplicationState.APPROVED
    screened = await events_of(units, second.id, EventKind.FRAUD_SCREENED)
    assert screened[0]["signals"] == ["open_application"]
    async with units.begin() as uow:
        loans = await read_own_loans(uow, second, {"id_number": ID_NUMBER}, today())
        offer = await find_offer(uow, first.id)
    assert offer is not None
    assert loans == OwnLoans(0, offer.monthly_payment_fen)
    assert (await reload(units, second)).state is ApplicationState.REFERRED


async def pay_out(units: UnitsOfWork, application: Application, first_due: date) -> None:
    """What signing and paying leave behind, without the paper and the bank."""
    async with units.begin() as uow:
        row = await uow.session.get_one(Application, application.id)
        for state in (ApplicationState.SIGNED, ApplicationState.DISBURSED):
            await uow.change_state(row, state)
        for number in (1, 2):
            due_on, rest = add_months(first_due, number - 1), 200_000 - number * 100_000
            amounts = {"principal_fen": 100_000, "interest_fen": 900, "payment_fen": 100_900}
            uow.session.add(
                Installment(application_id=row.id, number=number, due_on=due_on, balance_fen=rest, **amounts)
            )


@pytest.mark.parametrize(("months_ago", "signals"), [(0, ["running_loan"]), (3, [])])
async def test_a_running_loan_of_the_same_person_refers_and_is_a_burden(
    work: Work, units: UnitsOfWork, months_ago: int, signals: list[str]
) -> None:
    first = await make_submitted(units)
    await drain(work, PROCEDURES)
    await pay_out(units, first, add_months(today(), -months_ago))
    second = await make_submitted(units)  # from another phone
    await drain(work, PROCEDURES)
    assert (await events_of(units, second.id, EventKind.FRAUD_SCREENED))[0]["signals"] == signals
    lane = ApplicationState.REFERRED if signals else ApplicationState.APPROVED
    assert (await reload(units, second)).state is lane
    async with units.begin() as uow:
        decision = await find_automatic_decision(uow, second.id)
        assert decision is not None
        assert decision.snapshot is not None
        cipher = await uow.cipher(second.applicant_id)
        snapshot = json.loads(cipher.open_bytes(snapshot_place(decision.id), decision.snapshot))
    assert snapshot["inputs"]["application"]["own_instalments_fen"] == (100_900 if signals else 0)


async def test_an_address_that_was_not_kept_is_a_check_not_made(work: Work, units: UnitsOfWork) -> None:
    application = await make_submitted(units, Case(ip_index=None))
    await drain(work, PROCEDURES)
    screened = await events_of(units, application.id, EventKind.FRAUD_SCREENED)
    assert screened[0]["signals"] == ["unchecked_shared_ip"]


async def test_many_people_at_one_address_refer(work: Work, units: UnitsOfWork) -> None:
    async with units.begin() as uow:
        address = uow.keys.blind_index("ip", "203.0.113.7")
    for order in range(6):
        first = f"11010519491231{order}02"
        await make_submitted(
            units, Case(answers={"id_number": first + check_digit(first), "bank_card": None}, ip_index=address)
        )
    application = await make_submitted(units, Case(ip_index=address))
    await run_step(work, PROCEDURES, (await run_of(units, application.id, Step.VERIFY_DOCUMENTS)).id)
    screened = await events_of(units, application.id, EventKind.FRAUD_SCREENED)
    assert screened[0]["signals"] == ["shared_ip"]


async def test_the_same_file_from_another_person_refers(work: Work, units: UnitsOfWork) -> None:
    await submit(units, get_persona("refer"))
    application = await make_submitted(units)
    async with units.begin() as uow:
        await uow.session.execute(text("update document set sha256 = 'same' where slot = 'income_proof'"))
    await run_step(work, PROCEDURES, (await run_of(units, application.id, Step.VERIFY_DOCUMENTS)).id)
    screened = await events_of(units, application.id, EventKind.FRAUD_SCREENED)
    assert screened[0]["signals"] == ["duplicate_document"]


async def _mark(units: UnitsOfWork, application: Application, bits: int) -> None:
    """A fingerprint of `bits` ones for the portrait side."""
    async with units.begin() as uow:
        mark = text(
            "update document set fingerprint = cast(cast(:bits as text) as bit(256))"
            " where application_id = :id and slot = 'id_front'"
        )
        await uow.session.execute(mark, {"bits": "1" * bits + "0" * (256 - bits), "id": application.id})


@pytest.mark.parametrize(("bits", "signals"), [(NEAR_BITS, ["duplicate_document"]), (NEAR_BITS + 1, [])])
async def test_nearly_the_same_photograph_from_another_person_refers(
    work: Work, units: UnitsOfWork, bits: int, signals: list[str]
) -> None:
    other = await submit(units, get_persona("refer"))
    application = await make_submitted(units)
    await _mark(units, other, 0)
    await _mark(units, application, bits)
    await run_step(work, PROCEDURES, (await run_of(units, application.id, Step.VERIFY_DOCUMENTS)).id)
    screened = await events_of(units, application.id, EventKind.FRAUD_SCREENED)
    assert screened[0]["signals"] == signals
    async with units.begin() as uow:
        copies = await list_copies(uow, await get_application(uow, application.id))
    assert copies == [("id_front", other.reference)] * len(signals)


async def test_a_persons_own_photograph_may_be_sent_again(work: Work, units: UnitsOfWork) -> None:
    earlier = await make_submitted(units)
    application = await make_submitted(units)
    await _mark(units, earlier, 0)
    await _mark(units, application, 0)
    async with units.begin() as uow:
        assert await list_copies(uow, await get_application(uow, application.id)) == []


async def test_a_sure_reading_that_was_changed_refers(work: Work, units: UnitsOfWork) -> None:
    application = await make_submitted(units)
    async with units.begin() as uow:
        await uow.session.execute(text("update document_field set provenance = 'corrected' where name = 'id_number'"))
    await drain(work, PROCEDURES)
    screened = await events_of(units, application.id, EventKind.FRAUD_SCREENED)
    assert screened[0]["signals"] == ["confident_read_changed"]
