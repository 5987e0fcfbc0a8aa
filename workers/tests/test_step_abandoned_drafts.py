"""Drafts left alone, with a clock that is moved: one reminder, then nothing is left of them but their history."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlmodel import SQLModel, col
from sqlmodel import select as find

from portal.accounts.service import issue_code
from portal.accounts.sessions import find_session, open_session
from portal.applications.queries import get_application, read_answers
from portal.applications.service import open_draft, resume_or_open, withdraw
from portal.db.models import (
    Applicant,
    Application,
    CodePurpose,
    Document,
    Event,
    Notice,
    OneTimeCode,
    PersonKey,
    StepRun,
)
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileMissing, FileStore, StorageUnavailable, page_key, put_sealed, thumbnail_key
from portal.documents.parts import append_piece, begin_upload, piece_keys
from portal.domain.application import ApplicationState
from portal.domain.clock import CHINA, now
from portal.domain.errors import NotFound
from portal.domain.events import EventKind
from portal.domain.workflow import Step, StepState
from portal.drafts import service
from portal.settings import Settings
from portal.testing.intake import answer, answer_until, form
from workers import erase_draft, remind_draft
from workers.job import StepProcedure, run_step
from workers.testing import unpark
from workers.work import Work

MOBILE = "13700138001"
STEPS: dict[Step, StepProcedure] = {
    Step.REMIND_DRAFT: remind_draft.STEP(),
    Step.ERASE_DRAFT: erase_draft.STEP(),
}
HISTORY = {"application", "event", "event_head", "step_run", "notice"}
"""Tables that keep rows of an erased draft, without a word of the person."""
AFTER_SUBMISSION = {"decision", "offer", "contract", "payout", "installment", "loan_outcome", "bureau_inquiry"}
"""Tables that a draft has no rows in."""


@dataclass
class Clock:
    """What the steps take for now; rows whose time has come are due for the database, too."""

    units: UnitsOfWork
    monkeypatch: pytest.MonkeyPatch

    async def move(self, **ahead: float) -> None:
        """From the real time; at noon in China, so that a reminder may ring."""
        await self.move_to((now() + timedelta(**ahead)).astimezone(CHINA).replace(hour=12, minute=0))

    async def move_to(self, at: datetime) -> None:
        for module in (service, remind_draft, erase_draft):
            self.monkeypatch.setattr(module, "now", lambda: at)
        async with self.units.begin() as uow:
            come = col(StepRun.due_at) <= at, col(StepRun.state) == StepState.DUE
            await uow.session.exec(update(StepRun).where(*come).values(due_at=now() - timedelta(days=1)))


@pytest.fixture
def clock(units: UnitsOfWork, monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(units, monkeypatch)


@pytest.fixture
def work(settings: Settings, units: UnitsOfWork, files: FileStore) -> Work:
    """Neither step calls anybody."""
    nothing = cast(Any, None)
    return Work(settings, units, files, bureau=nothing, bank=nothing, model=nothing)


@pytest.fixture
async def draft(units: UnitsOfWork, files: FileStore) -> Application:
    """Opened as the portal does, and filled in up to the consents."""
    async with units.begin() as uow:
        person = Applicant(mobile_index=uow.keys.blind_index("mobile", MOBILE), mobile=b"")
        person.mobile = (await uow.cipher(person.id)).seal(f"applicant.mobile.{person.id}", MOBILE)
        uow.session.add(person)
    async with units.begin() as uow:
        opened = await resume_or_open(uow, person.id)
    await answer_until(units, files, opened, "bank_card")
    return opened


async def run(work: Work) -> None:
    """What is due of the two steps; documents and notices are somebody else's."""
    async with work.units.begin() as uow:
        ours = find(StepRun.id).where(col(StepRun.step).in_(STEPS), col(StepRun.due_at) <= func.now())
        due = (await uow.session.exec(ours)).all()
    for run_id in due:
        await run_step(work, STEPS, run_id)


async def count_events(units: UnitsOfWork, draft: Application) -> Counter[str]:
    async with units.begin() as uow:
        return Counter(await uow.session.exec(find(Event.kind).where(Event.application_id == draft.id)))


async def list_reminders(units: UnitsOfWork) -> list[Notice]:
    async with units.begin() as uow:
        return list(await uow.session.exec(find(Notice).where(Notice.name == "draft_reminder")))


async def due_at(units: UnitsOfWork, draft: Application, step: Step) -> datetime:
    async with units.begin() as uow:
        rows = find(StepRun.due_at).where(StepRun.application_id == draft.id, StepRun.step == step)
        return (await uow.session.exec(rows)).one()


async def reload(units: UnitsOfWork, draft: Application) -> Application:
    async with units.begin() as uow:
        return await get_application(uow, draft.id)


async def test_one_reminder_after_a_day(work: Work, units: UnitsOfWork, draft: Application, clock: Clock) -> None:
    await run(work)
    assert await list_reminders(units) == []
    await clock.move(days=2)
    await run(work)
    [reminder] = await list_reminders(units)
    assert reminder.application_id == draft.id
    assert (await count_events(units, draft))[EventKind.DRAFT_REMINDED] == 1

    await answer(units, draft, "bank_card", form("6222020200112230"))
    await clock.move(days=20)
    await run(work)
    assert await list_reminders(units) == [reminder]


async def test_who_came_back_meanwhile_is_reminded_a_day_after_that(
    work: Work, units: UnitsOfWork, draft: Application, clock: Clock
) -> None:
    opened = await due_at(units, draft, Step.REMIND_DRAFT)
    await clock.move_to(opened)
    async with units.begin() as uow:
        await resume_or_open(uow, draft.applicant_id)
    await run(work)
    assert await list_reminders(units) == []
    assert await due_at(units, draft, Step.REMIND_DRAFT) > opened
    await clock.move(days=2)
    await run(work)
    assert len(await list_reminders(units)) == 1


async def test_nobody_is_woken(work: Work, units: UnitsOfWork, draft: Application, clock: Clock) -> None:
    night = (now() + timedelta(days=2)).astimezone(CHINA).replace(hour=23, minute=30)
    await clock.move_to(night)
    await run(work)
    assert await list_reminders(units) == []
    morning = (await due_at(units, draft, Step.REMIND_DRAFT)).astimezone(CHINA)
    assert (morning.hour, morning.date()) == (9, (night + timedelta(days=1)).date())
    await clock.move_to(morning)
    await run(work)
    assert len(await list_reminders(units)) == 1


async def test_a_submitted_application_is_left_alone(
    work: Work, units: UnitsOfWork, draft: Application, clock: Clock
) -> None:
    async with units.begin() as uow:
        application = await get_application(uow, draft.id, for_update=True)
        await uow.change_state(application, ApplicationState.SUBMITTED, submitted_at=now())
    await clock.move(days=40)
    await run(work)
    assert await list_reminders(units) == []
    kept = await reload(units, draft)
    assert (kept.state, kept.erased_at) == (ApplicationState.SUBMITTED, None)
    async with units.begin() as uow:
        assert await read_answers(uow, kept)


async def test_nothing_is_left_but_the_history(
    work: Work, units: UnitsOfWork, files: FileStore, draft: Application, clock: Clock
) -> None:
    kept_files = await _leave_files(units, files, draft)
    async with units.begin() as uow:
        session = await open_session(uow, applicant_id=draft.applicant_id)
        await issue_code(uow, MOBILE, CodePurpose.SIGN_IN)
    await clock.move(days=29)
    await run(work)
    assert (await reload(units, draft)).state is ApplicationState.DRAFT
    before = await count_events(units, draft)

    await clock.move(days=31)
    await run(work)
    erased = await reload(units, draft)
    assert erased.state is ApplicationState.WITHDRAWN
    assert erased.erased_at is not None
    assert (erased.amount_fen, erased.term_months, erased.purpose) == (None, None, None)
    assert await count_events(units, draft) == before | Counter({EventKind.DRAFT_ERASED: 1})
    for key in kept_files:
        with pytest.raises(FileMissing):
            await files.get(key)
    async with units.begin() as uow:
        assert await uow.session.get(PersonKey, draft.applicant_id) is None
        assert await find_session(uow, session) is None
        index = uow.keys.blind_index("mobile", MOBILE)
        for table in (Applicant, OneTimeCode):
            assert (await uow.session.exec(find(table).where(col(table.mobile_index) == index))).all() == []
        person = await uow.session.get_one(Applicant, draft.applicant_id)
        assert (person.mobile, person.name, person.id_number, person.id_number_index) == (b"", None, None, None)
        [reminder] = (await uow.session.exec(find(Notice).where(Notice.application_id == draft.id))).all()
        assert (reminder.recipient, reminder.data) == (b"", b"")
    assert await _tables_with_rows(units, draft.id) <= HISTORY


async def test_who_comes_back_after_that_begins_anew(
    work: Work, units: UnitsOfWork, draft: Application, clock: Clock
) -> None:
    await clock.move(days=31)
    await run(work)
    async with units.begin() as uow:
        with pytest.raises(NotFound):
            await resume_or_open(uow, draft.applicant_id)


async def test_a_person_with_another_application_stays(
    work: Work, units: UnitsOfWork, draft: Application, clock: Clock
) -> None:
    async with units.begin() as uow:
        kept = await open_draft(uow, draft.applicant_id)
        await uow.change_state(kept, ApplicationState.SUBMITTED, submitted_at=now())
    await clock.move(days=31)
    await run(work)
    async with units.begin() as uow:
        assert (await read_answers(uow, await get_application(uow, draft.id))).keys() == {"product"}
        person = await uow.session.get_one(Applicant, draft.applicant_id)
        cipher = await uow.cipher(person.id)
        assert cipher.open(f"applicant.mobile.{person.id}", person.mobile) == MOBILE


async def test_a_draft_that_was_withdrawn_goes_too(
    work: Work, units: UnitsOfWork, draft: Application, clock: Clock
) -> None:
    async with units.begin() as uow:
        await withdraw(uow, await get_application(uow, draft.id, for_update=True))
    await clock.move(days=31)
    await run(work)
    assert await list_reminders(units) == []
    assert (await reload(units, draft)).erased_at is not None


async def test_a_storage_that_is_away_delays_it(
    work: Work, units: UnitsOfWork, draft: Application, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(key: str) -> None:
        raise StorageUnavailable

    async with units.begin() as uow:
        uow.session.add(Document(application_id=draft.id, slot="id_front", media_type="", size_bytes=1, sha256="s"))
    await clock.move(days=31)
    with monkeypatch.context() as away:
        away.setattr(work.files, "delete", fail)
        await run(work)
    closed = await reload(units, draft)
    assert (closed.state, closed.erased_at) == (ApplicationState.WITHDRAWN, None)
    await unpark(work)
    await run(work)
    assert (await reload(units, draft)).erased_at is not None


def test_every_table_of_an_application_is_erased_or_known_to_stay() -> None:
    """A new table that names an application must say what becomes of it here."""
    named = {table.name for table in SQLModel.metadata.tables.values() if "application_id" in table.columns}
    erased = {cast(Any, table).__tablename__ for table in service.ERASED} | {"document"}
    assert named == erased | (HISTORY - {"application"}) | AFTER_SUBMISSION


async def _leave_files(units: UnitsOfWork, files: FileStore, draft: Application) -> list[str]:
    """What a reader keeps of a document, and half an upload."""
    async with units.begin() as uow:
        documents = find(Document).where(Document.application_id == draft.id)
        document = (await uow.session.exec(documents.limit(1))).one()
        document.page_count = 1
        keys = [page_key(document.id, 0), thumbnail_key(document.id)]
        for key in keys:
            await put_sealed(uow, files, draft.applicant_id, key, b"picture")
        upload = await begin_upload(uow, files, draft, "income_extra", 10)
        await append_piece(uow, files, draft.applicant_id, upload, b"piece")
        return [*keys, piece_keys(upload)[0]]


async def _tables_with_rows(units: UnitsOfWork, application_id: UUID) -> set[str]:
    async with units.begin() as uow:
        return {
            table.name
            for table in SQLModel.metadata.tables.values()
            if "application_id" in table.columns
            and await uow.session.scalar(
                select(func.count()).select_from(table).where(table.c.application_id == application_id)
            )
        }
