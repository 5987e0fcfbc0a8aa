"""Sheets of text as recognised, made by hand, and what was read of them."""

from collections.abc import Mapping
from datetime import date

import numpy as np

from portal.documents.queries import HIGH
from workers.ocr.kinds import recognise
from workers.ocr.kinds.kind import Facts
from workers.ocr.layout import Document, Line, make_rows

TODAY = date(2026, 3, 15)


def sheet(*rows: str, slope: float = 0.0, keystone: float = 0.0, scores: Mapping[str, float] | None = None) -> Document:
    """Rows of cells split by `|`, set 60 px apart, the sheet turned by `slope`, more so towards its foot."""
    lines = []
    for index, row in enumerate(rows):
        y = 100.0 + 60 * index
        for column, text in enumerate(row.split("|")):
            if text:
                left, right = 100.0 + 400 * column, 100.0 + 400 * column + 30 * len(text)
                quad = [(left, y - 15), (right, y - 15), (right, y + 15), (left, y + 15)]
                lean = slope + keystone * (y - 400)
                lines.append(Line(text, (scores or {}).get(text, 0.99), np.array([(x, v + lean * x) for x, v in quad])))
    return Document(make_rows(lines, 0))


def read(document: Document) -> tuple[str, Facts]:
    kind = recognise(document)
    assert kind is not None
    return kind.name, kind.read(document, TODAY)


def failed(facts: Facts) -> set[str]:
    return {check.id for check in facts.checks if not check.passed}


def values(facts: Facts) -> dict[str, str]:
    return {name: field.value for name, field in facts.fields.items()}


def sure(facts: Facts) -> set[str]:
    return {name for name, field in facts.fields.items() if field.confidence >= HIGH}


def rows_of(facts: Facts) -> list[tuple[str | None, ...]]:
    return [tuple(row[c].value if c in row else None for c in ("date", "amount", "balance")) for row in facts.rows]
