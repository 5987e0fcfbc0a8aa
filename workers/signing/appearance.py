"""What a reader sees inside a signature field: the borrower's hand, the lender's seal, and when."""

import io
from datetime import datetime
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, InnerScaling, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.stamp import StaticStampStyle

from portal.domain.clock import CHINA
from workers.signing.contract import BORROWER_BOX, LENDER_BOX, Box
from workers.signing.typesetting import Value, typeset

_LARGEST_DRAWING = 512 * 1024
_DRAWING_PIXELS = (2400, 1200)
_PRINTED_PIXELS = (600, 200)


class InvalidDrawing(ValueError):
    """The drawn signature is no PNG, too large, or blank."""


def borrower_style(
    name: str, drawing: bytes | None, evidence_sha256: str, signed_at: datetime, fonts: Path
) -> StaticStampStyle:
    """The drawn signature, else the typed name, above the time and the head of the evidence hash."""
    notes: list[Value] = [f"签署时间 {_stamp_time(signed_at)}", f"一次性数字证书 · 证据摘要 {evidence_sha256[:16]}"]
    pixels = list[Value](printable_drawing(drawing)) if drawing else []
    return _style("borrower", name, notes, pixels, BORROWER_BOX, signed_at, fonts)


def lender_style(lender_name: str, sealed_at: datetime, fonts: Path) -> StaticStampStyle:
    """The lender's contract seal above its time."""
    return _style("lender", lender_name, [f"盖章时间 {_stamp_time(sealed_at)}"], [], LENDER_BOX, sealed_at, fonts)


def printable_drawing(png: bytes) -> bytes:
    """The hand-drawn strokes alone: cropped, on white, small, as a fresh PNG without metadata.

    InvalidDrawing if the file is no PNG, larger than 512 KB or 2,400 × 1,200, or shows nothing.
    """
    if len(png) > _LARGEST_DRAWING:
        raise InvalidDrawing("the drawing is too large")
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            if picture.width > _DRAWING_PIXELS[0] or picture.height > _DRAWING_PIXELS[1]:
                raise InvalidDrawing("the drawing has too many pixels")
            strokes = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise InvalidDrawing("the drawing is no readable PNG") from error
    # On a clear canvas the strokes are what is opaque, whatever their colour; on paper, what is dark.
    opaque = strokes.getchannel("A")
    on_clear = ImageOps.invert(opaque).getbbox() is not None
    ink = opaque if on_clear else ImageOps.invert(strokes.convert("L"))
    box = ink.getbbox()
    if box is None:
        raise InvalidDrawing("the drawing is blank")
    signature = ImageOps.invert(ink).crop(box)
    signature.thumbnail(_PRINTED_PIXELS)
    made = io.BytesIO()
    signature.save(made, "PNG")
    return made.getvalue()


def _style(
    kind: str, name: str, notes: list[Value], pixels: list[Value], box: Box, moment: datetime, fonts: Path
) -> StaticStampStyle:
    data: dict[str, Value] = {
        "kind": kind,
        "title": "签名" if kind == "borrower" else "电子合同专用章",
        "name": name,
        "notes": notes,
        "drawing": pixels,
        "width": box[2] - box[0],
        "height": box[3] - box[1],
    }
    drawn = typeset("stamps.typ", data, moment, fonts, tagged=False)
    whole_box = SimpleBoxLayoutRule(
        x_align=AxisAlignment.ALIGN_MID,
        y_align=AxisAlignment.ALIGN_MID,
        margins=Margins(),
        inner_content_scaling=InnerScaling.NO_SCALING,
    )
    return StaticStampStyle(
        background=_PdfPage(drawn), background_layout=whole_box, background_opacity=1, border_width=0
    )


class _PdfPage(PdfContent):
    """The first page of a PDF in memory (pyHanko's own importer reads from a file, and this one names a person)."""

    def __init__(self, pdf: bytes) -> None:
        self._pdf = pdf
        super().__init__()

    def render(self) -> bytes:
        drawing = self._ensure_writer.import_page_as_xobject(PdfFileReader(io.BytesIO(self._pdf)))
        left, bottom, right, top = drawing.get_object()["/BBox"]
        self.box = BoxConstraints(width=abs(right - left), height=abs(top - bottom))
        self.resources.xobject["/Drawing"] = drawing
        return b"/Drawing Do"


def _stamp_time(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}（北京时间）"
