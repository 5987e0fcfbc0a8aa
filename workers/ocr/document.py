"""One whole read: decode, judge the light, find the way up, recognise the kind, take out its fields. In the child."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from workers.ocr import images
from workers.ocr.fingerprint import take_fingerprint
from workers.ocr.images import Pixels
from workers.ocr.kinds import recognise
from workers.ocr.kinds.kind import Kind
from workers.ocr.layout import Document, Line, Row, make_rows
from workers.ocr.quality import OK, Refused, is_blurred, refuse_by_light
from workers.ocr.reading import Page, Reading

_FEW_CHARACTERS = 8
_READ_WELL = 0.85

FindLines = Callable[[Pixels], list[Line]]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A page the right way up, with its rows."""

    pixels: Pixels
    lines: list[Line]
    rows: tuple[Row, ...]
    kind: Kind | None

    @property
    def score(self) -> float:
        """How well the text was read, on average; 0 without text."""
        return float(np.mean([line.score for line in self.lines])) if self.lines else 0.0


def read_document(data: bytes, find_lines: FindLines, today: date) -> Reading:
    """Never raises for what is in the file: a file that can't be used is a reading with the reason."""
    pages: list[Page] = []
    rows: list[Row] = []
    small = b""
    fingerprint = ""
    try:
        for number, pixels in enumerate(images.decode(data)):
            small = small or images.thumbnail(pixels)
            if number == 0:
                fingerprint = take_fingerprint(pixels)
                pages.append(images.encode(pixels))
                refuse_by_light(pixels)
            sheet = _read_sheet(pixels, number, find_lines)
            if number == 0:
                _refuse_without_text(sheet)
                small = images.thumbnail(sheet.pixels)
                pages.clear()
            pages.append(images.encode(sheet.pixels))
            rows.extend(sheet.rows)
    except Refused as refused:
        return Reading("unknown", refused.reason, pages=tuple(pages), thumbnail=small)
    document = Document(tuple(rows))
    kind = recognise(document)
    if kind is None:
        return Reading("unknown", OK, pages=tuple(pages), thumbnail=small, fingerprint=fingerprint)
    facts = kind.read(document, today)
    return Reading(kind.name, OK, facts.fields, facts.checks, tuple(pages), small, facts.rows, fingerprint)


def _read_sheet(pixels: Pixels, number: int, find_lines: FindLines) -> _Sheet:
    """The page as it is, or turned by quarter turns when its text says it lies on its side or on its head."""
    upright = _sheet(pixels, number, find_lines)
    if len(upright.lines) < 3:
        return upright
    # Crops that stand upright are turned before they are recognised, so words alone do not give a sideways page away.
    sideways = float(np.mean([line.height > 1.5 * line.width for line in upright.lines])) > 0.5
    if not sideways and (upright.kind or upright.score > _READ_WELL):
        return upright
    turned = [] if sideways else [upright]
    for turn in (1, 3) if sideways else (2,):
        sheet = _sheet(np.rot90(pixels, turn), number, find_lines)
        if sheet.kind and sheet.score > _READ_WELL:
            return sheet
        turned.append(sheet)
    return max(turned, key=lambda sheet: (sheet.kind is not None, sheet.score))


def _sheet(pixels: Pixels, number: int, find_lines: FindLines) -> _Sheet:
    pixels = np.ascontiguousarray(pixels)
    lines = find_lines(pixels)
    rows = make_rows(lines, number)
    return _Sheet(pixels, lines, rows, recognise(Document(rows)))


def _refuse_without_text(sheet: _Sheet) -> None:
    """Blurred only if the text can't be read either: a soft picture that reads well is good enough."""
    if sheet.kind:
        return
    if is_blurred(sheet.pixels):
        raise Refused("blurred")
    if sum(len(line.text) for line in sheet.lines if line.score > 0.6) < _FEW_CHARACTERS:
        raise Refused("not_a_document")
