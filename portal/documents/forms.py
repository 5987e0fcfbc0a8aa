"""An uploaded file, judged by its first bytes and its header only: nothing is decoded in the web process."""

import struct
import zlib
from collections.abc import AsyncIterable
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from PIL import Image, UnidentifiedImageError

from portal.documents.parts import PIECE_BYTES
from portal.documents.wording import refusal_sentence
from portal.domain.errors import Invalid, TooLarge
from portal.web.bodies import ClientLeft, read_chunks
from portal.web.forms import BadForm, FormFields

MAX_PIXELS = 50_000_000
HEAD = 256 * 1024
"""Bytes of a file's beginning that are looked at; cameras put their own notes before the size of a JPEG."""

SNIFFED = 4096
"""Bytes that are enough to refuse a file for what it is not."""
PIECE_TYPE = "application/partial-upload"

_DIGITS = 15  # of a structured field's integer, RFC 9651
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"})
_PILLOW = {"image/jpeg": "JPEG", "image/png": "PNG"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that may be kept. `media_type` is what the bytes are, whatever the browser called them."""

    pieces: AsyncIterable[bytes]
    media_type: str


class UploadRefused(Invalid):
    """The file can't be used; `reason` is an id of portal.documents.wording.REFUSALS."""

    def __init__(self, slot: str, reason: str) -> None:
        self.reason = reason
        super().__init__({"file": refusal_sentence(slot, reason)})
        self.status = 413 if reason == "too_large" else 422


async def read_upload(fields: FormFields, slot: str) -> Upload:
    """The form's `file`; raises UploadRefused."""
    file = fields.files.get("file")
    if file is None:
        raise UploadRefused(slot, "missing")
    if file.too_large:
        raise UploadRefused(slot, "too_large")
    return Upload(file.pieces(), judge(await read_head(file.pieces()), file.size, slot))


@dataclass(frozen=True, slots=True)
class Piece:
    """What arrived of a piece, and where in the file the sender says it begins."""

    offset: int
    data: bytes


async def receive_piece(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard: read the piece before any dependency runs, so that no transaction is open while a slow phone sends.

    A line that drops in the middle leaves what has arrived: it need not be sent again. Raises TooLarge or BadForm.
    """
    if not isinstance(connection, Request) or connection.content_type[0] != PIECE_TYPE:
        raise BadForm
    data = bytearray()
    with suppress(ClientLeft):
        async for chunk in read_chunks(connection):
            data += chunk
            if len(data) > PIECE_BYTES:
                raise TooLarge
    connection.scope["state"]["piece"] = Piece(read_number(connection, "upload-offset"), bytes(data))


def read_number(request: Request[Any, Any, Any], header: str) -> int:
    """A header's non-negative whole number; raises BadForm."""
    value = request.headers.get(header, "")
    if not (value.isascii() and value.isdigit() and len(value) <= _DIGITS):
        raise BadForm
    return int(value)


async def read_head(pieces: AsyncIterable[bytes]) -> bytes:
    """As much of the beginning as is needed to judge a file."""
    head = bytearray()
    async for piece in pieces:
        head += piece
        if len(head) >= HEAD:
            break
    return bytes(head[:HEAD])


def judge(head: bytes, size: int, slot: str) -> str:
    """The media type of a file of `size` bytes that begins like this; raises UploadRefused."""
    if not size:
        raise UploadRefused(slot, "empty")
    media_type = sniff(head)
    if media_type is None:
        raise UploadRefused(slot, "wrong_type")
    _check_header(head, media_type, slot, whole=len(head) == size)
    return media_type


def sniff(data: bytes) -> str | None:
    """The media type by magic bytes; None for anything that is not a photo or a PDF."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "image/heic"
    # ISO 32000 lets a few bytes stand before the header; readers look at the first 1024.
    return "application/pdf" if b"%PDF-" in data[:1024] else None


def _check_header(head: bytes, media_type: str, slot: str, *, whole: bool) -> None:
    """Refuse a bomb before anybody decodes it. HEIF and PDF have no cheap header: the reader's child bounds them, as it
    does a header that is longer than the beginning we look at."""
    if media_type == "image/webp":
        width, height = _webp_size(head, slot)
    elif media_type in _PILLOW:
        try:
            with Image.open(BytesIO(head), formats=[_PILLOW[media_type]]) as picture:
                width, height = picture.size
        except Image.DecompressionBombError:
            raise UploadRefused(slot, "too_large_pixels") from None
        # What Pillow's header parsers answer foreign bytes with.
        except (
            UnidentifiedImageError,
            OSError,
            ValueError,
            SyntaxError,
            EOFError,
            IndexError,
            KeyError,
            struct.error,
            zlib.error,
        ):
            if whole:
                raise UploadRefused(slot, "unreadable") from None
            return
    else:
        return
    if width * height > MAX_PIXELS:
        raise UploadRefused(slot, "too_large_pixels")


def _webp_size(head: bytes, slot: str) -> tuple[int, int]:
    """Width and height by RFC 9649, because Pillow reads the whole file to tell them; raises UploadRefused."""
    kind, body = head[12:16], head[20:30]
    if len(body) == 10 and kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if len(body) == 10 and kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if len(body) == 10 and kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    raise UploadRefused(slot, "unreadable")
