"""Scripts, styles and pictures of ours: packed once, named by their content, cached for ever; and what makes the site
an app on a phone: its manifest, its service worker, the page it shows without a line.
"""

import asyncio
from functools import lru_cache
from pathlib import Path
from typing import Final

from litestar import Controller, Request, Response, get
from litestar.params import FromPath, FromQuery

from portal.domain.errors import NotFound
from portal.settings import ROOT
from portal.web.packing import Encoding, choose_encoding, pack
from portal.web.templating import Page, content_mark, render

_STATIC: Final = ROOT / "static"
_TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
}
"""What a page may ask for. Fonts are for contracts, licences for readers of the checkout."""
_PACKED: Final = frozenset({".css", ".js", ".svg", ".webmanifest"})
_FOR_EVER: Final = "public, max-age=31536000, immutable"


class AssetsController(Controller):
    """Nothing here is anybody's: no session is looked up."""

    @get("/static/{path:path}")
    async def serve(
        self,
        request: Request,  # type: ignore[type-arg]
        path: FromPath[str],
        v: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        """A file; kept for ever by the browser only under the name that its content gave it."""
        file = _locate(path)
        return await _answer(request, file, _FOR_EVER if v == content_mark(file) else "no-cache")

    @get("/service-worker.js")
    async def work_for(self, request: Request) -> Response[bytes]:  # type: ignore[type-arg]
        """At the root, because a worker serves only what lies beside and below it."""
        return await _answer(request, _locate("js/service-worker.js"), "no-cache")

    @get("/offline")
    async def apologise(self) -> Page:
        """What the service worker shows in the place of a page that it can't fetch."""
        return render("errors/offline.html", None)


def _locate(path: str) -> Path:
    file = (_STATIC / path.lstrip("/")).resolve()
    if not file.is_relative_to(_STATIC) or file.suffix not in _TYPES or not file.is_file():
        raise NotFound
    return file


async def _answer(request: Request, file: Path, caching: str) -> Response[bytes]:  # type: ignore[type-arg]
    encoding = choose_encoding(request.headers.get("accept-encoding", "")) if file.suffix in _PACKED else ""
    body = await asyncio.to_thread(_read, file, encoding)
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    if encoding:
        headers["Content-Encoding"] = encoding
    return Response(body, media_type=_TYPES[file.suffix], headers=headers)


def _read(file: Path, encoding: Encoding) -> bytes:
    return _packed(file, file.stat().st_mtime_ns, encoding)


@lru_cache(maxsize=256)
def _packed(file: Path, changed: int, encoding: Encoding) -> bytes:
    """`changed` makes a file that was built anew another one."""
    return pack(file.read_bytes(), encoding, best=True)
