"""An uploaded file, judged by its first bytes and its header only: nothing is decoded in the web process."""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from portal.documents.wording import refusal_sentence
from portal.domain.errors import Invalid
from portal.web.forms import FormFields

MAX_PIXELS = 50_000_000

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"})
_PILLOW = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


@dataclass(frozen=True, slots=True)
class Upload:
    """`media_type` is what the bytes are, whatever the browser called them."""

    data: bytes
    media_type: str


class UploadRefused(Invalid):
    """The file can't be used; `reason` is an id of portal.documents.wording.REFUSALS."""

    def __init__(self, slot: str, reason: str) -> None:
        self.reason = reason
        super().__init__({"file": refusal_sentence(slot, reason)})
        self.status = 413 if reason == "too_large" else 422


async def read_upload(fields: FormFields, slot: str, most: int) -> Upload:
    """The form's `file`, of at most `most` bytes; raises UploadRefused."""
    file = fields.files.get("file")
    if file is None or (not file.filename and not file.file.seek(0, 2)):
        raise UploadRefused(slot, "missing")
    await file.seek(0)
    data = await file.read(most + 1)
    if len(data) > most:
        raise UploadRefused(slot, "too_large")
    if not data:
        raise UploadRefused(slot, "empty")
    media_type = sniff(data)
    if media_type is None:
        raise UploadRefused(slot, "wrong_type")
    _check_header(data, media_type, slot)
    return Upload(data, media_type)


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


def _check_header(data: bytes, media_type: str, slot: str) -> None:
    """Refuse a bomb before anybody decodes it. HEIF and PDF have no cheap header: the reader's child bounds them."""
    format_ = _PILLOW.get(media_type)
    if format_ is None:
        return
    try:
        with Image.open(BytesIO(data), formats=[format_]) as picture:
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
        raise UploadRefused(slot, "unreadable") from None
    if width * height > MAX_PIXELS:
        raise UploadRefused(slot, "too_large_pixels")
