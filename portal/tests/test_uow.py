from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from portal.applications.queries import get_application
from portal.db.models import Application, Event
from portal.db.uow import UnitOfWork, UnitsOfWork
from portal.db.vault import Unsealable
from portal.domain.application import TRANSITIONS, ApplicationState, IllegalTransition
from portal.domain.errors import Conflict
from portal.domain.events import EventKind
from portal.domain.workflow import Step
from portal.testing.factories import make_draft


async def test_events_are_numbered_and_chained(units: UnitsOfWork) -> None:
    application = await make_draft(units)
    async with units.begin() as uow:
        assert await uow.append(application.id, EventKind.DRAFT_OPENED) == 1
        assert await uow.append(application.id, EventKind.QUESTION_ANSWERED, slot="amount") == 2
    async with units.begin() as uow:
        rows = (
            await (await uow.session.connection()).execute(
                text("select seq, previous_hash, hash from event order by seq")
            )
        ).all()
    assert rows[1].previous_hash == rows[0].hash


async def chain(uow: UnitOfWork, application: Application) -> list[tuple[int, bytes, bytes]]:
    events = select(Event.seq, Event.previous_hash, Event.hash).where(Event.application_id == application.id)
    return [(row[0], row[1], row[2]) for row in await uow.session.exec(events.order_by(col(Event.seq)))]


async def test_a_head_that_was_read_and_has_moved_since_is_read_again(units: UnitsOfWork) -> None:
    application = await make_draft(units)
    async with units.begin() as uow:
        await uow.read_case(application)
        async with units.begin() as other:
            await other.append(application.id, EventKind.NOTICE_SENT)
        assert await uow.append(application.id, EventKind.DRAFT_RESUMED) == 2
    async with units.begin() as uow:
        first, second = await chain(uow, application)
    assert second[1] == first[2]


async def test_a_head_that_was_moved_in_vain_is_read_again(units: UnitsOfWork) -> None:
    application = await make_draft(units)
    async with units.begin() as uow:
        vain = await uow.session.begin_nested()
        await uow.append(application.id, EventKind.QUESTION_ANSWERED)
        await vain.rollback()
        async with units.begin() as other:
            await other.append(application.id, EventKind.NOTICE_SENT)
        assert await uow.append(application.id, EventKind.DRAFT_RESUMED) == 2
        first, second = await chain(uow, application)
    assert second[1] == first[2]


@pytest.mark.parametrize("statement", ["update event set seq = 9", "delete from event", "truncate event cascade"])
async def test_history_can_not_be_changed(units: UnitsOfWork, statement: str) -> None:
    application = await make_draft(units)
    async with units.begin() as uow:
        await uow.append(application.id, EventKind.DRAFT_OPENED)
    with pytest.raises(DBAPIError, match="append-only"):
        async with units.begin() as uow:
            await (await uow.session.connection()).execute(text(statement))


async def test_the_database_and_the_domain_allow_the_same_transitions(units: UnitsOfWork) -> None:
    application = await make_draft(units)
    for current in ApplicationState:
        for target in ApplicationState:
            if current is target:
                continue
            async with units.sessions() as session:
                await (await session.connection()).execute(text("set local session_replication_role = replica"))
                await (await session.connection()).execute(
                    text("update application set state = :state where id = :id").bindparams(
                        state=current, id=application.id
                    )
                )
                await (await session.connection()).execute(text("set local session_replication_role = origin"))
                change = text("update application set state = :state where id = :id")
                if target in TRANSITIONS[current]:
                    await (await session.connection()).execute(change.bindparams(state=target, id=application.id))
                else:
                    with pytest.raises(DBAPIError, match="illegal transition"):
                        await (await session.connection()).execute(change.bindparams(state=target, id=application.id))
                await session.rollback()


async def test_only_one_of_two_changes_of_state_wins(units: UnitsOfWork) -> None:
    application = await make_draft(units)
    async with units.begin() as first, units.sessions() as session:
        stale = await session.get(Application, application.id)
        assert stale is not None
        mine = await first.session.get(Application, application.id)
        assert mine is not None
        await first.change_state(mine, ApplicationState.SUBMITTED)
        with pytest.raises(IllegalTransition):
            await first.change_state(mine, ApplicationState.DISBURSED)
    with pytest.raises(Conflict):
        async with units.begin() as second:
            await second.change_state(application, ApplicationState.WITHDRAWN)


async def test_a_step_is_due_once(units: UnitsOfWork) -> None:
    application = await make_draft(units)
    async with units.begin() as uow:
        assert await uow.make_due(Step.VERIFY_DOCUMENTS, application.id) is not None
        assert await uow.make_due(Step.VERIFY_DOCUMENTS, application.id) is None


async def test_sealed_data_opens_only_in_its_place(units: UnitsOfWork) -> None:
    person = uuid4()
    async with units.begin() as uow:
        sealed = (await uow.cipher(person)).seal("applicant.name.1", "陈思远")
    async with units.begin() as uow:
        cipher = await uow.cipher(person)
        assert cipher.open("applicant.name.1", sealed) == "陈思远"
        with pytest.raises(Unsealable):
            cipher.open("applicant.name.2", sealed)
        with pytest.raises(Unsealable):
            (await uow.cipher(uuid4())).open("applicant.name.1", sealed)


async def test_an_event_does_not_wait_for_the_locked_application(units: UnitsOfWork) -> None:
    application = await make_draft(units)
    async with units.begin() as holder:
        await get_application(holder, application.id, for_update=True)
        async with units.begin() as other:
            await other.append(application.id, EventKind.NOTICE_SENT)
        # Were the event to wait for the row, this would wait for the event: a deadlock.
        await holder.append(application.id, EventKind.DRAFT_RESUMED)
