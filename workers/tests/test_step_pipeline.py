"""The steps between submission and decision on a real database, against the sandbox bureau, model and policy."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, text
from sqlmodel import col, select

from portal.db.models import (
    Application,
    BureauInquiry,
    Consent,
    ConsentKind,
    Decision,
    Document,
    InquiryState,
    Lane,
    Notice,
    Offer,
    StepRun,
    WatchEntry,
)
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.documents.service import ReadingRecord
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.events import EventKind
from portal.domain.money import monthly_payment_fen
from portal.domain.workflow import Queue, Step, StepState
from portal.settings import Settings
from portal.testing.cases import Case, make_consent, make_submitted, read_front, read_payslip
from portal.underwriting.findings import Findings, open_findings
from scoring.policy_file import load_policy
from scoring.record import replay
from workers.sandbox.personas import get_persona
from workers.testing import drain, unpark
from workers.tests.conftest import Sandbox
from workers.tests.steps import PROCEDURES, events_of, open_steps, reload, run_of, submit
from workers.work import Work

pytestmark = pytest.mark.usefixtures("swift_retries")


@pytest.fixture
async def work(settings: Settings, units: UnitsOfWork, files: FileStore, sandbox: Sandbox) -> AsyncIterator[Work]:
    async with open_steps(settings, units, files, bureau_url=f"{sandbox.url}/bureau") as ready:
        yield ready


async def decision_of(units: UnitsOfWork, application: Application) -> Decision:
    async with units.begin() as uow:
        statement = select(Decision).where(col(Decision.application_id) == application.id)
        return (await uow.session.exec(statement)).one()


async def inquiry_of(units: UnitsOfWork, application: Application) -> BureauInquiry:
    async with units.begin() as uow:
        statement = select(BureauInquiry).where(col(BureauInquiry.application_id) == application.id)
        return (await uow.session.exec(statement)).one()


async def findings_of(units: UnitsOfWork, application: Application) -> Findings:
    decision = await decision_of(units, application)
    async with units.begin() as uow:
        return open_findings(decision, await uow.cipher(application.applicant_id))


async def count(units: UnitsOfWork, table: type) -> int:
    async with units.begin() as uow:
        return (await uow.session.exec(select(func.count()).select_from(table))).one()


async def test_a_good_case_is_approved_with_an_offer_and_replays(
    work: Work, units: UnitsOfWork, sandbox: Sandbox
) -> None:
    before = sandbox.stats("bureau")["queries"]
    application = await submit(units, get_persona("approve"))
    await drain(work, PROCEDURES)
    application = await reload(units, application)
    assert application.state is ApplicationState.APPROVED
    assert application.decided_at is not None
    decision = await decision_of(units, application)
    assert (decision.lane, decision.staff_id) == (Lane.APPROVE, None)
    assert decision.model_hash == work.model.hash
    assert decision.policy_version == load_policy().version
    assert decision.pd is not None
    assert decision.points is not None
    assert decision.grade is not None
    found = await findings_of(units, application)
    assert all(reason["zh"] and reason["en"] for reason in found.reasons)
    assert {rule["outcome"] for rule in found.rules} == {"pass"}
    async with units.begin() as uow:
        cipher = await uow.cipher(application.applicant_id)
        assert decision.snapshot is not None
        stored = cipher.open_bytes(f"decision.snapshot.{decision.id}", decision.snapshot)
        offer = (await uow.session.exec(select(Offer))).one()
        notices = list(await uow.session.exec(select(Notice.name)))
    assert replay(stored, work.model, load_policy()) == stored
    assert offer.amount_fen == 5_000_000
    assert offer.fees == []
    assert offer.all_in_cost_bp == pytest.approx(offer.annual_rate_bp, abs=2)
    assert offer.monthly_payment_fen == monthly_payment_fen(5_000_000, offer.annual_rate_bp, 24)
    assert timedelta(days=6) < offer.expires_at - now() <= timedelta(days=7)
    assert "application_approved" in notices
    assert (await run_of(units, application.id, Step.DRAW_CONTRACT)).state is StepState.DONE
    assert sandbox.stats("bureau")["queries"] == before + 1


@pytest.mark.parametrize(
    ("slug", "state"),
    [("refer", "referred"), ("no_file", "referred"), ("decline", "declined"), ("watch_list", "declined")],
)
async def test_each_persona_goes_its_lane(work: Work, units: UnitsOfWork, slug: str, state: str) -> None:
    persona = get_persona(slug)
    if persona.watched:
        async with units.begin() as uow:
            index = uow.keys.blind_index("id_number", persona.person.id_number)
            uow.session.add(WatchEntry(id_number_index=index, reason="fraud"))
    application = await submit(units, persona)
    await drain(work, PROCEDURES)
    assert (await reload(units, application)).state == state
    found = await findings_of(units, application)
    assert found.reasons
    assert all(reason["zh"] for reason in found.reasons)
    assert await count(units, Offer) == 0


async def test_nothing_personal_gets_into_the_history(work: Work, units: UnitsOfWork) -> None:
    application = await submit(units, get_persona("approve"))
    await drain(work, PROCEDURES)
    async with units.begin() as uow:
        rows = (await uow.session.execute(text("select data::text from event"))).scalars().all()
        plain = (await uow.session.execute(text("select decision::text from decision"))).scalar_one()
    person, found = get_persona("approve").person, await findings_of(units, application)
    sentences = [told["zh"] for told in (*found.reasons, *found.rules)]
    for secret in (person.name, person.id_number, "6200000000000013", *sentences):
        assert all(secret not in row for row in rows)
        assert secret not in plain
    scored = await events_of(units, application.id, EventKind.APPLICATION_SCORED)
    assert scored
    assert set(scored[0]) == {"points", "grade", "model"}


async def test_verification_waits_for_documents_that_are_being_read(work: Work, units: UnitsOfWork) -> None:
    application = await submit(units, get_persona("approve"))
    async with units.begin() as uow:
        await uow.session.execute(
            text("update document set state = 'uploaded' where application_id = :id and slot = 'income_proof'"),
            {"id": application.id},
        )
    await drain(work, PROCEDURES)
    run = await run_of(units, application.id, Step.VERIFY_DOCUMENTS)
    assert (run.state, run.reason) == (StepState.PARKED, "documents_reading")
    async with units.begin() as uow:
        await uow.session.execute(text("update document set state = 'read'"))
    await unpark(work)
    await drain(work, PROCEDURES)
    assert (await reload(units, application)).state is ApplicationState.APPROVED


async def test_verification_does_not_wait_for_a_reading_that_was_given_up(work: Work, units: UnitsOfWork) -> None:
    application = await submit(units, get_persona("approve"))
    async with units.begin() as uow:
        statement = select(Document).where(
            col(Document.application_id) == application.id, col(Document.slot) == "income_proof"
        )
        document = (await uow.session.exec(statement)).one()
        run = await uow.make_due(Step.READ_DOCUMENT, application.id, subject_id=document.id)
        assert run is not None
        await uow.session.execute(text("update document set state = 'uploaded' where id = :id"), {"id": document.id})
        await uow.session.execute(text("update step_run set state = 'failed' where id = :id"), {"id": run.id})
    await drain(work, PROCEDURES)
    assert (await reload(units, application)).state is ApplicationState.REFERRED


@pytest.mark.parametrize(
    ("slot", "reading"),
    [
        ("id_front", None),
        ("id_back", None),
        ("income_proof", None),
        ("id_back", ReadingRecord("unknown", "blurred")),
        ("income_proof", ReadingRecord("payslip", "ok")),
        ("income_proof", read_payslip("王小二")),
        ("id_front", read_front(name="王小二")),
        ("id_front", read_front(id_number="11010519491231002X")),
    ],
)
async def test_missing_or_doubtful_evidence_refers(
    work: Work, units: UnitsOfWork, slot: str, reading: ReadingRecord | None
) -> None:
    application = await make_submitted(units, Case(readings={slot: reading}))
    await drain(work, PROCEDURES)
    assert (await reload(units, application)).state is ApplicationState.REFERRED
    assert (await decision_of(units, application)).lane is Lane.REFER


async def test_a_bureau_outage_parks_and_resumes_with_the_same_query(
    work: Work, units: UnitsOfWork, sandbox: Sandbox
) -> None:
    before = sandbox.stats("bureau")["queries"]
    application = await submit(units, get_persona("approve"))
    sandbox.order("bureau", fail="accept_then_drop")
    await drain(work, PROCEDURES)
    run = await run_of(units, application.id, Step.CONSULT_BUREAU)
    assert (run.state, run.reason, run.attempt) == (StepState.PARKED, "bureau_unavailable", 0)
    parked = await events_of(units, application.id, EventKind.STEP_PARKED)
    assert parked == [{"step": "consult_bureau", "reason": "bureau_unavailable"}]
    intended = await inquiry_of(units, application)
    assert intended.state is InquiryState.INTENDED
    sandbox.order("bureau")
    async with open_steps(work.settings, units, work.files, bureau_url=f"{sandbox.url}/bureau") as again:
        await unpark(again)
        await drain(again, PROCEDURES)
    answered = await inquiry_of(units, application)
    assert (answered.id, answered.state) == (intended.id, InquiryState.ANSWERED)
    assert (await reload(units, application)).state is ApplicationState.APPROVED
    assert sandbox.stats("bureau")["queries"] == before + 1


async def test_two_workers_consume_one_authorisation(work: Work, units: UnitsOfWork, sandbox: Sandbox) -> None:
    before = sandbox.stats("bureau")["queries"]
    application = await submit(units, get_persona("approve"))
    step = PROCEDURES[Step.CONSULT_BUREAU]
    run = StepRun(application_id=application.id, step=Step.CONSULT_BUREAU, queue=Queue.OUTSIDE)

    async def load() -> object:
        async with units.begin() as uow:
            return await step.load(work, uow, run)

    orders = await asyncio.gather(*(load() for _ in range(4)))
    assert len({getattr(order, "id", None) for order in orders}) == 1
    reports = await asyncio.gather(*(step.perform(work, order) for order in orders))
    assert all(report == reports[0] for report in reports)
    assert sandbox.stats("bureau")["queries"] == before + 1
    async with units.begin() as uow:
        statement = select(Consent).where(col(Consent.kind) == ConsentKind.CREDIT_INQUIRY)
        consents = list(await uow.session.exec(statement))
        assert [consent.consumed_at is not None for consent in consents] == [True]
    assert await count(units, BureauInquiry) == 1


@pytest.mark.parametrize(
    "flaw",
    [
        {"withdrawn_at": now()},
        {"expires_at": now() - timedelta(seconds=1)},
        {"expires_at": None},
        {"text_hash": "0" * 64},
        {"consumed_at": now()},
    ],
    ids=lambda flaw: next(iter(flaw)),
)
async def test_without_a_valid_authorisation_nothing_is_asked(
    work: Work, units: UnitsOfWork, sandbox: Sandbox, flaw: dict[str, object]
) -> None:
    others = (ConsentKind.PRIVACY, ConsentKind.SENSITIVE_ID, ConsentKind.BANK_CARD)
    before = sandbox.stats("bureau")["requests"]
    application = await submit(units, get_persona("approve"), consents=others)
    async with units.begin() as uow:
        uow.session.add(make_consent(application.id, ConsentKind.CREDIT_INQUIRY, **flaw))
    await drain(work, PROCEDURES)
    assert sandbox.stats("bureau")["requests"] == before
    assert await count(units, BureauInquiry) == 0
    assert (await reload(units, application)).state is ApplicationState.REFERRED
    decision = await decision_of(units, application)
    assert decision.officer_offer is None
    assert "rule_authorisation" in {reason["code"] for reason in (await findings_of(units, application)).reasons}


async def test_an_authorisation_withdrawn_during_an_outage_stops_the_query(
    work: Work, units: UnitsOfWork, sandbox: Sandbox
) -> None:
    application = await submit(units, get_persona("approve"))
    sandbox.order("bureau", fail="reset")
    await drain(work, PROCEDURES)
    async with units.begin() as uow:
        await uow.session.execute(text("update consent set withdrawn_at = now() where kind = 'credit_inquiry'"))
    sandbox.order("bureau")
    requests = sandbox.stats("bureau")["requests"]
    await unpark(work)
    await drain(work, PROCEDURES)
    assert sandbox.stats("bureau")["requests"] == requests
    assert (await inquiry_of(units, application)).state is InquiryState.INTENDED
    assert (await reload(units, application)).state is ApplicationState.REFERRED


async def test_the_report_is_kept_sealed(work: Work, units: UnitsOfWork) -> None:
    application = await submit(units, get_persona("approve"))
    await drain(work, PROCEDURES)
    inquiry = await inquiry_of(units, application)
    assert inquiry.report is not None
    assert b"accounts" not in inquiry.report
    async with units.begin() as uow:
        cipher = await uow.cipher(application.applicant_id)
        report = json.loads(cipher.open(f"bureau_inquiry.report.{inquiry.id}", inquiry.report))
    assert report["found"] is True
    assert inquiry.found is True


async def test_a_case_that_was_withdrawn_is_left_alone(work: Work, units: UnitsOfWork, sandbox: Sandbox) -> None:
    before = sandbox.stats("bureau")["requests"]
    application = await make_submitted(units)
    async with units.begin() as uow:
        locked = await uow.session.get_one(Application, application.id)
        await uow.change_state(locked, ApplicationState.WITHDRAWN)
    await drain(work, PROCEDURES)
    assert sandbox.stats("bureau")["requests"] == before
    assert await count(units, Decision) == 0


async def test_a_decline_keeps_what_an_officer_may_grant_after_a_review(work: Work, units: UnitsOfWork) -> None:
    application = await submit(units, get_persona("watch_list"))
    async with units.begin() as uow:
        index = uow.keys.blind_index("id_number", get_persona("watch_list").person.id_number)
        uow.session.add(WatchEntry(id_number_index=index, reason="fraud"))
    await drain(work, PROCEDURES)
    decision = await decision_of(units, application)
    assert decision.lane is Lane.DECLINE
    assert decision.officer_offer is not None
    assert decision.officer_offer["amount_fen"] <= 5_000_000


async def test_the_checks_are_told_by_code(work: Work, units: UnitsOfWork) -> None:
    application = await make_submitted(units, Case(readings={"income_proof": None}))
    await drain(work, PROCEDURES)
    finished = await events_of(units, application.id, EventKind.STEP_FINISHED)
    checks = next(data["checks"] for data in finished if data["step"] == "verify_documents")
    assert isinstance(checks, dict)
    assert checks["identity_match"] == "pass"
    assert checks["income_proof_read"] == "unknown"


async def test_a_refused_consultation_waits_for_staff(work: Work, units: UnitsOfWork, sandbox: Sandbox) -> None:
    application = await make_submitted(units)
    async with open_steps(work.settings, units, work.files, bureau_url=f"{sandbox.url}/nowhere") as lost:
        await drain(lost, PROCEDURES)
    run = await run_of(units, application.id, Step.CONSULT_BUREAU)
    assert (run.state, run.reason) == (StepState.FAILED, "bureau_refused")
