"""What arrives with a request, as the server hands it over: slow, huge, cut off, unwanted."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar

from portal.db.models import Application
from portal.db.uow import UnitsOfWork
from portal.settings import Settings
from portal.testing.factories import make_draft
from portal.testing.phone import sign_in
from portal.web import bodies
from portal.web.auth import csrf_token
from portal.web.forms import MOST_TEXT, BadForm

PIECES = [b"value=", b"50000", b"&_key=k"]
FORM = "application/x-www-form-urlencoded"


class Server:
    """Calls the app as an ASGI server does, and writes down what happens in which order."""

    def __init__(self, app: Litestar, session_id: str, path: str) -> None:
        token = csrf_token(session_id, app.state.settings)
        headers = {"cookie": f"xindai={session_id}", "x-csrf-token": token, "content-type": FORM}
        self.scope: dict[str, Any] = {
            "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "http_version": "1.1", "scheme": "http", "server": ("portal.test", 80), "client": ("127.0.0.1", 1),
        }  # fmt: skip
        self.app = app
        self.happened: list[str] = []
        self.status = 0
        self.text = ""

    async def post(self, messages: AsyncIterator[dict[str, Any]]) -> None:
        """Send the body's messages; the answer is in `status` and `text`."""

        async def receive() -> dict[str, Any]:
            message = await anext(messages)
            self.happened = [*self.happened[-9:], f"body {message.get('body', b'')[:20].decode(errors='replace')}"]
            return message

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.happened.append("answer")
                self.status = message["status"]
            else:
                self.text += message.get("body", b"").decode()
                if not message.get("more_body", False):
                    self.happened.append("end")

        await self.app(self.scope, receive, send)  # type: ignore[arg-type]


async def pieces() -> AsyncIterator[dict[str, Any]]:
    for left, piece in zip(range(len(PIECES) - 1, -1, -1), PIECES, strict=True):
        yield {"type": "http.request", "body": piece, "more_body": left > 0}


@pytest.fixture
async def draft(client: httpx.AsyncClient, units: UnitsOfWork) -> Application:
    """The draft of the person who is signed in."""
    application = await make_draft(units)
    await sign_in(client, units, application.applicant_id)
    return application


@pytest.fixture
def session_id(client: httpx.AsyncClient, draft: Application) -> str:
    return client.cookies["xindai"]


def answers(draft: Application) -> str:
    return f"/applications/{draft.reference}/answers/amount"


@pytest.mark.parametrize(("path", "status"), [(None, 403), ("/nowhere", 404), ("/applications/x/chat", 405)])
async def test_a_refusal_leaves_at_once_and_ends_with_the_body(
    app: Litestar, session_id: str, draft: Application, path: str | None, status: int
) -> None:
    """A server resets a connection with unread data: the browser would show an error of its own."""
    server = Server(app, "A" * 43, path or answers(draft))
    server.scope["headers"] = []
    await server.post(pieces())
    assert server.happened == ["answer", "body value=", "body 50000", "body &_key=k", "end"]
    assert server.status == status
    assert "</html>" in server.text


async def test_a_slow_body_holds_no_connection_of_the_database(
    app: Litestar, session_id: str, draft: Application
) -> None:
    pool = app.state.units.sessions.kw["bind"].pool
    held = []

    async def slowly() -> AsyncIterator[dict[str, Any]]:
        async for piece in pieces():
            await asyncio.sleep(0)
            held.append(pool.checkedout())
            yield piece

    server = Server(app, session_id, answers(draft))
    await server.post(slowly())
    assert held == [0, 0, 0]
    assert server.status == 303


async def test_a_body_that_never_ends_is_answered(
    app: Litestar, session_id: str, draft: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "SECONDS", 0.05)

    async def stuck() -> AsyncIterator[dict[str, Any]]:
        yield {"type": "http.request", "body": b"value=", "more_body": True}
        await asyncio.Event().wait()

    server = Server(app, session_id, answers(draft))
    await server.post(stuck())
    assert server.status == 408
    assert bodies.TooSlow.public in server.text


async def test_a_client_that_leaves_is_no_fault_of_ours(app: Litestar, session_id: str, draft: Application) -> None:
    async def left() -> AsyncIterator[dict[str, Any]]:
        yield {"type": "http.request", "body": b"value=", "more_body": True}
        yield {"type": "http.disconnect"}

    server = Server(app, session_id, answers(draft))
    await server.post(left())
    assert server.status == 400


async def test_text_is_bounded_before_it_is_parsed(client: httpx.AsyncClient, draft: Application) -> None:
    token = csrf_token(client.cookies["xindai"], client._transport.app.state.settings)  # type: ignore[attr-defined]
    body = b"a=1&" * (MOST_TEXT // 4 + 1)
    answer = await client.post(answers(draft), content=body, headers={"x-csrf-token": token, "content-type": FORM})
    assert answer.status_code == 422
    assert "内容太长" in answer.text


def multipart(head: bytes, megabytes: int) -> AsyncIterator[dict[str, Any]]:
    """A form in many messages whose last part is so long."""

    async def messages() -> AsyncIterator[dict[str, Any]]:
        yield {"type": "http.request", "body": b"--b\r\nContent-Disposition: form-data; " + head, "more_body": True}
        for _ in range(megabytes * 16):
            yield {"type": "http.request", "body": bytes(64 * 1024), "more_body": True}
        yield {"type": "http.request", "body": b"\r\n--b--\r\n", "more_body": False}

    return messages()


PHOTO = b'name="file"; filename="photo.jpg"\r\n\r\n\xff\xd8\xff\xe0'


@pytest.mark.parametrize(
    ("path", "head", "megabytes", "status", "megabytes_at_most"),
    [
        # The store takes it in parts of 5 MB.
        ("documents/income_proof", b'name="file"; filename="a.pdf"\r\n\r\n%PDF-1.7', 19, 303, 8),
        ("documents/id_front", PHOTO, 20, 413, 4),
        ("documents/id_front", PHOTO, 1024, 413, 4),
        ("documents/id_front", b'name="value"\r\n\r\n', 500, 422, 4),
        ("answers/amount", b'name="value"\r\n\r\n', 500, 422, 4),
        ("answers/amount", PHOTO, 500, 422, 4),
    ],
)
async def test_a_body_of_any_size_takes_little_memory(
    app: Litestar,
    session_id: str,
    draft: Application,
    path: str,
    head: bytes,
    megabytes: int,
    status: int,
    megabytes_at_most: int,
) -> None:
    """A second time, so that what the first request loads and caches doesn't count."""
    statuses = []
    for traced in (False, True):
        server = Server(app, session_id, f"/applications/{draft.reference}/{path}")
        server.scope["headers"].append((b"content-type", b"multipart/form-data; boundary=b"))
        server.scope["headers"] = [one for one in server.scope["headers"] if one != (b"content-type", FORM.encode())]
        if traced:
            tracemalloc.start()
        try:
            await server.post(multipart(head, megabytes if traced else 0))
            assert tracemalloc.get_traced_memory()[1] < megabytes_at_most * 1024 * 1024
        finally:
            tracemalloc.stop()
        statuses.append(server.status)
    assert statuses[-1] == status


@pytest.mark.parametrize("charset", ["idna", "punycode", "utf-7", "unicode_escape", "hex", "nonsense"])
async def test_only_the_encoding_of_browsers_is_decoded(
    client: httpx.AsyncClient, settings: Settings, draft: Application, charset: str
) -> None:
    """Whoever sends names no encoding of ours: two of Python's take half a minute for a megabyte."""
    parts = {"_csrf": csrf_token(client.cookies["xindai"], settings), "value": "5"}
    form = {name: (None, value, f"text/plain; charset={charset}") for name, value in parts.items()}
    answer = await client.post(answers(draft), files=form)
    assert (answer.status_code, BadForm.public in answer.text) == (400, True)
    named = {name: (None, value, "text/plain; charset=UTF-8") for name, value in (parts | {"_key": "k"}).items()}
    assert (await client.post(answers(draft), files=named)).status_code == 422  # five yuan are too few


async def test_a_token_sent_as_a_file_is_no_token(client: httpx.AsyncClient, draft: Application) -> None:
    answer = await client.post(answers(draft), files={"_csrf": ("token", b"x")})
    assert answer.status_code == 403


@pytest.mark.parametrize("reference", ["%00", "a%00b", "%0d%0aX-Evil:%201", "%1b[2J"])
async def test_an_address_with_control_characters_is_not_found(
    client: httpx.AsyncClient, draft: Application, reference: str
) -> None:
    for path in (f"/applications/{reference}/chat", f"/applications/{reference}/answers/name", f"/static/{reference}"):
        for headers in ({}, {"HX-Request": "true"}):
            answer = await client.get(path, headers=headers)
            assert answer.status_code == 404
            assert "x-evil" not in answer.headers
    assert (await client.get(f"/applications/{draft.reference}/chat", params={"edit": "\x00"})).status_code == 404


async def test_a_name_no_disk_can_hold_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"/static/css/{'a' * 300}")).status_code == 404


async def test_an_address_is_quoted_for_htmx(client: httpx.AsyncClient) -> None:
    answer = await client.get("/applications/张/answers/name", headers={"HX-Request": "true"})
    assert answer.headers["hx-redirect"] == "/applications/%E5%BC%A0/chat"


async def test_a_broken_referer_leads_home(client: httpx.AsyncClient) -> None:
    answer = await client.get("/preferences/language?to=en", headers={"Referer": "http://["})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
