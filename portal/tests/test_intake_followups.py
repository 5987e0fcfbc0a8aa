"""What documents make the chat ask: readings to look at, facts that were not read, things that don't fit."""

from collections.abc import Mapping

import pytest
from sqlmodel import select

from portal.applications.queries import list_answers
from portal.db.models import AnswerSource, Application, FieldChange, Provenance
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.documents.service import find_document
from portal.domain.errors import Invalid
from portal.intake.forms import AnswerForm
from portal.intake.service import NOT_LOOKED
from portal.intake.state import Intake, read_intake
from portal.script.days import parse_last_day
from portal.script.validators import KEEP
from portal.testing.factories import make_draft
from portal.testing.intake import ANSWERS, NAME, READ, answer, answer_until, form, give_document, read_application


@pytest.fixture
async def draft(units: UnitsOfWork) -> Application:
    return await make_draft(units)


async def intake_of(units: UnitsOfWork, draft: Application) -> Intake:
    async with units.begin() as uow:
        return await read_intake(uow, await read_application(uow, draft))


async def current(units: UnitsOfWork, draft: Application) -> str | None:
    question = (await intake_of(units, draft)).current
    return question.slot if question else None


def shown(text: str, *, looked: bool = False, editing: bool = False) -> AnswerForm:
    """From a page on which the reading stood."""
    sent = form(text, editing=editing)
    return AnswerForm(sent.key, sent.text, sent.editing, sent.consents, proposed=True, looked=looked)


async def test_a_poor_reading_is_not_passed_without_a_look(
    units: UnitsOfWork, files: FileStore, draft: Application
) -> None:
    await answer_until(units, files, draft, stop="id_front")
    await give_document(units, files, draft, "id_front", {"name": (NAME, 0.8)})
    await give_document(units, files, draft, "id_back", READ["id_back"])
    with pytest.raises(Invalid) as refused:
        await answer(units, draft, "name", shown(NAME))
    assert refused.value.fields == {"looked": NOT_LOOKED}
    assert await answer(units, draft, "name", shown(NAME, looked=True))
    intake = await intake_of(units, draft)
    assert intake.answers["name"].source is AnswerSource.READ_CONFIRMED
    assert intake.documents["id_front"].fields["name"].is_sure


@pytest.mark.parametrize(
    ("reading", "sent"),
    [
        ({"name": (NAME, 0.95)}, shown(NAME)),
        ({"name": (NAME, 0.8)}, shown("陈小明")),
        ({"name": (NAME, 0.8)}, form(NAME)),
    ],
    ids=["read surely", "changed", "typed before it was read"],
)
async def test_nothing_to_look_at(
    units: UnitsOfWork,
    files: FileStore,
    draft: Application,
    reading: Mapping[str, tuple[str, float]],
    sent: AnswerForm,
) -> None:
    await answer_until(units, files, draft, stop="id_front")
    await give_document(units, files, draft, "id_front", reading)
    await give_document(units, files, draft, "id_back", READ["id_back"])
    assert await answer(units, draft, "name", sent)


@pytest.mark.parametrize("read", [{}, {"valid_to": ("2041-06-08", 0.8)}], ids=["not found", "not clear"])
async def test_a_last_day_that_was_not_read_surely_is_asked(
    units: UnitsOfWork, files: FileStore, draft: Application, read: Mapping[str, tuple[str, float]]
) -> None:
    await answer_until(units, files, draft, stop="id_back")
    await give_document(units, files, draft, "id_back", read)
    for slot in ("name", "id_number"):
        await answer(units, draft, slot, form(ANSWERS[slot]))
    assert await current(units, draft) == "valid_to"
    assert await answer(units, draft, "valid_to", shown("2041年6月8日", looked=True))
    assert await current(units, draft) == "marital_status"
    async with units.begin() as uow:
        answers = await list_answers(uow, await read_application(uow, draft))
        back = await find_document(uow, draft.id, "id_back")
    assert answers["valid_to"].value == "2041-06-08"
    assert back is not None
    assert ("valid_to" in back.fields and back.fields["valid_to"].is_sure) is bool(read)


async def test_what_the_applicant_says_instead_is_kept_sealed_and_proves_nothing(
    units: UnitsOfWork, files: FileStore, draft: Application
) -> None:
    await answer_until(units, files, draft, stop="income_proof")
    await give_document(units, files, draft, "income_proof", {"net_pay": ("180000", 0.8)})
    await answer(units, draft, "employer", form("远大商贸有限公司"))
    await answer(units, draft, "monthly_income", form("12000"))
    assert await current(units, draft) == "proven_income"
    await answer(units, draft, "proven_income", shown("12000"))
    async with units.begin() as uow:
        proof = await find_document(uow, draft.id, "income_proof")
        (change,) = await uow.session.exec(select(FieldChange))
    assert proof is not None
    pay = proof.fields["net_pay"]
    assert (pay.value, pay.provenance, pay.is_sure) == ("180000", Provenance.CORRECTED, False)
    assert [turn.value for turn in pay.history] == ["180000", "1200000"]
    assert change.value is not None
    assert b"1200000" not in change.value


async def test_a_mismatch_is_asked_once(units: UnitsOfWork, files: FileStore, draft: Application) -> None:
    await answer_until(units, files, draft, stop="income_proof")
    await give_document(
        units, files, draft, "income_proof", {"net_pay": ("800000", 0.98), "employer": ("远大商贸", 0.98)}
    )
    await answer(units, draft, "employer", form("远大商贸有限公司"))
    await answer(units, draft, "monthly_income", form("12000"))
    for slot in ("housing_cost", "other_debt"):
        await answer(units, draft, slot, form(ANSWERS[slot]))
    assert await current(units, draft) == "kept_income"
    with pytest.raises(Invalid):
        await answer(units, draft, "kept_income", form("没事"))
    assert await answer(units, draft, "kept_income", form(KEEP))
    assert await current(units, draft) == "bank_card"
    assert "income" in (await intake_of(units, draft)).failed


async def test_a_corrected_answer_settles_it(units: UnitsOfWork, files: FileStore, draft: Application) -> None:
    await answer_until(units, files, draft, stop="income_proof")
    await give_document(units, files, draft, "income_proof", {"net_pay": ("800000", 0.98)})
    for slot in ("employer", "monthly_income", "housing_cost", "other_debt"):
        await answer(units, draft, slot, form(ANSWERS[slot]))
    assert await current(units, draft) == "kept_income"
    await answer(units, draft, "monthly_income", shown("8000", editing=True))
    assert await current(units, draft) == "bank_card"


async def test_another_paper_is_asked_about_again(units: UnitsOfWork, files: FileStore, draft: Application) -> None:
    await answer_until(units, files, draft, stop="income_proof")
    await give_document(units, files, draft, "income_proof", {"net_pay": ("800000", 0.98)})
    for slot in ("employer", "monthly_income", "housing_cost", "other_debt"):
        await answer(units, draft, slot, form(ANSWERS[slot]))
    await answer(units, draft, "kept_income", form(KEEP))
    await give_document(units, files, draft, "income_proof", {"net_pay": ("700000", 0.98)})
    assert await current(units, draft) == "kept_income"
    await give_document(units, files, draft, "income_extra", {"net_pay": ("1190000", 0.98)})
    assert await current(units, draft) == "bank_card"


@pytest.mark.parametrize("text", ["2041-06-08", "2041.06.08", "20410608", "2041年6月8日", " 2041/6/8 "])
def test_last_days(text: str) -> None:
    assert parse_last_day(text) == "2041-06-08"


@pytest.mark.parametrize("text", ["", "明年", "2041-13-01", "2041-06", "9" * 20 + "-06-08", "1 1 " + "9" * 20])
def test_no_days(text: str) -> None:
    with pytest.raises(Invalid):
        parse_last_day(text)


def test_for_ever() -> None:
    assert parse_last_day("长期") == "long_term"
