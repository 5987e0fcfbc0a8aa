"""What a page loads: packed, cached by its content's name, and nothing else of the checkout."""

import json
import re

import brotli
import httpx
import pytest

from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.settings import ROOT
from portal.testing.factories import make_draft
from portal.testing.intake import CARD, answer_until
from portal.testing.phone import sign_in
from portal.web.packing import choose_encoding, pack, pack_page
from portal.web.templating import static_url

_LIMIT = 100 * 1024
"""Bytes of the first page with everything it loads, compressed (phone-ux.md)."""

_TURN = 6 * 1024
"""Bytes of the answer to a turn."""


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0", "gzip"),
        ("deflate, gzip", "gzip"),
        ("GZIP", "gzip"),
        ("identity", ""),
        ("", ""),
    ],
)
def test_the_browser_says_what_it_takes(accepted: str, encoding: str) -> None:
    assert choose_encoding(accepted) == encoding


def test_a_small_page_stays_as_it_is() -> None:
    assert pack_page("short", "br") == (b"short", "")
    body, encoding = pack_page("信贷" * 1000, "br")
    assert encoding == "br"
    assert brotli.decompress(body).decode() == "信贷" * 1000
    assert pack(b"x" * 1000, "gzip")[:2] == b"\x1f\x8b"


async def test_a_file_is_kept_for_ever_under_its_contents_name_only(client: httpx.AsyncClient) -> None:
    named = await client.get(static_url("js/forms.js"))
    assert named.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert named.headers["content-type"] == "text/javascript; charset=utf-8"
    assert named.content == (ROOT / "static" / "js" / "forms.js").read_bytes()
    for other in ("/static/js/forms.js", "/static/js/forms.js?v=0123456789"):
        assert (await client.get(other)).headers["cache-control"] == "no-cache"


async def test_nothing_else_of_the_checkout_is_served(client: httpx.AsyncClient) -> None:
    for path in (
        "/static/../pyproject.toml",
        "/static/%2e%2e/pyproject.toml",
        "/static/js",
        "/static/js/vendor.mjs",
        "/static/vendor/fonts/NotoSansSC_400Regular.ttf",
        "/static//etc/passwd",
        "/static/js/nothing.js",
    ):
        assert (await client.get(path)).status_code == 404, path


@pytest.mark.parametrize("path", ["/", "/start"])
async def test_the_first_page_is_small(client: httpx.AsyncClient, path: str) -> None:
    """All of it as it goes over the line, with headers; the browser asks for the stylesheet's own files, too."""
    page = await client.get(path, headers={"Accept-Encoding": "br"})
    loaded = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert any("app.css" in address for address in loaded)
    sizes = {path: _weight(page)}
    for address in loaded:
        sizes[address] = _weight(await client.get(address, headers={"Accept-Encoding": "br"}))
    assert sum(sizes.values()) <= _LIMIT, sizes


async def test_the_site_is_an_app_that_apologises_without_a_line(client: httpx.AsyncClient) -> None:
    manifest = await client.get("/static/manifest.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"
    for icon in manifest.json()["icons"]:
        answer = await client.get(icon["src"])
        assert answer.headers["content-type"] == icon["type"]
    worker = await client.get("/service-worker.js")
    assert (worker.status_code, worker.headers["cache-control"]) == (200, "no-cache")
    page = await client.get("/offline")
    assert "网络断开了" in page.text
    assert "_csrf" not in page.text
    assert "csrf" not in page.text.lower()


def test_the_manifest_has_the_papers_colour() -> None:
    tokens = (ROOT / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
    paper = re.search(r"--paper: (#\w+);", tokens)
    assert paper is not None
    manifest = json.loads((ROOT / "static" / "manifest.webmanifest").read_text(encoding="utf-8"))
    assert {manifest["background_color"], manifest["theme_color"]} == {paper[1]}


def _weight(answer: httpx.Response) -> int:
    """Bytes on the line."""
    head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    return head + int(answer.headers["content-length"])


async def test_a_turns_reply_is_small(client: httpx.AsyncClient, units: UnitsOfWork, files: FileStore) -> None:
    """At the end of the conversation, where it brings the longest transcript along, and at the consents' full text."""
    draft = await make_draft(units)
    phone = await sign_in(client, units, draft.applicant_id)
    await answer_until(units, files, draft, "other_debt")
    await phone.open(f"/applications/{draft.reference}/chat")
    for slot, value in (("other_debt", "0"), ("bank_card", CARD)):
        answer = await client.post(
            f"/applications/{draft.reference}/answers/{slot}",
            data={**phone.hidden, "_key": slot, "value": value},
            headers={"HX-Request": "true", "Accept-Encoding": "br"},
        )
        assert answer.status_code == 200
        assert 'id="chat"' in answer.text
        assert _weight(answer) <= _TURN, slot
