"""A referred case after an officer corrected what was read: verified and weighed again, still a person's to decide."""

from collections.abc import AsyncIterator

import pytest
from sqlmodel import col, select

from portal.applications.queries import get_application
from portal.db.models import Application, Decision, Lane, Outcome
from portal.db.uow import UnitsOfWork
from portal.documents.fields import Correction
from portal.documents.files import FileStore
from portal.documents.service import correct_field, find_document
from portal.domain.application import ApplicationState
from portal.domain.events import EventKind
from portal.settings import Settings
from portal.testing.cases import ANSWERS, NAME, Case, check, fields, make_staff, make_submitted, read_payslip
from portal.underwriting.service import examine_again
from workers.testing import drain
from workers.tests.conftest import Sandbox
from workers.tests.steps import PROCEDURES, events_of, open_steps, reload
from workers.work import Work

pytestmark = pytest.mark.usefixtures("swift_retries")


@pytest.fixture
async def work(settings: Settings, units: UnitsOfWork, files: FileStore, sandbox: Sandbox) -> AsyncIterator[Work]:
    async with open_steps(settings, units, files, bureau_url=f"{sandbox.url}/bureau") as ready:
        yield ready


async def decisions_of(units: UnitsOfWork, application: Application) -> list[Decision]:
    async with units.begin() as uow:
        statement = select(Decision).where(col(Decision.application_id) == application.id)
        return list(await uow.session.exec(statement.order_by(col(Decision.decided_at))))


async def correct(units: UnitsOfWork, application: Application, value: str) -> None:
    staff = await make_staff(units)
    async with units.begin() as uow:
        locked = await get_application(uow, application.id, for_update=True)
        proof = await find_document(uow, locked.id, "income_proof")
        assert proof is not None
        change = await correct_field(uow, locked, proof.id, "net_pay", value, Correction(staff, "misread"))
        await examine_again(uow, locked, change.id)


async def test_an_income_that_staff_read_can_be_granted_upon(work: Work, units: UnitsOfWork) -> None:
    unread = fields(name=NAME, employer=str(ANSWERS["employer"])) | fields(0.6, net_pay="148")
    case = Case(readings={"income_proof": read_payslip(fields=unread)})
    application = await make_submitted(units, case)
    await drain(work, PROCEDURES)
    referred = await reload(units, application)
    assert referred.state is ApplicationState.REFERRED
    await correct(units, application, "1480000")
    await drain(work, PROCEDURES)
    after = await reload(units, application)
    assert after.state is ApplicationState.REFERRED
    assert after.version > referred.version
    _, second = await decisions_of(units, application)
    assert (second.outcome, second.staff_id) == (Outcome.REFERRED, None)
    assert second.officer_offer is not None
    verified = [one for one in await events_of(units, application.id, EventKind.STEP_FINISHED) if "checks" in one]
    assert [one["checks"]["income_proven"] for one in verified] == ["unknown", "pass"]


async def test_a_mismatch_that_was_kept_refers(work: Work, units: UnitsOfWork) -> None:
    application = await make_submitted(
        units, Case(answers={"employer": "上海远大商贸有限公司", "kept_employer": "keep"})
    )
    await drain(work, PROCEDURES)
    assert (await reload(units, application)).state is ApplicationState.REFERRED
    (decision,) = await decisions_of(units, application)
    assert decision.lane is Lane.REFER
    (verified,) = [one for one in await events_of(units, application.id, EventKind.STEP_FINISHED) if "checks" in one]
    assert verified["checks"]["employer"] == "fail"


async def test_a_hint_of_editing_refers(work: Work, units: UnitsOfWork) -> None:
    edited = check("edited_software", passed=False, severity="warning")
    reading = read_payslip(checks=(check("pay_adds_up"), edited))
    application = await make_submitted(units, Case(readings={"income_proof": reading}))
    await drain(work, PROCEDURES)
    assert (await reload(units, application)).state is ApplicationState.REFERRED
