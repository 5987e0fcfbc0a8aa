"""Files at rest, readings, and answers to what was read."""

from datetime import date

import pytest
from sqlmodel import col, select

from portal.applications.queries import get_application
from portal.db.models import Document, DocumentField, DocumentState, Event, Provenance
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileMissing, FileStore
from portal.documents.queries import level_of
from portal.documents.service import (
    ReadingRecord,
    find_document,
    find_refusal,
    list_documents,
    record_field_answer,
    record_reading,
    upload,
)
from portal.domain.events import EventKind
from portal.testing.cases import Case, fields, fill_draft, read_back, read_front
from portal.testing.factories import make_draft

TODAY = date(2026, 11, 24)


class Rolled(Exception):
    pass


@pytest.mark.parametrize(
    ("slot", "reading", "reason"),
    [
        ("id_front", read_front(), None),
        ("id_back", read_back(), None),
        ("id_back", read_back("2026-11-24"), None),
        ("id_back", read_back("2026-11-23"), "expired"),
        ("id_back", read_back("2026-11-23", 0.5), None),
        ("id_back", read_back("long_term"), None),
        ("id_back", read_front(), "wrong_side"),
        ("income_proof", read_front(), "wrong_kind"),
        ("income_proof", ReadingRecord("unknown", "ok"), "wrong_kind"),
        ("income_proof", ReadingRecord("unknown", "encrypted_pdf"), "encrypted_pdf"),
    ],
)
def test_refusals(slot: str, reading: ReadingRecord, reason: str | None) -> None:
    assert find_refusal(slot, reading, TODAY) == reason


@pytest.mark.parametrize(("confidence", "level"), [(1.0, "high"), (0.9, "high"), (0.75, "medium"), (0.7499, "low")])
def test_levels(confidence: float, level: str) -> None:
    assert level_of(confidence) == level


async def test_the_original_stays_when_the_reading_is_not_committed(units: UnitsOfWork, files: FileStore) -> None:
    draft = await make_draft(units)
    async with units.begin() as uow:
        document = await upload(uow, files, await get_application(uow, draft.id), "id_front", b"photo", "image/jpeg")
    key = document.original_key
    assert key is not None
    with pytest.raises(Rolled):
        await _read_and_fail(units, files, document)
    assert await files.get(key)
    async with units.begin() as uow:
        await record_reading(uow, files, document.id, read_front(), TODAY)
    with pytest.raises(FileMissing):
        await files.get(key)


async def _read_and_fail(units: UnitsOfWork, files: FileStore, document: Document) -> None:
    async with units.begin() as uow:
        await record_reading(uow, files, document.id, read_front(), TODAY)
        raise Rolled


async def test_a_second_reading_takes_the_place_of_the_first(units: UnitsOfWork, files: FileStore) -> None:
    application = await fill_draft(units)
    async with units.begin() as uow:
        document = await find_document(uow, application.id, "id_front")
        assert document is not None
        await record_reading(uow, files, document.id, read_front(name="王小二"), TODAY)
    async with units.begin() as uow:
        again = await find_document(uow, application.id, "id_front")
    assert again is not None
    assert again.fields["name"].value == "王小二"


async def test_a_replaced_document_is_not_current(units: UnitsOfWork, files: FileStore) -> None:
    application = await fill_draft(units)
    async with units.begin() as uow:
        first = await find_document(uow, application.id, "id_front")
        assert first is not None
        locked = await get_application(uow, application.id)
        second = await upload(uow, files, locked, "id_front", b"another", "image/jpeg")
    async with units.begin() as uow:
        assert await record_reading(uow, files, first.id, read_front(), TODAY) is DocumentState.REPLACED
        current = await list_documents(uow, application.id)
    assert set(current) == {"id_front", "id_back", "income_proof"}
    assert current["id_front"].id == second.id


async def test_another_card_asks_for_name_and_number_again(units: UnitsOfWork, files: FileStore) -> None:
    application = await fill_draft(units)
    async with units.begin() as uow:
        locked = await get_application(uow, application.id)
        await upload(uow, files, locked, "id_front", b"another", "image/jpeg")
        statement = select(Event.data).where(col(Event.kind) == EventKind.ANSWER_CHANGED)
        (changed,) = await uow.session.exec(statement)
    assert changed["asks_again"] == ["name", "id_number"]


async def test_what_the_applicant_answers_is_kept_beside_what_was_read(units: UnitsOfWork) -> None:
    application = await fill_draft(units, Case(readings={"id_front": read_front(confidence=0.93)}))
    async with units.begin() as uow:
        document = await find_document(uow, application.id, "id_front")
        assert document is not None
        await record_field_answer(uow, document.id, "name", Provenance.CONFIRMED)
        await record_field_answer(uow, document.id, "name", Provenance.CONFIRMED)
        await record_field_answer(uow, document.id, "id_number", Provenance.CORRECTED)
        await record_field_answer(uow, document.id, "never_read", Provenance.CORRECTED)
    async with units.begin() as uow:
        after = await find_document(uow, application.id, "id_front")
        statement = select(Event.data).where(col(Event.kind) == EventKind.DOCUMENT_CONFIRMED).order_by(col(Event.seq))
        told = list(await uow.session.exec(statement))
    assert after is not None
    assert after.fields["name"].provenance is Provenance.CONFIRMED
    assert after.fields["id_number"].provenance is Provenance.CORRECTED
    assert after.fields["id_number"].value == document.fields["id_number"].value
    assert told == [
        {"slot": "id_front", "field": "name", "provenance": "confirmed", "confidence": 0.93},
        {"slot": "id_front", "field": "id_number", "provenance": "corrected", "confidence": 0.93},
    ]


async def test_fields_of_a_refused_document_are_not_kept(units: UnitsOfWork) -> None:
    spoilt = ReadingRecord("id_card_front", "blurred", fields(name="林安然"))
    await fill_draft(units, Case(readings={"id_front": spoilt, "id_back": None, "income_proof": None}))
    async with units.begin() as uow:
        assert list(await uow.session.exec(select(DocumentField))) == []
