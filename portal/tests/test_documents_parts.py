"""A file in pieces: lines that drop, answers that are lost, other people's uploads, a day that passes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar
from PIL import Image
from sqlmodel import col, select

from portal.db.models import Application, Document, DocumentState, Event, UnfinishedUpload
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore, get_sealed, original_key
from portal.documents.parts import LIFE, PIECE_BYTES, drop_expired_uploads
from portal.documents.wording import refusal_sentence
from portal.domain.events import EventKind
from portal.settings import MAX_UPLOAD, Settings
from portal.testing.cases import make_submitted, sign_in
from portal.testing.factories import make_draft

HTMX = {"HX-Request": "true"}
PIECE = "application/partial-upload"


def noise(width: int, height: int) -> bytes:
    """A photograph that doesn't compress."""
    buffer = BytesIO()
    Image.effect_noise((width, height), 80).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


PHOTO = noise(600, 400)


@pytest.fixture
async def draft(client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings) -> Application:
    """The draft of the person who is signed in."""
    application = await make_draft(units)
    await sign_in(client, units, settings, application.applicant_id)
    return application


class Sender:
    """A browser that sends one file in pieces."""

    def __init__(self, client: httpx.AsyncClient, application: Application, slot: str = "id_front") -> None:
        self.client = client
        self.path = f"/applications/{application.reference}/documents/{slot}/uploads"
        self.where = ""

    async def begin(self, size: int) -> httpx.Response:
        answer = await self.client.post(self.path, headers={"Upload-Length": str(size), **HTMX})
        self.where = answer.headers.get("location", "")
        return answer

    async def append(self, offset: int, data: bytes, **headers: str) -> httpx.Response:
        sent = {"Upload-Offset": str(offset), "Content-Type": PIECE, **HTMX, **headers}
        return await self.client.patch(self.where, content=data, headers=sent)

    async def look(self) -> httpx.Response:
        return await self.client.head(self.where)


@pytest.fixture
def sender(client: httpx.AsyncClient, draft: Application) -> Sender:
    return Sender(client, draft)


def standing(answer: httpx.Response) -> tuple[int, str, str]:
    return answer.status_code, answer.headers["upload-offset"], answer.headers["upload-complete"]


async def documents(units: UnitsOfWork) -> list[Document]:
    async with units.begin() as uow:
        return list(await uow.session.exec(select(Document).order_by(col(Document.created_at))))


async def rows(units: UnitsOfWork) -> list[UnfinishedUpload]:
    async with units.begin() as uow:
        return list(await uow.session.exec(select(UnfinishedUpload)))


def kept(settings: Settings) -> list[Path]:
    """The pieces in storage."""
    return [file for file in (Path(settings.home) / "files" / "uploads").rglob("*") if file.is_file()]


async def test_pieces_become_the_document_that_a_form_would_make(
    units: UnitsOfWork, files: FileStore, settings: Settings, draft: Application, sender: Sender
) -> None:
    begun = await sender.begin(len(PHOTO))
    assert standing(begun) == (201, "0", "?0")
    assert begun.headers["upload-limit"] == f"max-append-size={PIECE_BYTES}, max-age=86400"
    cut = len(PHOTO) // 3
    assert standing(await sender.append(0, PHOTO[:cut])) == (204, str(cut), "?0")
    assert standing(await sender.look()) == (204, str(cut), "?0")
    (piece,) = kept(settings)
    assert PHOTO[:64] not in piece.read_bytes()
    answer = await sender.append(cut, PHOTO[cut:])
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, f"/applications/{draft.reference}/chat")
    (document,) = await documents(units)
    assert (document.state, document.media_type, document.size_bytes) == (
        DocumentState.UPLOADED,
        "image/jpeg",
        len(PHOTO),
    )
    async with units.begin() as uow:
        assert await get_sealed(uow, files, draft.applicant_id, original_key(document.id)) == PHOTO
    assert kept(settings) == []


async def test_a_lost_answer_costs_no_piece(units: UnitsOfWork, draft: Application, sender: Sender) -> None:
    await sender.begin(len(PHOTO))
    await sender.append(0, PHOTO[:5000])
    again = await sender.append(0, PHOTO[:5000])
    assert standing(again) == (409, "5000", "?0")
    assert again.headers["content-type"] == "application/problem+json"
    assert again.json()["expected-offset"] == 5000
    await sender.append(5000, PHOTO[5000:])
    for answer in (await sender.look(), await sender.append(5000, PHOTO[5000:])):
        assert standing(answer)[1:] == (str(len(PHOTO)), "?1")
    assert len(await documents(units)) == 1


async def test_the_same_piece_at_once_is_kept_once(units: UnitsOfWork, draft: Application, sender: Sender) -> None:
    await sender.begin(len(PHOTO))
    answers = await asyncio.gather(*(sender.append(0, PHOTO) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [204, 409, 409]
    assert len(await documents(units)) == 1


async def test_a_line_that_drops_leaves_what_arrived(
    app: Litestar, client: httpx.AsyncClient, draft: Application, sender: Sender
) -> None:
    await sender.begin(len(PHOTO))

    async def dropping() -> AsyncIterator[dict[str, Any]]:
        yield {"type": "http.request", "body": PHOTO[:7000], "more_body": True}
        yield {"type": "http.request", "body": PHOTO[7000:9000], "more_body": True}
        while True:
            yield {"type": "http.disconnect"}

    request = client.build_request(
        "PATCH", sender.where, headers={"Upload-Offset": "0", "Content-Type": PIECE, "Content-Length": str(len(PHOTO))}
    )
    messages = dropping()

    async def receive() -> dict[str, Any]:
        return await anext(messages)

    async def send(message: dict[str, Any]) -> None:
        """Nobody listens."""

    path = request.url.path
    scope: Any = {
        "type": "http", "method": "PATCH", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "http_version": "1.1", "scheme": "http", "server": ("portal.test", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    await app(scope, receive, send)  # type: ignore[arg-type]
    assert standing(await sender.look()) == (204, "9000", "?0")
    assert (await sender.append(9000, PHOTO[9000:])).headers["hx-redirect"]


@pytest.mark.parametrize(
    ("size", "status", "reason"), [(MAX_UPLOAD + 1, 413, "too_large"), (10**14, 413, "too_large"), (0, 422, "empty")]
)
async def test_what_is_too_large_is_refused_before_it_is_sent(
    units: UnitsOfWork, sender: Sender, size: int, status: int, reason: str
) -> None:
    answer = await sender.begin(size)
    assert answer.status_code == status
    assert refusal_sentence("id_front", reason) in answer.text
    assert await rows(units) == []


async def test_what_is_no_photo_is_refused_at_its_first_piece(
    units: UnitsOfWork, settings: Settings, draft: Application, sender: Sender
) -> None:
    await sender.begin(MAX_UPLOAD)
    answer = await sender.append(0, b"MZ" + bytes(8000))
    assert answer.status_code == 422
    assert refusal_sentence("id_front", "wrong_type") in answer.text
    assert 'id="upload"' in answer.text
    assert (await sender.look()).status_code == 404
    assert (await rows(units), kept(settings)) == ([], [])
    async with units.begin() as uow:
        told = (await uow.session.exec(select(Event).where(Event.kind == EventKind.DOCUMENT_REFUSED))).one()
    assert told.data == {"slot": "id_front", "reason": "wrong_type"}


async def test_what_is_broken_is_refused_with_its_last_piece(
    units: UnitsOfWork, settings: Settings, sender: Sender
) -> None:
    await sender.begin(10)
    assert (await sender.append(0, b"\xff\xd8\xff")).status_code == 204
    answer = await sender.append(3, b"garbage")
    assert answer.status_code == 422
    assert refusal_sentence("id_front", "unreadable") in answer.text
    assert (await rows(units), kept(settings), await documents(units)) == ([], [], [])


@pytest.mark.parametrize(
    ("offset", "data", "headers", "status"),
    [
        (0, bytes(PIECE_BYTES + 1), {}, 413),
        (0, PHOTO + b"more", {}, 422),
        (5, b"abc", {}, 409),
        (0, b"abc", {"Content-Type": "image/jpeg"}, 400),
        (0, b"abc", {"Upload-Offset": "-1"}, 400),
        (0, b"abc", {"Upload-Offset": "٣"}, 400),
        (0, b"abc", {"X-CSRF-Token": "x"}, 403),
    ],
)
async def test_a_piece_that_does_not_fit_changes_nothing(
    sender: Sender, offset: int, data: bytes, headers: dict[str, str], status: int
) -> None:
    await sender.begin(len(PHOTO))
    raw = {name: value.encode() if not value.isascii() else value for name, value in headers.items()}
    assert (await sender.append(offset, data, **raw)).status_code == status  # type: ignore[arg-type]
    assert standing(await sender.look()) == (204, "0", "?0")


async def test_a_new_file_takes_the_old_ones_place(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings, draft: Application, sender: Sender
) -> None:
    """That is the quota, too: one a question."""
    await sender.begin(len(PHOTO))
    await sender.append(0, PHOTO[:5000])
    another = Sender(client, draft)
    await another.begin(len(PHOTO))
    assert (await sender.append(5000, PHOTO[5000:])).status_code == 404
    assert kept(settings) == []
    assert [row.offset for row in await rows(units)] == [0]


async def test_cancelled_is_gone(client: httpx.AsyncClient, settings: Settings, sender: Sender) -> None:
    await sender.begin(len(PHOTO))
    await sender.append(0, PHOTO[:5000])
    assert (await client.delete(sender.where)).status_code == 204
    assert kept(settings) == []
    assert (await sender.look()).status_code == 404
    assert (await client.delete(sender.where)).status_code == 404


async def test_an_upload_is_its_owners_alone(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings, draft: Application, sender: Sender
) -> None:
    await sender.begin(len(PHOTO))
    elsewhere = Sender(client, draft, "id_back")
    elsewhere.where = sender.where.replace("id_front", "id_back")
    assert (await elsewhere.look()).status_code == 404
    stranger = await make_draft(units)
    await sign_in(client, units, settings, stranger.applicant_id)
    mine = Sender(client, stranger)
    mine.where = sender.where.replace(draft.reference, stranger.reference)
    for theirs in (sender, mine):
        assert (await theirs.look()).status_code == 404
        assert (await theirs.append(0, PHOTO)).status_code == 404
        assert (await client.delete(theirs.where)).status_code == 404
    assert (await sender.begin(10)).status_code == 404
    assert len(await rows(units)) == 1


async def test_after_submission_nothing_begins(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings
) -> None:
    application = await make_submitted(units)
    await sign_in(client, units, settings, application.applicant_id)
    assert (await Sender(client, application).begin(10)).status_code == 409


async def test_what_nobody_finished_goes_after_a_day(
    client: httpx.AsyncClient,
    units: UnitsOfWork,
    files: FileStore,
    settings: Settings,
    draft: Application,
    sender: Sender,
) -> None:
    await sender.begin(len(PHOTO))
    await sender.append(0, PHOTO[:5000])
    fresh = Sender(client, draft, "id_back")
    await fresh.begin(len(PHOTO))
    async with units.begin() as uow:
        (old,) = await uow.session.exec(select(UnfinishedUpload).where(UnfinishedUpload.slot == "id_front"))
        old.created_at -= LIFE + timedelta(seconds=1)
    assert (await sender.look()).status_code == 404
    assert await drop_expired_uploads(units, files) == 1
    assert kept(settings) == []
    assert [row.slot for row in await rows(units)] == ["id_back"]
    sender.where = f"{sender.path}/{uuid4()}"
    assert (await sender.look()).status_code == 404
