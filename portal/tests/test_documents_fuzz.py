"""The upload path under files and bodies that nobody should send: an answer with a sentence, never a fault."""

from io import BytesIO
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from portal.db.models import Application
from portal.db.uow import UnitsOfWork
from portal.settings import Settings
from portal.testing.cases import sign_in
from portal.testing.factories import make_draft
from portal.testing.fuzz import spoilt, unhurried

BOUNDARY = b"----xindai"


def _picture(format_: str) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (64, 40), (90, 120, 150)).save(buffer, format_)
    return buffer.getvalue()


FILES = (
    *(_picture(format_) for format_ in ("JPEG", "PNG", "WEBP")),
    b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(64),
    b"%PDF-1.7\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF",
)


def _part(disposition: bytes, content: bytes, more: bytes = b"") -> bytes:
    return b"--%s\r\nContent-Disposition: form-data; %s\r\n%s\r\n%s\r\n" % (BOUNDARY, disposition, more, content)


def _body(file: bytes) -> bytes:
    sent = _part(b'name="file"; filename="photo.jpg"', file, b"Content-Type: image/jpeg\r\n")
    return _part(b'name="_key"', b"k") + sent + b"--%s--\r\n" % BOUNDARY


BODIES = tuple(_body(file) for file in FILES)
WORDS = (
    *(
        b"--" + BOUNDARY,
        b"--" + BOUNDARY + b"--",
        b"\r\n\r\n",
        b"\r\n",
        b"\n",
        b"Content-Disposition: ",
        b"form-data; ",
    ),
    *(b'name="file"', b'filename="', b"filename*=utf-8''%ff", b'"', b";", b"Content-Type: text/html; charset=nonsense"),
    *(b"Content-Transfer-Encoding: base64\r\n", b"Content-Length: -1\r\n", b"\x80", "件".encode(), b"../../", b"%00"),
)
TYPES = (
    b"multipart/form-data; boundary=" + BOUNDARY,
    b"application/x-www-form-urlencoded; charset=utf-8",
    b"application/json",
)


@pytest.fixture
async def draft(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Application:
    """The draft of the person who is signed in, who may send as much as they like."""
    for limit in ("_UPLOADS", "_PIECES"):
        monkeypatch.setattr(f"portal.documents.controllers.{limit}", "100000000/hour")
    application = await make_draft(units)
    await sign_in(client, units, settings, application.applicant_id)
    return application


def _assert_answered(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        assert answer.text.strip()


@unhurried
@given(
    body=spoilt(BODIES, WORDS),
    type_=st.one_of(
        *[st.just(TYPES[0])] * 3,
        spoilt(TYPES, (b"boundary=", b"charset=", b";", b'"', b"multipart/mixed")),
    ),
)
async def test_no_body_upsets_the_form(
    client: httpx.AsyncClient, draft: Application, body: bytes, type_: bytes
) -> None:
    kind = bytes(b for b in type_ if b >= 0x20 and b != 0x7F)  # a server lets no other bytes through
    url = f"/applications/{draft.reference}/documents/id_front"
    _assert_answered(await client.post(url, content=body, headers={b"content-type": kind}))


@unhurried
@given(file=spoilt(FILES), cuts=st.lists(st.floats(0, 1), max_size=3))
async def test_no_file_in_pieces_upsets_the_upload(
    client: httpx.AsyncClient, draft: Application, file: bytes, cuts: list[float]
) -> None:
    base = f"/applications/{draft.reference}/documents/id_front/uploads/"
    begun = await client.post(base, headers={"Upload-Length": str(len(file))})
    _assert_answered(begun)
    if begun.status_code != 201:
        return
    ends = [*sorted(int(cut * len(file)) for cut in cuts), len(file)]
    start, answer = 0, begun
    for end in ends:
        answer = await _append(client, begun.headers["location"], file[start:end], start)
        _assert_answered(answer)
        start = end


_NUMBERS = st.integers(-2, 3000).map(str) | st.sampled_from(("", "x", "1e3", "９", "0x10", "9" * 400, "1, 2", " 1"))


@unhurried
@given(announced=_NUMBERS, offset=_NUMBERS, file=spoilt(FILES), complete=st.sampled_from(("?1", "?0", "", "x")))
async def test_no_header_upsets_the_upload(
    client: httpx.AsyncClient, draft: Application, announced: str, offset: str, file: bytes, complete: str
) -> None:
    base = f"/applications/{draft.reference}/documents/id_front/uploads/"
    begun = await client.post(base, headers={b"Upload-Length": announced.encode()})
    _assert_answered(begun)
    if begun.status_code == 201:
        where = begun.headers["location"]
        _assert_answered(await _append(client, where, file, offset, complete))
        _assert_answered(await client.head(where))
        _assert_answered(await client.delete(where))


async def _append(
    client: httpx.AsyncClient, where: str, data: bytes, offset: Any, complete: str = ""
) -> httpx.Response:
    headers = {b"Upload-Offset": str(offset).encode(), b"Content-Type": b"application/partial-upload"}
    if complete:
        headers[b"Upload-Complete"] = complete.encode()
    return await client.patch(where, content=data, headers=headers)
