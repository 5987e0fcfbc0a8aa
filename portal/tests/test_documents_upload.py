"""Sending a document over HTTP: what is taken, what is refused, what nobody else may see."""

import asyncio
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlmodel import col, select

from portal.applications.queries import read_answers
from portal.db.models import Application, Document, DocumentState, Event, StepRun
from portal.db.uow import UnitsOfWork
from portal.documents.wording import refusal_sentence
from portal.domain.errors import TooLarge
from portal.domain.events import EventKind
from portal.domain.workflow import Step
from portal.settings import MAX_UPLOAD, Settings
from portal.testing.cases import make_submitted, sign_in
from portal.testing.factories import make_draft

HTMX = {"HX-Request": "true"}


def picture(format_: str = "JPEG", colour: tuple[int, int, int] = (90, 120, 150)) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (640, 400), colour).save(buffer, format_)
    return buffer.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG whose header alone promises so many pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))


HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(64)
PDF = b"%PDF-1.7\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF"


@pytest.fixture
async def draft(client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings) -> Application:
    """The draft of the person who is signed in."""
    application = await make_draft(units)
    await sign_in(client, units, settings, application.applicant_id)
    return application


def path(application: Application, slot: str = "id_front") -> str:
    return f"/applications/{application.reference}/documents/{slot}"


async def send(
    client: httpx.AsyncClient, application: Application, data: bytes, slot: str = "id_front", **headers: str
) -> httpx.Response:
    return await client.post(
        path(application, slot), files={"file": ("photo.jpg", data, "image/jpeg")}, data={"_key": "k"}, headers=headers
    )


async def documents(units: UnitsOfWork) -> list[Document]:
    async with units.begin() as uow:
        return list(await uow.session.exec(select(Document).order_by(col(Document.created_at))))


async def history(units: UnitsOfWork, application: Application) -> list[tuple[EventKind, dict[str, Any]]]:
    async with units.begin() as uow:
        statement = select(Event).where(col(Event.application_id) == application.id).order_by(col(Event.seq))
        return [(event.kind, event.data) for event in await uow.session.exec(statement)]


async def test_a_photo_is_kept_sealed_and_the_chat_goes_on(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings, draft: Application
) -> None:
    data = picture()
    answer = await send(client, draft, data)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/applications/{draft.reference}/chat")
    (document,) = await documents(units)
    assert (document.state, document.slot, document.media_type) == (DocumentState.UPLOADED, "id_front", "image/jpeg")
    async with units.begin() as uow:
        application = await uow.session.get_one(Application, draft.id)
        assert (await read_answers(uow, application))["id_front"] == str(document.id)
        run = (await uow.session.exec(select(StepRun).where(col(StepRun.step) == Step.READ_DOCUMENT))).one()
    assert run.subject_id == document.id
    (kept,) = [file.read_bytes() for file in (Path(settings.home) / "files").rglob("*") if file.is_file()]
    assert data[:64] not in kept
    kinds = [kind for kind, _ in await history(units, draft)]
    assert kinds == [EventKind.DOCUMENT_UPLOADED, EventKind.QUESTION_ANSWERED]


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (picture("PNG"), "image/png"),
        (picture("WEBP"), "image/webp"),
        (HEIC, "image/heic"),
        (PDF, "application/pdf"),
        (b"\n\n" + PDF, "application/pdf"),
    ],
)
async def test_every_kind_that_phones_make_is_taken(
    client: httpx.AsyncClient, units: UnitsOfWork, draft: Application, data: bytes, media_type: str
) -> None:
    assert (await send(client, draft, data)).status_code == 303
    assert [document.media_type for document in await documents(units)] == [media_type]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"hello", "wrong_type"),
        (b"GIF89a" + bytes(100), "wrong_type"),
        (b"<svg onload=alert(1)>", "wrong_type"),
        (b"MZ" + bytes(500), "wrong_type"),
        (b"\xff\xd8\xff garbage", "unreadable"),
        (b"\x89PNG\r\n\x1a\n garbage", "unreadable"),
        (b"RIFF\x00\x00\x00\x00WEBP garbage", "unreadable"),
        (png_of(10_000, 10_000), "too_large_pixels"),
        (png_of(60_000, 60_000), "too_large_pixels"),
    ],
)
@pytest.mark.parametrize("htmx", [False, True])
async def test_a_bad_file_is_refused_at_once_and_nothing_is_lost(
    client: httpx.AsyncClient, units: UnitsOfWork, draft: Application, data: bytes, reason: str, htmx: bool
) -> None:
    await send(client, draft, picture())
    answer = await send(client, draft, data, **(HTMX if htmx else {}))
    assert answer.status_code == 422
    assert refusal_sentence("id_front", reason) in answer.text
    assert ("<html" in answer.text) is not htmx
    assert 'id="upload"' in answer.text
    (document,) = await documents(units)
    assert document.state is DocumentState.UPLOADED
    kind, told = (await history(units, draft))[-1]
    assert (kind, told) == (EventKind.DOCUMENT_REFUSED, {"slot": "id_front", "reason": reason})


async def test_no_file_at_all(client: httpx.AsyncClient, draft: Application) -> None:
    answer = await client.post(path(draft), files={"other": ("", b"")})
    assert answer.status_code == 422
    assert refusal_sentence("id_front", "missing") in answer.text


@pytest.mark.parametrize("size", [MAX_UPLOAD + 1, 60 * 1024 * 1024])
async def test_a_file_that_is_too_large(
    client: httpx.AsyncClient, units: UnitsOfWork, draft: Application, size: int
) -> None:
    answer = await send(client, draft, b"\xff\xd8\xff" + bytes(size - 3))
    assert answer.status_code == 413
    assert TooLarge.public in answer.text
    assert await documents(units) == []


async def test_the_same_photo_sent_twice_is_one_document(
    client: httpx.AsyncClient, units: UnitsOfWork, draft: Application
) -> None:
    data = picture()
    answers = await asyncio.gather(*(send(client, draft, data) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {303}
    assert len(await documents(units)) == 1


async def test_a_better_photo_replaces_the_first_also_from_the_same_page(
    client: httpx.AsyncClient, units: UnitsOfWork, draft: Application
) -> None:
    await send(client, draft, picture())
    await send(client, draft, picture(colour=(10, 20, 30)))
    assert [document.state for document in await documents(units)] == [DocumentState.REPLACED, DocumentState.UPLOADED]


async def test_htmx_is_told_where_to_go(client: httpx.AsyncClient, draft: Application) -> None:
    answer = await send(client, draft, picture(), **HTMX)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, f"/applications/{draft.reference}/chat")


async def test_only_the_three_questions_take_documents(client: httpx.AsyncClient, draft: Application) -> None:
    assert (await send(client, draft, picture(), slot="passport")).status_code == 404


async def test_somebody_elses_application_is_not_found(
    client: httpx.AsyncClient, units: UnitsOfWork, draft: Application
) -> None:
    other = await make_draft(units)
    assert (await send(client, other, picture())).status_code == 404
    assert await documents(units) == []


async def test_a_stranger_is_sent_to_sign_in(client: httpx.AsyncClient, draft: Application) -> None:
    client.cookies.clear()
    assert (await client.get(path(draft) + "/card")).headers["location"] == "/start"


async def test_without_the_token_nothing_is_taken(
    client: httpx.AsyncClient, units: UnitsOfWork, draft: Application
) -> None:
    client.headers.pop("X-CSRF-Token")
    assert (await send(client, draft, picture())).status_code == 403
    assert await documents(units) == []


async def test_nobody_keeps_the_readers_busy(
    client: httpx.AsyncClient, draft: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.documents.controllers._UPLOADS", "2/hour")
    answers = [await send(client, draft, picture(colour=(shade, 0, 0))) for shade in (1, 2, 3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_another_application_brings_no_other_limit(
    client: httpx.AsyncClient, draft: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.documents.controllers._UPLOADS", "1/hour")
    assert (await send(client, draft, picture())).status_code == 303
    await client.post(f"/applications/{draft.reference}/withdraw")
    another = (await client.post("/applications")).headers["location"].split("/")[2]
    assert another != draft.reference
    base = f"/applications/{another}/documents/id_front"
    assert (await client.post(base, files={"file": ("photo.jpg", picture(), "image/jpeg")})).status_code == 429
    assert (await client.post(f"{base}/uploads", headers={"Upload-Length": "9"})).status_code == 429


async def test_after_submission_nothing_changes(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings
) -> None:
    application = await make_submitted(units)
    await sign_in(client, units, settings, application.applicant_id)
    before = len(await documents(units))
    for data in (picture(), b"no picture"):
        assert (await send(client, application, data)).status_code == 409
    assert len(await documents(units)) == before
    async with units.begin() as uow:
        told = await uow.session.exec(select(Event).where(Event.kind == EventKind.DOCUMENT_REFUSED))
        assert told.all() == []
