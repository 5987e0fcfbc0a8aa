"""From the bytes somebody sent to upright pictures of at most 2000 px. Runs in the child process only.

What a file is is told by its first bytes; how many pixels it has is read from its header and bounded before anything is
decoded. All metadata stays behind.
"""

import math
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

import cv2
import numpy as np
import pillow_heif
import pypdfium2
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms

from workers.ocr.quality import MAX_PAGES, MAX_PIXELS, Refused
from workers.ocr.reading import Page

Pixels = NDArray[np.uint8]  # height × width × 3, blue first, as OpenCV and PaddleOCR have it

LONG_SIDE = 2000
_THUMBNAIL = 320
_MOST_SCANS = 200
_VISIBLE, _DARKEST, _WHITE = 128, 2, 230
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What Pillow's decoders answer damaged or hostile bytes with.
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,
    ArithmeticError,
    LookupError,
    RuntimeError,
    AttributeError,
    struct.error,
    zlib.error,
)

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


def shrink(pixels: Pixels, width: int, height: int) -> Pixels:
    """Halved without aliasing as often as that goes, then fitted: a sixth of the time of averaging areas at once."""
    while pixels.shape[1] >= 2 * width and pixels.shape[0] >= 2 * height:
        down, across = pixels.shape[0] // 2, pixels.shape[1] // 2
        even = pixels[: 2 * down, : 2 * across]
        pixels = np.asarray(cv2.resize(even, (across, down), interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(pixels, (width, height)), np.uint8)


def shrink_to(pixels: Pixels, long_side: int) -> Pixels:
    """At most so long; the same pixels when they are small enough."""
    scale = long_side / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    return shrink(pixels, *(max(1, round(side * scale)) for side in pixels.shape[1::-1]))


def encode(pixels: Pixels) -> Page:
    """The page as it will be kept."""
    return Page(pixels.shape[1], pixels.shape[0], _jpeg(pixels, 88))


def thumbnail(pixels: Pixels) -> bytes:
    """A small JPEG for lists."""
    return _jpeg(shrink_to(pixels, _THUMBNAIL), 80)


def _fit(pixels: Pixels, long_side: int) -> Pixels:
    height, width = pixels.shape[:2]
    scale = long_side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Areas are for making small; a phone's 4032 pixels come here as 2016, and lose nothing by the quick way.
    how = cv2.INTER_AREA if scale < 0.9 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8)


def _jpeg(pixels: Pixels, quality: int) -> bytes:
    done, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("a page of this shape can't be encoded")
    return bytes(encoded)


def is_pdf(data: bytes) -> bool:
    """ISO 32000 lets a few bytes stand before the header; readers look at the first 1024."""
    return b"%PDF-" in data[:1024]


def _sniff(data: bytes) -> str:
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if _is_heic(data):
        return "HEIF"
    if is_pdf(data):
        return "PDF"
    raise Refused("wrong_type")


def _is_heic(data: bytes) -> bool:
    """By the brands of ISO 23008-12; the container alone (mif1) may hold AVIF or JPEG 2000 as well."""
    if data[4:8] != b"ftyp":
        return False
    brands = data[8 : min(int.from_bytes(data[:4], "big"), 256)]
    return any(brands[at : at + 4] in _HEIC_BRANDS for at in range(0, len(brands), 4) if at != 4)


def _picture(data: bytes, format_: str) -> Pixels:
    """The first picture of an animation or a burst."""
    # A scan of a few bytes makes the decoder pass over every pixel again; cameras write one, editors about ten. In
    # compressed data no FF comes before DA, so nothing else is counted but what metadata hold by chance.
    if format_ == "JPEG" and data.count(b"\xff\xda") > _MOST_SCANS:
        raise Refused("unreadable")
    try:
        with Image.open(BytesIO(data), formats=[format_]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Refused("too_large_pixels")
            scale = min(1.0, LONG_SIDE / max(picture.size))
            # A JPEG can be decoded at 1/2, 1/4 or 1/8 for nothing; other formats ignore this.
            picture.draft("RGB", (max(1, int(picture.width * scale)), max(1, int(picture.height * scale))))
            return _upright(picture)
    except MemoryError:
        raise Refused("too_large_pixels") from None
    except _BROKEN:
        raise Refused("unreadable") from None


def _upright(picture: Image.Image) -> Pixels:
    turn = _TURNS.get(_orientation(picture))
    picture.load()
    plain = _to_rgb(picture)
    if turn is not None:
        plain = plain.transpose(turn)
    return _fit(np.asarray(cv2.cvtColor(np.asarray(plain), cv2.COLOR_RGB2BGR), np.uint8), LONG_SIDE)


def _orientation(picture: Image.Image) -> int:
    """EXIF's, 1 when it says nothing or can't be read: damaged metadata are no reason to refuse a picture."""
    try:
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except _BROKEN:
        return 1


def _to_rgb(picture: Image.Image) -> Image.Image:
    """Eight bits a colour, in sRGB where it names its own colours; what is transparent is white, and black under
    white print.
    """
    if picture.mode.startswith("I;16"):
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if "A" in picture.getbands() or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        picture = Image.new("RGB", layer.size, "black" if _is_light(layer) else "white")
        picture.paste(layer, mask=layer.getchannel("A"))
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "CMYK"):
        picture = _to_srgb(picture, profile)
    return picture.convert("RGB")


def _is_light(layer: Image.Image) -> bool:
    """Whether nearly all that can be seen is white: print that was made for a dark ground."""
    seen = np.asarray(layer.convert("L"))[np.asarray(layer.getchannel("A")) > _VISIBLE]
    return bool(seen.size) and float(np.percentile(seen, _DARKEST)) > _WHITE


def _to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(own):
            return picture
        converted = ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, *_BROKEN):
        return picture
    return converted or picture


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
        if not (min(width, height) >= 1 and max(width, height) < math.inf):
            raise Refused("unreadable")
        # Rounded up by the library, so that a hair less than wanted comes out as wanted.
        scale = (LONG_SIDE - 0.01) / max(width, height)
        # Forms and annotations (may_draw_forms) need a form environment, which is never made: no script can run.
        bitmap = page.render(scale=scale, may_draw_forms=False, rev_byteorder=False)
        return np.ascontiguousarray(bitmap.to_numpy()[:, :, :3])
    except (pypdfium2.PdfiumError, ValueError):
        raise Refused("unreadable") from None
    except MemoryError:
        raise Refused("too_large_pixels") from None
