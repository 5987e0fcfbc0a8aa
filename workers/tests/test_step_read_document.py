"""Reading a document as a step: what is kept, what is refused, what happens when the reader fails."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import Image, ImageDraw
from sqlalchemy import text
from sqlmodel import col, select

from portal.applications.queries import get_application
from portal.db.models import Application, Document, DocumentState
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileMissing, FileStore, get_sealed, original_key, page_key, thumbnail_key
from portal.documents.service import DocumentView, find_document, upload
from portal.documents.wording import READER_REFUSALS, REFUSALS, SLOTS, refusal_sentence
from portal.domain.events import EventKind
from portal.domain.workflow import PLANS, Queue, Step, StepState
from portal.settings import Settings
from portal.testing.cases import BOX
from portal.testing.factories import make_draft
from workers.ocr.errors import ModelMissing, ReadInterrupted
from workers.ocr.quality import MAX_PAGES, REASONS
from workers.ocr.reader import READ_SECONDS, DocumentReader
from workers.ocr.reading import Check, Field, Page, Reading
from workers.sandbox.specimens.id_card import render_id_back, render_id_front
from workers.sandbox.specimens.person import make_person
from workers.sandbox.specimens.photo import photo, to_jpeg
from workers.settings import CONCURRENCY, JOB_SECONDS
from workers.testing import drain, unpark
from workers.tests.steps import PROCEDURES, OrderedReader, events_of, open_steps, run_of
from workers.work import Work

Open = Callable[[OrderedReader | DocumentReader], AbstractAsyncContextManager[Work]]

ORIGINAL = b"\xff\xd8\xff original with a place and a time"
FRONT = Reading(
    "id_card_front",
    "ok",
    {"name": Field("林安然", 0.97, 0, BOX), "id_number": Field("330100199005120240", 0.99, 0, BOX)},
    (Check("id_checksum", True, "error", "身份证号校验位", "Check digit"),),
    (Page(800, 500, b"page"),),
    b"thumbnail",
)


@pytest.fixture
def open_work(settings: Settings, units: UnitsOfWork, files: FileStore) -> Open:
    return lambda reader: open_steps(settings, units, files, reader=reader)


async def send(units: UnitsOfWork, files: FileStore, slot: str, data: bytes = ORIGINAL) -> tuple[Application, UUID]:
    draft = await make_draft(units)
    return draft, await send_another(units, files, draft, slot, data)


async def send_another(units: UnitsOfWork, files: FileStore, draft: Application, slot: str, data: bytes) -> UUID:
    async with units.begin() as uow:
        application = await get_application(uow, draft.id)
        return (await upload(uow, files, application, slot, data, "image/jpeg")).id


async def view(units: UnitsOfWork, application: Application, slot: str) -> DocumentView:
    async with units.begin() as uow:
        document = await find_document(uow, application.id, slot)
        assert document is not None
        return document


async def read_once(
    units: UnitsOfWork, files: FileStore, open_work: Open, slot: str, reading: Reading
) -> tuple[Application, DocumentView]:
    application, _ = await send(units, files, slot)
    async with open_work(OrderedReader([reading])) as work:
        await drain(work, PROCEDURES)
    return application, await view(units, application, slot)


def test_every_reason_of_the_reader_has_the_same_words_in_the_portal() -> None:
    assert {reason.id: reason.zh for reason in REASONS.values()} == READER_REFUSALS
    assert f"{MAX_PAGES} 页" in READER_REFUSALS["too_many_pages"]


def test_every_refusal_has_a_sentence_for_every_slot() -> None:
    for slot in SLOTS:
        for reason in REFUSALS:
            assert refusal_sentence(slot, reason).endswith("。")


async def test_what_is_read_is_kept_sealed_and_the_original_goes(
    units: UnitsOfWork, files: FileStore, open_work: Open, settings: Settings
) -> None:
    application, document_id = await send(units, files, "id_front")
    reader = OrderedReader([FRONT])
    async with open_work(reader) as work:
        await drain(work, PROCEDURES)
    assert reader.given == [ORIGINAL]
    document = await view(units, application, "id_front")
    assert (document.state, document.quality, document.kind) == (DocumentState.READ, "ok", "id_card_front")
    assert document.fields["name"].value == "林安然"
    assert (document.fields["name"].level, document.fields["name"].box) == ("high", BOX)
    with pytest.raises(FileMissing):
        await files.get(original_key(document_id))
    async with units.begin() as uow:
        page = await get_sealed(uow, files, application.applicant_id, page_key(document_id, 0))
        small = await get_sealed(uow, files, application.applicant_id, thumbnail_key(document_id))
        row = await uow.session.get_one(Document, document_id)
        names = (await uow.session.execute(text("select value from document_field"))).scalars().all()
    assert (page, small) == (b"page", b"thumbnail")
    assert row.original_key is None
    assert all("林安然".encode() not in name for name in names)
    kept = [path.read_bytes() for path in (Path(settings.home) / "files").rglob("*") if path.is_file()]
    assert len(kept) == 2
    assert not any(plain in one for one in kept for plain in (b"page", b"thumbnail"))
    events = await events_of(units, application.id, EventKind.DOCUMENT_READ)
    assert events[0]["read_ms"] >= 0
    assert "林安然" not in str(events)


@pytest.mark.parametrize(
    ("slot", "reading", "reason"),
    [
        ("id_front", Reading("unknown", "blurred"), "blurred"),
        ("id_front", Reading("unknown", "not_a_document"), "not_a_document"),
        ("income_proof", Reading("unknown", "too_many_pages"), "too_many_pages"),
        ("id_front", replace(FRONT, kind="id_card_back"), "wrong_side"),
        ("id_back", FRONT, "wrong_side"),
        ("id_front", replace(FRONT, kind="payslip"), "wrong_kind"),
        ("id_back", Reading("unknown", "ok"), "wrong_kind"),
        ("income_proof", FRONT, "wrong_kind"),
        ("id_back", Reading("id_card_back", "ok", {"valid_to": Field("2024-03-01", 0.95, 0, BOX)}), "expired"),
    ],
)
async def test_what_can_not_serve_is_refused_with_a_sentence(
    units: UnitsOfWork, files: FileStore, open_work: Open, slot: str, reading: Reading, reason: str
) -> None:
    application, document = await read_once(units, files, open_work, slot, reading)
    assert (document.state, document.quality) == (DocumentState.REFUSED, reason)
    assert document.sentence == refusal_sentence(slot, reason)
    assert document.fields == {}
    events = await events_of(units, application.id, EventKind.DOCUMENT_REFUSED)
    assert [event["reason"] for event in events] == [reason]


@pytest.mark.parametrize("field", [Field("long_term", 0.95, 0, BOX), Field("2024-03-01", 0.6, 0, BOX)])
async def test_a_card_for_life_or_a_doubtful_date_is_not_expired(
    units: UnitsOfWork, files: FileStore, open_work: Open, field: Field
) -> None:
    reading = Reading("id_card_back", "ok", {"valid_to": field})
    _, document = await read_once(units, files, open_work, "id_back", reading)
    assert document.state is DocumentState.READ


async def test_a_crash_of_the_reader_is_tried_again(units: UnitsOfWork, files: FileStore, open_work: Open) -> None:
    application, document_id = await send(units, files, "id_front")
    async with open_work(OrderedReader([ReadInterrupted(), FRONT])) as work:
        await drain(work, PROCEDURES)
        assert (await view(units, application, "id_front")).state is DocumentState.UPLOADED
        await unpark(work)
        await drain(work, PROCEDURES)
    assert (await view(units, application, "id_front")).state is DocumentState.READ
    assert (await view(units, application, "id_front")).id == document_id


async def test_a_file_that_always_crashes_the_reader_is_refused_in_the_end(
    units: UnitsOfWork, files: FileStore, open_work: Open
) -> None:
    application, document_id = await send(units, files, "id_front")
    async with open_work(OrderedReader([ReadInterrupted()])) as work:
        for _ in range(PLANS[Step.READ_DOCUMENT].max_attempts):
            await drain(work, PROCEDURES)
            await unpark(work)
    document = await view(units, application, "id_front")
    assert (document.state, document.quality) == (DocumentState.REFUSED, "unreadable")
    assert (await run_of(units, application.id, Step.READ_DOCUMENT)).state is StepState.FAILED
    with pytest.raises(FileMissing):
        await files.get(original_key(document_id))


async def test_without_models_the_reading_waits(units: UnitsOfWork, files: FileStore, open_work: Open) -> None:
    application, _ = await send(units, files, "id_front")
    async with open_work(OrderedReader([ModelMissing("gone")])) as work:
        await drain(work, PROCEDURES)
    run = await run_of(units, application.id, Step.READ_DOCUMENT)
    assert (run.state, run.reason, run.attempt) == (StepState.PARKED, "reader_unavailable", 0)


async def test_a_document_replaced_meanwhile_is_only_tidied_up(
    units: UnitsOfWork, files: FileStore, open_work: Open
) -> None:
    application, first = await send(units, files, "id_front")
    second = await send_another(units, files, application, "id_front", ORIGINAL + b" better")
    reader = OrderedReader([FRONT])
    async with open_work(reader) as work:
        await drain(work, PROCEDURES)
    assert reader.given == [ORIGINAL + b" better"]
    assert (await view(units, application, "id_front")).id == second
    for document_id in (first, second):
        with pytest.raises(FileMissing):
            await files.get(original_key(document_id))


async def test_a_file_that_is_gone_is_asked_for_again(units: UnitsOfWork, files: FileStore, open_work: Open) -> None:
    application, document_id = await send(units, files, "id_front")
    await files.delete(original_key(document_id))
    async with open_work(OrderedReader([FRONT])) as work:
        await drain(work, PROCEDURES)
    assert (await view(units, application, "id_front")).quality == "unreadable"


@pytest.fixture(scope="module")
def models_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture
async def engine(models_home: Path) -> AsyncIterator[DocumentReader]:
    reader = DocumentReader(home=models_home)
    yield reader
    await reader.aclose()


async def test_the_real_engine_reads_both_sides_and_refuses_a_cat(
    units: UnitsOfWork, files: FileStore, open_work: Open, engine: DocumentReader
) -> None:
    person = make_person(7)
    application, _ = await send(units, files, "id_front", to_jpeg(photo(render_id_front(person), 3)))
    await send_another(units, files, application, "id_back", to_jpeg(photo(render_id_back(person), 4)))
    await send_another(units, files, application, "income_proof", _cat())
    async with open_work(engine) as work:
        await drain(work, PROCEDURES)
    front, back = await view(units, application, "id_front"), await view(units, application, "id_back")
    assert {name: front.fields[name].value for name in ("name", "id_number")} == {
        "name": person.name,
        "id_number": person.id_number,
    }
    assert all(check["passed"] for check in front.checks)
    assert back.state is DocumentState.READ
    cat = await view(units, application, "income_proof")
    assert (cat.state, cat.quality) == (DocumentState.REFUSED, "not_a_document")
    async with units.begin() as uow:
        statement = select(Document.original_key).where(col(Document.application_id) == application.id)
        assert set(await uow.session.exec(statement)) == {None}


def _cat() -> bytes:
    """Two ears, a face, whiskers: sharp, well lit, and no document."""
    picture = Image.new("RGB", (1200, 900), (120, 160, 120))
    draw: Any = ImageDraw.Draw(picture)
    draw.polygon([(400, 350), (450, 120), (560, 300)], fill=(70, 60, 50))
    draw.polygon([(640, 300), (750, 120), (800, 350)], fill=(70, 60, 50))
    draw.ellipse((380, 250, 820, 650), fill=(90, 80, 70))
    for x in (500, 660):
        draw.ellipse((x, 380, x + 50, 450), fill=(230, 220, 90))
        draw.ellipse((x + 18, 385, x + 32, 445), fill=(10, 10, 10))
    for y in (500, 520, 540):
        draw.line((300, y, 540, 520), fill=(240, 240, 240), width=3)
        draw.line((660, 520, 900, y), fill=(240, 240, 240), width=3)
    return to_jpeg(picture)


def test_waiting_for_the_reader_is_no_fault() -> None:
    """A step that is cut off while it waits its turn would be counted as failed, and take the reader down with it."""
    patience = PLANS[Step.READ_DOCUMENT].timeout.total_seconds()
    assert CONCURRENCY[Queue.OCR] * READ_SECONDS < patience < JOB_SECONDS
