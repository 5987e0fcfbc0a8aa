import asyncio
from uuid import uuid4

import pytest
from sqlmodel import col, select

from portal.applications.queries import get_owned_application, list_answers, read_answers, read_applicant
from portal.applications.service import (
    KeyReused,
    claim_request,
    open_another,
    resume_or_open,
    store_answer,
    store_identity,
    withdraw,
)
from portal.db.models import Answer, AnswerSource, Applicant, Application, Event
from portal.db.uow import UnitsOfWork
from portal.domain.application import ApplicationState
from portal.domain.errors import Conflict, NotFound
from portal.testing.factories import make_draft


async def make_person(units: UnitsOfWork) -> Applicant:
    async with units.begin() as uow:
        person = Applicant(mobile_index=uuid4().bytes, mobile=b"sealed")
        uow.session.add(person)
    return person


async def test_others_applications_are_not_found(units: UnitsOfWork) -> None:
    draft = await make_draft(units)
    async with units.begin() as uow:
        mine = await get_owned_application(uow, draft.reference, draft.applicant_id, for_update=True)
        assert mine.id == draft.id
        with pytest.raises(NotFound):
            await get_owned_application(uow, draft.reference, uuid4())


async def test_two_taps_open_one_draft_and_later_resume_it(units: UnitsOfWork) -> None:
    person = await make_person(units)

    async def start() -> str:
        async with units.begin() as uow:
            return (await resume_or_open(uow, person.id)).reference

    references = await asyncio.gather(*(start() for _ in range(4)))
    assert len(set(references)) == 1
    assert references[0].startswith("XD")
    assert len(references[0]) == 12
    async with units.begin() as uow:
        kinds = [event.kind.value for event in await uow.session.exec(select(Event).order_by(col(Event.seq)))]
    assert kinds == ["draft_opened"] + ["draft_resumed"] * 3


async def test_a_new_application_follows_an_ended_or_withdrawn_one(units: UnitsOfWork) -> None:
    draft = await make_draft(units)
    async with units.begin() as uow:
        mine = await get_owned_application(uow, draft.reference, draft.applicant_id, for_update=True)
        assert (await open_another(uow, draft.applicant_id)).id == draft.id
        await uow.change_state(mine, ApplicationState.SUBMITTED)
        assert (await open_another(uow, draft.applicant_id)).id == draft.id
        await uow.change_state(mine, ApplicationState.DECLINED)
        assert (await resume_or_open(uow, draft.applicant_id)).id == draft.id
        second = await open_another(uow, draft.applicant_id)
        assert second.id != draft.id
        await withdraw(uow, second)
        third = await resume_or_open(uow, draft.applicant_id)
        assert third.id == draft.id


async def test_answers_are_sealed_mirrored_and_noted(units: UnitsOfWork) -> None:
    draft = await make_draft(units)
    async with units.begin() as uow:
        mine = await get_owned_application(uow, draft.reference, draft.applicant_id, for_update=True)
        assert await store_answer(uow, mine, "amount", 5_000_000) == "new"
        assert await store_answer(uow, mine, "amount", 5_000_000) == "same"
        assert await store_answer(uow, mine, "amount", 6_000_000) == "changed"
        assert await store_answer(uow, mine, "employer", "某某公司", AnswerSource.READ_CORRECTED) == "new"
    async with units.begin() as uow:
        stored = await uow.session.get_one(Application, draft.id)
        assert (stored.amount_fen, await read_answers(uow, stored)) == (
            6_000_000,
            {"product": "consumer", "amount": 6_000_000, "employer": "某某公司"},
        )
        assert (await list_answers(uow, stored))["employer"].source is AnswerSource.READ_CORRECTED
        sealed = list(await uow.session.exec(select(Answer.value)))
        assert all("某某".encode() not in value and b"6000000" not in value for value in sealed)
        events = list(await uow.session.exec(select(Event).order_by(col(Event.seq))))
    assert [event.kind.value for event in events] == ["question_answered", "answer_changed", "question_answered"]
    assert "某某" not in str([event.data for event in events])


async def test_a_change_asks_again_only_what_depends_on_it(units: UnitsOfWork) -> None:
    draft = await make_draft(units)
    given = {"employment": "employed", "employer": "甲公司", "name": "陈晓明", "id_front": str(uuid4())}
    async with units.begin() as uow:
        mine = await get_owned_application(uow, draft.reference, draft.applicant_id, for_update=True)
        for slot, value in given.items():
            await store_answer(uow, mine, slot, value)
        await store_answer(uow, mine, "employment", "employed")
        assert set(await read_answers(uow, mine)) == {"product", *given}
        await store_answer(uow, mine, "employment", "civil_servant")
        assert set(await read_answers(uow, mine)) == {"product", "employment", "name", "id_front"}
        await store_answer(uow, mine, "id_front", str(uuid4()))
        assert set(await read_answers(uow, mine)) == {"product", "employment", "id_front"}
        await store_answer(uow, mine, "employment", "employed")
        assert (await read_answers(uow, mine))["employer"] == "甲公司"
        last = await uow.session.exec(select(Event.data).order_by(col(Event.seq).desc()).limit(1))
        assert last.one()["brings_back"] == ["employer"]


async def test_nothing_is_answered_after_submission(units: UnitsOfWork) -> None:
    draft = await make_draft(units)
    async with units.begin() as uow:
        mine = await get_owned_application(uow, draft.reference, draft.applicant_id, for_update=True)
        await uow.change_state(mine, ApplicationState.SUBMITTED)
        with pytest.raises(Conflict):
            await store_answer(uow, mine, "amount", 1)


async def test_a_key_works_once_for_one_body(units: UnitsOfWork) -> None:
    draft = await make_draft(units)

    async def claim(body: str) -> bool:
        async with units.begin() as uow:
            return await claim_request(uow, draft.id, "key", "answer:amount", body)

    assert sorted(await asyncio.gather(*(claim("50000") for _ in range(8)))) == [False] * 7 + [True]
    with pytest.raises(KeyReused):
        await claim("60000")
    async with units.begin() as uow:
        with pytest.raises(KeyReused):
            await claim_request(uow, draft.id, "", "answer:amount", "50000")


async def test_identity_opens_and_can_be_searched(units: UnitsOfWork) -> None:
    draft = await make_draft(units, mobile="13912345678")
    async with units.begin() as uow:
        application = await uow.session.get_one(Application, draft.id)
        before = await read_applicant(uow, application)
        assert (before.name, before.id_number, before.mobile) == (None, None, "13912345678")
        await store_answer(uow, application, "name", "陈晓明")
        await store_answer(uow, application, "id_number", "11010519900307213X")
        await store_identity(uow, draft.applicant_id, name="陈晓明", id_number="11010519900307213X")
        await uow.session.flush()
        after = await read_applicant(uow, application)
        assert (after.name, after.id_number) == ("陈晓明", "11010519900307213X")
        index = uow.keys.blind_index("name", "陈晓明")
        found = await uow.session.exec(select(Applicant.id).where(Applicant.name_index == index))
        assert found.one() == draft.applicant_id


async def test_another_application_from_the_same_phone_changes_nobodys_identity(units: UnitsOfWork) -> None:
    """A declined case may be reviewed, signed and paid while its owner fills in the next one under another name."""
    first = await make_draft(units)
    async with units.begin() as uow:
        application = await uow.session.get_one(Application, first.id)
        await store_answer(uow, application, "name", "陈晓明")
        await store_answer(uow, application, "id_number", "11010519900307213X")
        await store_identity(uow, first.applicant_id, name="林安然", id_number="330106199005120022")
    async with units.begin() as uow:
        person = await read_applicant(uow, await uow.session.get_one(Application, first.id))
        assert (person.name, person.id_number) == ("陈晓明", "11010519900307213X")
