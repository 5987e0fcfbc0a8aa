"""One whole read, in the child: decode, judge, straighten, find text, judge again, recognise, take out the fields.

The first page carries the verdict; everything up to `read_upright` is done before any text is recognised. A file that
is refused keeps its first page as it was sent, so that people can see why.
"""

from collections.abc import Callable, Iterator
from datetime import date

from workers.ocr import geometry, images, verdict
from workers.ocr.editing import find_hints
from workers.ocr.fingerprint import take_fingerprint
from workers.ocr.images import Pixels
from workers.ocr.kinds import recognise
from workers.ocr.layout import Document, Line, Row, make_rows
from workers.ocr.quality import OK, Refused
from workers.ocr.reading import KindName, Page, Reading
from workers.ocr.turning import TextEngine, read_upright


def read_document(
    data: bytes,
    engine: TextEngine,
    today: date,
    expected: KindName | None = None,
    decode: Callable[[bytes], Iterator[Pixels]] = images.decode,
) -> Reading:
    """Never raises for what is in the file: a file that can't be used is a reading with the reason.

    `expected` is the kind asked for; the other side of an identity card is then refused.
    """
    pages: list[Page] = []
    rows: list[Row] = []
    photo: Pixels | None = None
    small = b""
    fingerprint = ""
    try:
        for number, photo in enumerate(decode(data)):
            if number == 0:
                fingerprint = take_fingerprint(photo)
            page, lines = _read_page(photo, engine, expected, judged=number == 0)
            found = make_rows(lines, number)
            if number == 0:
                verdict.refuse_by_reading(lines, recognise(Document(found)), expected)
                small = images.thumbnail(page)
            pages.append(images.encode(page))
            rows.extend(found)
    except Refused as refused:
        if photo is not None and not pages:
            pages, small = [images.encode(photo)], images.thumbnail(photo)
        return Reading("unknown", refused.reason, pages=tuple(pages), thumbnail=small, fingerprint=fingerprint)
    document, hints = Document(tuple(rows)), find_hints(data)
    kind = recognise(document)
    if kind is None:
        return Reading("unknown", OK, {}, hints, tuple(pages), small, fingerprint=fingerprint)
    facts = kind.read(document, today)
    return Reading(kind.name, OK, facts.fields, facts.checks + hints, tuple(pages), small, facts.rows, fingerprint)


def _read_page(
    photo: Pixels, engine: TextEngine, expected: KindName | None, *, judged: bool
) -> tuple[Pixels, list[Line]]:
    """The page as it will be kept and its lines; Refused unless it is only to be read as well as it can be."""
    if judged:
        verdict.refuse_by_light(photo)
    sheet = geometry.find_sheet(photo)
    flat = geometry.rectify(photo, sheet) if sheet and sheet.whole else photo
    page = geometry.even_light(flat)
    quads = engine.detect(page)
    if judged:
        verdict.refuse_by_text(verdict.Look(photo, sheet, flat, page, quads), expected)
    return read_upright(page, quads, engine)
