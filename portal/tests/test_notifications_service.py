"""A notice is written with the change it tells of, sealed, and due to be sent."""

import json
from datetime import timedelta

import pytest
from sqlmodel import select

from portal.db.models import Applicant, Channel, Notice, NoticeState, StepRun
from portal.db.uow import UnitsOfWork
from portal.db.vault import SYSTEM_PERSON
from portal.domain.clock import now
from portal.domain.workflow import Step, StepState
from portal.notifications.service import data_place, notify, notify_mobile, recipient_place
from portal.testing.factories import make_draft

MOBILE = "13800138222"


async def test_the_applicant_is_told_in_their_language_at_their_number(units: UnitsOfWork) -> None:
    application = await make_draft(units, mobile=MOBILE)
    async with units.begin() as uow:
        (await uow.session.get_one(Applicant, application.applicant_id)).language = "en"
        notice = await notify(uow, "application_received", application=application)
    async with units.begin() as uow:
        row = await uow.session.get_one(Notice, notice.id)
        cipher = await uow.cipher(application.applicant_id)
        run = (await uow.session.exec(select(StepRun).where(StepRun.subject_id == notice.id))).one()
    assert (row.language, row.channel, row.state) == ("en", Channel.SMS, NoticeState.DUE)
    assert cipher.open(recipient_place(row.id), row.recipient) == MOBILE
    assert json.loads(cipher.open(data_place(row.id), row.data)) == {"reference": application.reference}
    assert MOBILE.encode() not in row.recipient
    assert (run.step, run.state, run.application_id) == (Step.SEND_NOTICE, StepState.DUE, application.id)


async def test_a_phone_of_nobody_yet(units: UnitsOfWork) -> None:
    ends = now() + timedelta(minutes=5)
    async with units.begin() as uow:
        notice = await notify_mobile(uow, "sign_in_code", MOBILE, {"code": "123456"}, ends)
    async with units.begin() as uow:
        row = await uow.session.get_one(Notice, notice.id)
        cipher = await uow.cipher()
        run = (await uow.session.exec(select(StepRun))).one()
    assert (row.person_id, row.application_id, row.expires_at) == (SYSTEM_PERSON, None, ends)
    assert json.loads(cipher.open(data_place(row.id), row.data)) == {"code": "123456"}
    assert (run.application_id, run.subject_id) == (None, row.id)


async def test_no_notice_without_the_change_it_tells_of(units: UnitsOfWork) -> None:
    application = await make_draft(units)

    async def refused() -> None:
        async with units.begin() as uow:
            await notify(uow, "application_received", application=application)
            raise LookupError

    with pytest.raises(LookupError):
        await refused()
    async with units.begin() as uow:
        assert (await uow.session.exec(select(Notice))).all() == []
        assert (await uow.session.exec(select(StepRun))).all() == []


@pytest.mark.parametrize(
    ("name", "channel", "address"),
    [
        ("no_such_notice", Channel.SMS, None),
        ("sign_in_code", Channel.SMS, None),
        ("application_received", Channel.EMAIL, "someone@example.com"),
        ("contract_sealed", Channel.EMAIL, None),
    ],
)
async def test_what_could_not_be_rendered_is_refused_at_once(
    units: UnitsOfWork, name: str, channel: Channel, address: str | None
) -> None:
    application = await make_draft(units)
    async with units.begin() as uow:
        with pytest.raises(ValueError, match=r"notice|address"):
            await notify(uow, name, application=application, channel=channel, address=address)
