import asyncio
from collections import Counter
from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from portal.applications.queries import list_answers, read_answers, read_applicant
from portal.applications.service import KeyReused
from portal.db.models import (
    Answer,
    AnswerSource,
    Application,
    Consent,
    ConsentKind,
    Document,
    DocumentField,
    Event,
    Notice,
    StepRun,
)
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.domain.application import ApplicationState
from portal.domain.clock import now, today
from portal.domain.errors import Invalid, NotFound
from portal.domain.workflow import Step
from portal.intake import service
from portal.intake.state import Intake, read_intake
from portal.testing.factories import make_draft
from portal.testing.intake import (
    ALL_KINDS,
    ANSWERS,
    NAME,
    READ,
    answer,
    answer_until,
    form,
    give_document,
    id_number,
    read_application,
)


@pytest.fixture
async def draft(units: UnitsOfWork) -> Application:
    return await make_draft(units)


async def intake_of(units: UnitsOfWork, draft: Application) -> Intake:
    async with units.begin() as uow:
        return await read_intake(uow, await read_application(uow, draft))


async def current(units: UnitsOfWork, draft: Application) -> str | None:
    question = (await intake_of(units, draft)).current
    return question.slot if question else None


async def test_one_question_after_the_other(units: UnitsOfWork, draft: Application) -> None:
    assert await current(units, draft) == "amount"
    assert await answer(units, draft, "amount", form("5万"))
    assert await current(units, draft) == "term"
    async with units.begin() as uow:
        assert (await read_application(uow, draft)).amount_fen == 5_000_000


async def test_an_invalid_answer_changes_nothing_and_gives_its_key_back(units: UnitsOfWork, draft: Application) -> None:
    with pytest.raises(Invalid):
        await answer(units, draft, "amount", form("nothing", key="k"))
    assert await current(units, draft) == "amount"
    assert await answer(units, draft, "amount", form("50000", key="k"))


async def test_a_stale_form_overwrites_nothing(units: UnitsOfWork, draft: Application) -> None:
    await answer(units, draft, "amount", form("50000"))
    assert not await answer(units, draft, "amount", form("60000"))
    assert not await answer(units, draft, "employer", form("某某公司"))
    async with units.begin() as uow:
        assert await read_answers(uow, await read_application(uow, draft)) == {
            "product": "consumer",
            "amount": 5_000_000,
        }


async def test_a_double_submit_is_one_answer(units: UnitsOfWork, draft: Application) -> None:
    sent = form("50000", key="same")
    assert await asyncio.gather(*(answer(units, draft, "amount", sent) for _ in range(5))) == [True] * 5
    assert await answer(units, draft, "amount", form("５万"))
    with pytest.raises(KeyReused):
        await answer(units, draft, "amount", form("60000", key="same", editing=True))
    async with units.begin() as uow:
        kinds = Counter(event.kind.value for event in await uow.session.exec(select(Event)))
    assert kinds["question_answered"] == 1


async def test_an_unknown_question_is_not_found(units: UnitsOfWork, draft: Application) -> None:
    with pytest.raises(NotFound):
        await answer(units, draft, "shoe_size", form("42"))


async def test_an_edit_asks_again_only_what_depends_on_it(
    units: UnitsOfWork, draft: Application, files: FileStore
) -> None:
    await answer_until(units, files, draft)
    assert await current(units, draft) is None
    assert await answer(units, draft, "amount", form("60000", editing=True))
    assert await current(units, draft) is None
    assert await answer(units, draft, "employment", form("civil_servant", editing=True))
    assert await current(units, draft) == "employer"
    assert await answer(units, draft, "employment", form("retired", editing=True))
    assert await current(units, draft) == "income_proof"
    assert await answer(units, draft, "employment", form("employed", editing=True))
    assert await current(units, draft) is None
    await give_document(units, files, draft, "id_front", {})
    assert await current(units, draft) == "name"
    await answer(units, draft, "name", form(NAME))
    assert await current(units, draft) == "id_number"


async def test_a_refused_photograph_is_asked_for_again(
    units: UnitsOfWork, draft: Application, files: FileStore
) -> None:
    await answer_until(units, files, draft, stop="marital_status")
    await give_document(units, files, draft, "id_back", quality="blurred")
    assert await current(units, draft) == "id_back"
    # The question that was on the screen meanwhile can still be answered.
    assert await answer(units, draft, "marital_status", form("married"))
    await give_document(units, files, draft, "id_back", READ["id_back"])
    assert await current(units, draft) == "education"


@pytest.mark.parametrize(
    ("typed", "source", "provenance"),
    [(NAME, "read_confirmed", "confirmed"), ("陈小明", "read_corrected", "corrected")],
)
async def test_a_reading_is_confirmed_or_corrected(
    units: UnitsOfWork, draft: Application, files: FileStore, typed: str, source: str, provenance: str
) -> None:
    await answer_until(units, files, draft, stop="id_front")
    await give_document(units, files, draft, "id_front", {"name": (NAME, 0.97)})
    await give_document(units, files, draft, "id_back", {})
    await answer(units, draft, "name", form(typed))
    async with units.begin() as uow:
        application = await read_application(uow, draft)
        assert (await list_answers(uow, application))["name"].source == source
        assert (await uow.session.exec(select(DocumentField.provenance))).one() == provenance
        assert (await read_applicant(uow, application)).name == typed


async def test_without_a_reading_the_answer_is_typed(units: UnitsOfWork, draft: Application, files: FileStore) -> None:
    await answer_until(units, files, draft, stop="id_front")
    await give_document(units, files, draft, "id_front")
    await give_document(units, files, draft, "id_back")
    intake = await intake_of(units, draft)
    assert intake.current is not None
    assert intake.is_being_read(intake.current)
    await answer(units, draft, "name", form(NAME))
    assert (await intake_of(units, draft)).answers["name"].source is AnswerSource.TYPED


async def test_a_misread_number_is_shown_but_never_trusted(
    units: UnitsOfWork, draft: Application, files: FileStore
) -> None:
    await answer_until(units, files, draft, stop="id_front")
    await give_document(units, files, draft, "id_front", {"id_number": ("110105199003077218", 0.99)})
    await give_document(units, files, draft, "id_back", {})
    await answer(units, draft, "name", form(NAME))
    intake = await intake_of(units, draft)
    assert intake.current is not None
    proposal = intake.proposal(intake.current)
    assert proposal is not None
    assert (proposal.fits, proposal.level) == (False, "low")


async def test_consents_are_separate_and_all_needed(units: UnitsOfWork, draft: Application, files: FileStore) -> None:
    await answer_until(units, files, draft, stop="consents")
    sent = form(consents=True)
    some: dict[ConsentKind, str] = {
        kind: shown for kind, shown in sent.consents.items() if kind != ConsentKind.BANK_CARD
    }
    with pytest.raises(Invalid) as refused:
        await answer(units, draft, "consents", type(sent)("k1", "", False, some))
    assert set(refused.value.fields) == {"consent_bank_card"}
    other = {**sent.consents, ConsentKind.PRIVACY: "0" * 64}
    with pytest.raises(Invalid, match="更新"):
        await answer(units, draft, "consents", type(sent)("k2", "", False, other))
    await answer(units, draft, "consents", sent)
    async with units.begin() as uow:
        rows = {row.kind: row for row in await uow.session.exec(select(Consent))}
        assert set(rows) == ALL_KINDS
        assert all(rows[kind].text_hash == sent.consents[kind] for kind in ALL_KINDS)
        expires = rows[ConsentKind.CREDIT_INQUIRY].expires_at
        assert expires is not None
        assert timedelta(days=29) < expires - now() < timedelta(days=31)
        assert rows[ConsentKind.PRIVACY].expires_at is None


async def test_an_expired_authorisation_is_asked_for_again(
    units: UnitsOfWork, draft: Application, files: FileStore
) -> None:
    await answer_until(units, files, draft)
    async with units.begin() as uow:
        kind = Consent.kind == ConsentKind.CREDIT_INQUIRY
        (await uow.session.exec(select(Consent).where(kind))).one().expires_at = now()
    assert await current(units, draft) == "consents"
    await answer(units, draft, "consents", form(consents=True))
    assert await current(units, draft) is None
    async with units.begin() as uow:
        assert len(list(await uow.session.exec(select(Consent)))) == 5


async def submit(units: UnitsOfWork, files: FileStore, draft: Application, key: str, digest: str | None = None) -> str:
    async with units.begin() as uow:
        if digest is None:
            digest = (await read_intake(uow, await read_application(uow, draft))).digest(uow)
        return (await service.submit(uow, files, draft.reference, draft.applicant_id, key, digest)).state.value


async def test_submitting_makes_the_first_step_due_once(
    units: UnitsOfWork, draft: Application, files: FileStore
) -> None:
    await answer_until(units, files, draft)
    async with units.begin() as uow:
        digest = (await read_intake(uow, await read_application(uow, draft))).digest(uow)
    gate = asyncio.Semaphore(4)

    async def press(number: int) -> str:
        async with gate:
            return await submit(units, files, draft, f"key {number % 10}", digest)

    assert set(await asyncio.gather(*(press(number) for number in range(400)))) == {"submitted"}
    async with units.begin() as uow:
        application = await read_application(uow, draft)
        assert application.submitted_at is not None
        events = Counter(event.kind.value for event in await uow.session.exec(select(Event)))
        steps = Counter(run.step for run in await uow.session.exec(select(StepRun)))
        notices = [notice.name for notice in await uow.session.exec(select(Notice))]
    assert events["application_submitted"] == 1
    assert steps[Step.VERIFY_DOCUMENTS] == steps[Step.DRAW_ANSWERS] == 1
    assert notices == ["application_received"]
    with pytest.raises(KeyReused):
        await submit(units, files, draft, "key 1", "another body")


async def test_what_is_submitted_is_what_was_checked(units: UnitsOfWork, draft: Application, files: FileStore) -> None:
    await answer_until(units, files, draft)
    with pytest.raises(service.Changed):
        await submit(units, files, draft, "k", "0" * 64)
    assert await submit(units, files, draft, "k") == "submitted"


@pytest.mark.parametrize("missing", ["purpose", "income_proof", "consents"])
async def test_an_incomplete_draft_is_not_submitted(
    units: UnitsOfWork, draft: Application, files: FileStore, missing: str
) -> None:
    await answer_until(units, files, draft)
    async with units.begin() as uow:
        if missing == "consents":
            for row in await uow.session.exec(select(Consent)):
                row.withdrawn_at = now()
        elif missing == "income_proof":
            row_ = (await uow.session.exec(select(Document).where(Document.slot == missing))).one()
            await uow.session.delete(row_)
        else:
            await uow.session.delete(await uow.session.get_one(Answer, (draft.id, missing)))
    with pytest.raises(service.Incomplete):
        await submit(units, files, draft, "k")
    async with units.begin() as uow:
        assert (await read_application(uow, draft)).state is ApplicationState.DRAFT


async def test_too_young_is_kept_and_told_but_not_submitted(
    units: UnitsOfWork, draft: Application, files: FileStore
) -> None:
    await answer_until(units, files, draft)
    young = date(today().year - 20, 12, 31)
    assert await answer(units, draft, "id_number", form(id_number(young), editing=True))
    assert (await intake_of(units, draft)).ineligibility is not None
    with pytest.raises(service.Incomplete):
        await submit(units, files, draft, "k")
    assert await answer(units, draft, "id_number", form(ANSWERS["id_number"], editing=True))
    assert await submit(units, files, draft, "k") == "submitted"


async def test_no_answer_stands_in_the_history(units: UnitsOfWork, draft: Application, files: FileStore) -> None:
    await answer_until(units, files, draft)
    async with units.begin() as uow:
        told = str([event.data for event in await uow.session.exec(select(Event).order_by(col(Event.seq)))])
    assert all(value not in told for value in (NAME, ANSWERS["id_number"], ANSWERS["bank_card"], ANSWERS["employer"]))
