"""From the bytes somebody sent to upright pictures of at most 2000 px. Runs in the child process only.

What a file is is told by its first bytes; how many pixels it has is read from its header and bounded before anything is
decoded. All metadata stays behind.
"""

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pillow_heif
import pypdfium2
from numpy.typing import NDArray
from PIL import Image, ImageOps

from workers.ocr.quality import MAX_PAGES, MAX_PIXELS, Refused
from workers.ocr.reading import Page

Pixels = NDArray[np.uint8]  # height × width × 3, blue first, as OpenCV and PaddleOCR have it

LONG_SIDE = 2000
_THUMBNAIL = 320
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"}

# What Pillow's decoders answer damaged or hostile bytes with.
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, TypeError, ArithmeticError, LookupError, RuntimeError)

pillow_heif.register_heif_opener()
# Our own bound is checked first, on the header; Pillow's is a warning below it.
Image.MAX_IMAGE_PIXELS = None


def decode(data: bytes) -> Iterator[Pixels]:
    """The pages of a photo or PDF, one at a time; Refused with the reason."""
    if not data:
        raise Refused("empty")
    format_ = _sniff(data)
    if format_ == "PDF":
        yield from _pdf_pages(data)
    else:
        yield _picture(data, format_)


def encode(pixels: Pixels) -> Page:
    """The page as it will be kept."""
    picture = Image.fromarray(np.ascontiguousarray(pixels[:, :, ::-1]))
    return Page(picture.width, picture.height, _jpeg(picture, 88))


def thumbnail(pixels: Pixels) -> bytes:
    """A small JPEG for lists."""
    picture = Image.fromarray(np.ascontiguousarray(pixels[:, :, ::-1]))
    picture.thumbnail((_THUMBNAIL, _THUMBNAIL))
    return _jpeg(picture, 80)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _sniff(data: bytes) -> str:
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "HEIF"
    # ISO 32000 lets a few bytes stand before the header; readers look at the first 1024.
    if b"%PDF-" in data[:1024]:
        return "PDF"
    raise Refused("wrong_type")


def _picture(data: bytes, format_: str) -> Pixels:
    try:
        with Image.open(BytesIO(data), formats=[format_]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Refused("too_large_pixels")
            # A JPEG can be decoded at 1/2, 1/4 or 1/8 for nothing; other formats ignore this.
            picture.draft("RGB", (LONG_SIDE, LONG_SIDE))
            return _upright(picture)
    except MemoryError:
        raise Refused("too_large_pixels") from None
    except _BROKEN:
        raise Refused("unreadable") from None


def _upright(picture: Image.Image) -> Pixels:
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        wide = np.asarray(upright, np.float64)
        upright = Image.fromarray((wide / max(wide.max(), 1.0) * 255).astype(np.uint8))
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        layer = upright.convert("RGBA")
        upright = Image.new("RGB", layer.size, "white")
        upright.paste(layer, mask=layer.getchannel("A"))
    upright = upright.convert("RGB")
    upright.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return np.ascontiguousarray(np.asarray(upright)[:, :, ::-1])


def _pdf_pages(data: bytes) -> Iterator[Pixels]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) in (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY)
        raise Refused("encrypted_pdf" if locked else "unreadable") from None
    try:
        count = len(document)
        if count > MAX_PAGES:
            raise Refused("too_many_pages")
        if count == 0:
            raise Refused("unreadable")
        for number in range(count):
            yield _pdf_page(document, number)
    finally:
        document.close()


def _pdf_page(document: pypdfium2.PdfDocument, number: int) -> Pixels:
    try:
        page = document[number]
        width, height = page.get_size()
        if min(width, height) < 1:
            raise Refused("unreadable")
        # Forms and annotations (may_draw_forms) need a form environment, which is never made: no script can run.
        bitmap = page.render(scale=LONG_SIDE / max(width, height), may_draw_forms=False, rev_byteorder=False)
        return np.ascontiguousarray(bitmap.to_numpy()[:, :, :3])
    except (pypdfium2.PdfiumError, ValueError):
        raise Refused("unreadable") from None
    except MemoryError:
        raise Refused("too_large_pixels") from None
