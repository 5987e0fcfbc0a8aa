"""One whole read, in the child: decode, judge, straighten, find text, judge again, recognise, take out the fields.

The first page carries the verdict, from what is seen of it from afar, before it is looked at closely and read. A file
that is refused keeps its first page as it was sent, so that people can see why.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
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
from workers.ocr.verdict import Look


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
    judged: list[Line] = []
    first: Look | None = None
    photo: Pixels | None = None
    fingerprint, small = "", b""
    try:
        for number, photo in enumerate(decode(data)):
            if number == 0:
                fingerprint = take_fingerprint(photo)
                verdict.refuse_by_light(photo, from_camera=not images.is_pdf(data))
            look = look_at(photo, engine)
            if number == 0:
                verdict.refuse_by_text(look, expected)
            look = replace(look, quads=engine.look_closer(look.page, look.quads))
            page, lines = read_upright(look.page, look.quads, engine)
            if number == 0:
                first, judged, small = look, lines, images.thumbnail(page)
            pages.append(images.encode(page))
            rows.extend(make_rows(lines, number))
        document = Document(tuple(rows))
        kind = recognise(document)
        facts = kind.read(document, today) if kind else None
        if first:
            verdict.refuse_by_reading(first, judged, kind, facts, expected)
    except Refused as refused:
        if photo is not None and not pages:
            pages, small = [images.encode(photo)], images.thumbnail(photo)
        return Reading("unknown", refused.reason, pages=tuple(pages), thumbnail=small, fingerprint=fingerprint)
    hints = find_hints(data)
    if kind is None or facts is None:
        return Reading("unknown", OK, {}, hints, tuple(pages), small, fingerprint=fingerprint)
    return Reading(kind.name, OK, facts.fields, facts.checks + hints, tuple(pages), small, facts.rows, fingerprint)


def look_at(photo: Pixels, engine: TextEngine) -> Look:
    """The sheet straightened and evenly lit, and where text stands on it."""
    sheet = geometry.find_sheet(photo)
    flat = geometry.rectify(photo, sheet) if sheet and sheet.whole else photo
    page = geometry.even_light(flat)
    return Look(photo, sheet, flat, page, engine.detect(page))
