"""Sending notices through the sandbox's gateway: once, in time, and not lost when the gateway is away."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from portal.db.models import Channel, Event, Notice, NoticeState, PersonKey, StepRun
from portal.db.uow import UnitsOfWork
from portal.domain.clock import now
from portal.domain.events import EventKind
from portal.domain.workflow import Step, StepState
from portal.notifications.service import notify, notify_mobile
from portal.settings import Settings
from portal.testing.factories import make_draft
from workers.job import run_step
from workers.send_notice import SendNotice
from workers.testing import drain, unpark
from workers.tests.conftest import Sandbox
from workers.work import Work

MOBILE = "13700137001"


@pytest.fixture
def work(settings: Settings, units: UnitsOfWork, sandbox: Sandbox) -> Work:
    """Only what sending needs: settings that name the sandbox, and the database."""
    nothing = cast(Any, None)
    return Work(
        settings=settings.model_copy(update={"messages_url": f"{sandbox.url}/messages"}),
        units=units,
        files=nothing,
        bureau=nothing,
        bank=nothing,
        model=nothing,
    )


async def send(work: Work) -> None:
    await drain(work, {Step.SEND_NOTICE: SendNotice()})


async def read(units: UnitsOfWork, notice_id: UUID) -> tuple[Notice, StepRun]:
    async with units.begin() as uow:
        run = (await uow.session.exec(select(StepRun).where(StepRun.subject_id == notice_id))).one()
        return await uow.session.get_one(Notice, notice_id), run


def inbox(sandbox: Sandbox, to: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = sandbox.client.get("/messages/v1/messages", params={"to": to}).json()
    return messages


async def test_a_code_arrives_and_is_forgotten(work: Work, units: UnitsOfWork, sandbox: Sandbox) -> None:
    async with units.begin() as uow:
        notice = await notify_mobile(
            uow, "sign_in_code", MOBILE, {"code": "482913"}, now() + timedelta(minutes=5), language="en"
        )
    await send(work)
    [message] = inbox(sandbox, MOBILE)
    assert message["code"] == "482913"
    assert "5 minutes" in message["text"]
    row, run = await read(units, notice.id)
    assert (row.state, run.state) == (NoticeState.SENT, StepState.DONE)
    assert row.sent_at is not None
    assert (row.recipient, row.data) == (b"", b"")


async def test_a_notice_of_an_application_stands_in_its_history(
    work: Work, units: UnitsOfWork, sandbox: Sandbox
) -> None:
    application = await make_draft(units, mobile="13700137002")
    async with units.begin() as uow:
        await notify(uow, "application_received", application=application)
        await notify(
            uow, "contract_sealed", application=application, channel=Channel.EMAIL, address="anran@example.com"
        )
    await send(work)
    [sms] = inbox(sandbox, "13700137002")
    assert f"http://portal.test/applications/{application.reference}/progress" in sms["text"]
    [email] = inbox(sandbox, "anran@example.com")
    assert email["subject"] == f"合同已签署 · 申请 {application.reference}"
    async with units.begin() as uow:
        events = (await uow.session.exec(select(Event).where(Event.application_id == application.id))).all()
    assert [(event.kind, event.data) for event in events] == [
        (EventKind.NOTICE_SENT, {"name": "application_received", "channel": "sms"}),
        (EventKind.NOTICE_SENT, {"name": "contract_sealed", "channel": "email"}),
    ]


@pytest.mark.parametrize("fault", ["500", "reset", "accept_then_drop"])
async def test_an_outage_is_waited_out(work: Work, units: UnitsOfWork, sandbox: Sandbox, fault: str) -> None:
    mobile = {"500": "13700137013", "reset": "13700137023", "accept_then_drop": "13700137033"}[fault]
    application = await make_draft(units, mobile=mobile)
    async with units.begin() as uow:
        notice = await notify(uow, "application_received", application=application)
    sandbox.order("messages", fail=fault)
    await send(work)
    row, run = await read(units, notice.id)
    assert (row.state, run.state, run.reason, run.attempt) == (
        NoticeState.DUE,
        StepState.PARKED,
        "messages_unavailable",
        0,
    )
    sandbox.order("messages")
    await unpark(work)
    await send(work)
    assert (await read(units, notice.id))[0].state is NoticeState.SENT
    assert len(inbox(sandbox, mobile)) == 1


async def test_a_code_that_has_run_out_is_dropped(work: Work, units: UnitsOfWork, sandbox: Sandbox) -> None:
    async with units.begin() as uow:
        notice = await notify_mobile(uow, "track_code", "13700137004", {"code": "111111"}, now() - timedelta(seconds=1))
    await send(work)
    row, run = await read(units, notice.id)
    assert (row.state, run.state) == (NoticeState.EXPIRED, StepState.DONE)
    assert row.data == b""
    assert inbox(sandbox, "13700137004") == []


async def test_a_repetition_after_a_fault_is_the_same_message(work: Work, units: UnitsOfWork, sandbox: Sandbox) -> None:
    """The worker died between sending and recording: the row is still due, the gateway knows the key."""
    application = await make_draft(units, mobile="13700137005")
    async with units.begin() as uow:
        notice = await notify(uow, "contract_ready", application=application)
    step = SendNotice()
    _, run = await read(units, notice.id)
    async with units.begin() as uow:
        inputs = await step.load(work, uow, run)
    await step.perform(work, inputs)
    await run_step(work, {Step.SEND_NOTICE: step}, run.id)
    assert len(inbox(sandbox, "13700137005")) == 1
    assert (await read(units, notice.id))[0].state is NoticeState.SENT


async def test_a_number_the_gateway_refuses_is_left_to_staff(work: Work, units: UnitsOfWork, sandbox: Sandbox) -> None:
    async with units.begin() as uow:
        notice = await notify_mobile(
            uow, "track_code", "not a number", {"code": "111111"}, now() + timedelta(minutes=5)
        )
    await send(work)
    row, run = await read(units, notice.id)
    assert (row.state, run.state, run.reason) == (NoticeState.DUE, StepState.FAILED, "message_refused")


async def test_an_erased_person_is_told_nothing(work: Work, units: UnitsOfWork, sandbox: Sandbox) -> None:
    application = await make_draft(units, mobile="13700137006")
    async with units.begin() as uow:
        notice = await notify(uow, "contract_ready", application=application)
    async with units.begin() as uow:
        await uow.session.exec(delete(PersonKey).where(col(PersonKey.person_id) == application.applicant_id))
    await send(work)
    row, run = await read(units, notice.id)
    assert (row.state, run.state) == (NoticeState.EXPIRED, StepState.DONE)
    assert inbox(sandbox, "13700137006") == []
