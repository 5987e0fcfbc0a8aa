"""Traces of editing in a file as it was sent: hints for staff, read before metadata are left behind.

A trace is not a forgery: people crop, banks sign. And no trace is no proof, for a message app takes all of them away;
so only what was found is said, never that nothing was. No text of the file gets into a sentence.
"""

import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray
from PIL import ExifTags, Image

from workers.ocr.reading import Check

EDITORS = (
    *("Photoshop", "Lightroom", "Illustrator", "GIMP", "Snapseed", "PicsArt", "Pixlr", "Photopea", "Canva", "Polarr"),
    *("Facetune", "TouchRetouch", "Affinity Photo", "Paint.NET", "CorelDRAW", "PhotoScape", "Fotor", "VSCO"),
    *("美图", "Meitu", "醒图", "Hypic", "美易", "稿定", "黄油相机", "Inpaint"),
)
"""Programs that change pictures. Cameras with filters and programs that only store or shrink are left out."""

PDF_EDITORS = (
    *("Photoshop", "Illustrator", "CorelDRAW", "Inkscape", "PDF-XChange Editor", "PDFescape", "Sejda", "Smallpdf"),
    *("iLovePDF", "Foxit PhantomPDF", "Foxit PDF Editor", "福昕高级PDF编辑器", "PDFelement", "Nitro", "PDF24"),
    *("Acrobat Pro", "万兴PDF", "迅捷PDF", "WPS PDF", "金山PDF", "UPDF", "Infix"),
)
"""Programs that change a finished PDF, or draw one; what banks and offices print with is left out."""

_METADATA_BYTES = 256 * 1024
_SOFTWARE_TAGS = (ExifTags.Base.Software, ExifTags.Base.ProcessingSoftware, ExifTags.Base.ImageHistory)
_ALIKE = 0.9  # a camera's own preview is above 0.98 on specimens; four of five other documents are below
_SIDE = 48
_LATER = timedelta(minutes=10)
# FreeText, Square, Circle, Polygon, Ink, Redact: what is drawn over a page. Links, notes, seals and fields are not.
_OVERLAYS = frozenset({3, 5, 6, 7, 15, 28})
_ACTIVE = re.compile(rb"/JavaScript\b|/JS\b|/Launch\b|/EmbeddedFile\b")
_DATE = re.compile(r"D:(\d{14})(?:Z|([+-])(\d\d)'?(\d\d)?)?")
# What Pillow answers damaged metadata with.
_BROKEN = (OSError, ValueError, SyntaxError, TypeError, LookupError, AttributeError, struct.error, zlib.error)


def find_hints(data: bytes) -> tuple[Check, ...]:
    """What the file gives away, each a failed check of severity `warning`; empty for a file that can't be opened.

    The ids of traces of editing begin with `edited_`, which the portal goes by.
    """
    if b"%PDF-" in data[:1024] and not data.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        return tuple(_pdf_hints(data))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, about metadata it doesn't understand
        try:
            with Image.open(BytesIO(data), formats=["JPEG", "PNG", "WEBP", "HEIF"]) as picture:
                return tuple(_picture_hints(picture))
        except (*_BROKEN, MemoryError, Image.DecompressionBombError):
            return ()


def _picture_hints(picture: Image.Image) -> Iterator[Check]:
    editor = _named(_software(picture), EDITORS)
    if editor:
        yield _warning("edited_software", f"照片未经修图软件处理（文件注明 {editor}）", f"Not saved by {editor}")
    preview = _preview(picture)
    if preview is not None and not _look_alike(picture, preview):
        yield _warning("edited_preview", "照片自带的小图与照片一致", "The photo's own preview shows the same picture")


def _software(picture: Image.Image) -> str:
    """Everything in the metadata that names a program."""
    exif = picture.getexif()
    texts = [_as_text(exif.get(tag, "")) for tag in _SOFTWARE_TAGS]
    xmp = picture.info.get("xmp", b"")
    texts.append(xmp[:_METADATA_BYTES].decode("utf-8", "replace") if isinstance(xmp, bytes) else str(xmp))
    texts += [str(picture.info.get(key, "")) for key in ("Software", "XML:com.adobe.xmp")]
    if any(marker == "APP12" and block.startswith(b"Ducky") for marker, block in getattr(picture, "applist", ())):
        texts.append("Photoshop")  # its "Save for Web" leaves only this
    return "\n".join(text[:_METADATA_BYTES] for text in texts)


def _as_text(value: object) -> str:
    """EXIF's texts are ASCII by the standard; programs write UTF-8 or GBK, which Pillow gives as Latin-1."""
    raw = value if isinstance(value, bytes) else str(value).encode("latin-1", "ignore")
    return f"{raw.decode('utf-8', 'replace')}\n{raw.decode('gb18030', 'replace')}"


def _named(text: str, names: tuple[str, ...]) -> str | None:
    """The first of the names that stands in the text as a word."""
    found = (name for name in names if re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z])", text, re.IGNORECASE))
    return next(found, None)


def _preview(picture: Image.Image) -> Image.Image | None:
    """The thumbnail that a camera puts into EXIF (IFD 1); editors that change the pixels may leave it as it was."""
    block = picture.info.get("exif", b"")
    first = picture.getexif().get_ifd(ExifTags.IFD.IFD1)
    start, length = first.get(0x0201), first.get(0x0202)
    if not (block.startswith(b"Exif\0\0") and isinstance(start, int) and isinstance(length, int)):
        return None
    try:
        preview = Image.open(BytesIO(block[6 + start : 6 + start + length]), formats=["JPEG"])
        if preview.width * preview.height > _SIDE * _SIDE * 400:
            return None
        preview.load()
    except _BROKEN:
        return None
    return preview


def _look_alike(picture: Image.Image, preview: Image.Image) -> bool:
    """By correlation of small grey copies. True as well when there is nothing to go by: another shape, a plain area."""
    small = np.asarray(preview.convert("L"))
    inside = small > 16  # bars above and below a wide picture
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not rows.size:
        return True
    small = small[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if abs(small.shape[1] / small.shape[0] / (picture.width / picture.height) - 1) > 0.08:
        return True
    # The same pixels, so the same turn: EXIF's orientation is about both. 1/8 is decoded, which costs little.
    picture.draft("L", (max(1, picture.width // 8), max(1, picture.height // 8)))
    one, other = _tiny(np.asarray(picture.convert("L"))), _tiny(small)
    spread = float(one.std() * other.std())
    return spread < 25 or float(((one - one.mean()) * (other - other.mean())).mean()) / spread >= _ALIKE


def _tiny(grey: NDArray[np.uint8]) -> NDArray[np.float64]:
    return np.asarray(cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.float64)


def _pdf_hints(data: bytes) -> Iterator[Check]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return
    try:
        about = document.get_metadata_dict()
        editor = _named(f"{about.get('Producer')}\n{about.get('Creator')}", PDF_EDITORS)
        if editor:
            yield _warning("edited_software", f"文件未经编辑软件处理（注明 {editor}）", f"Not saved by {editor}")
        if _changed_later(data, about.get("CreationDate", ""), about.get("ModDate", "")):
            yield _warning("edited_pdf", "PDF 生成后没有再修改", "The PDF was not changed after it was made")
        if _has_overlay(document):
            yield _warning("edited_overlay", "PDF 页面上没有后加的文字或图形", "Nothing is drawn over the PDF's pages")
        if _ACTIVE.search(data):
            yield _warning("pdf_active", "PDF 不含脚本或附件（脚本不会运行）", "The PDF holds no script or attachment")
    except pypdfium2.PdfiumError:
        return
    finally:
        document.close()


def _changed_later(data: bytes, made: str, changed: str) -> bool:
    """Saved in more goes than its signatures and its fast web view explain, or unsigned and of a later date.

    A signature is appended to the finished file (ISO 32000-1, 12.8): banks sign what they print.
    """
    signatures = data.count(b"/ByteRange")
    goes = data.count(b"startxref") - (b"/Linearized" in data[:2048])
    if goes > 1 + signatures:
        return True
    first, last = _moment(made), _moment(changed)
    return not signatures and first is not None and last is not None and last - first > _LATER


def _moment(text: str) -> datetime | None:
    """A date of ISO 32000-1, 7.9.4, with its offset; one without an offset is taken as UTC."""
    match = _DATE.match(text)
    if match is None:
        return None
    sign, hours, minutes = match[2] or "+", match[3] or "00", match[4] or "00"
    try:
        return datetime.strptime(f"{match[1]}{sign}{hours}{minutes}", "%Y%m%d%H%M%S%z")
    except ValueError:
        return None


def _has_overlay(document: pypdfium2.PdfDocument) -> bool:
    raw = pypdfium2.raw
    for number in range(min(len(document), 20)):
        page = document[number]
        for index in range(min(raw.FPDFPage_GetAnnotCount(page), 200)):
            annotation = raw.FPDFPage_GetAnnot(page, index)
            if annotation:
                subtype = raw.FPDFAnnot_GetSubtype(annotation)
                raw.FPDFPage_CloseAnnot(annotation)
                if subtype in _OVERLAYS:
                    return True
        page.close()
    return False


def _warning(id_: str, zh: str, en: str) -> Check:
    return Check(id_, False, "warning", zh, en)
