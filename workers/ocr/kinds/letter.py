"""A letter: the sheet as running text, so that sentences are read across line breaks."""

import re
from collections.abc import Iterator

import numpy as np

from workers.ocr.layout import Document, Normal, Placed, Span, join_fields
from workers.ocr.normal import Guess
from workers.ocr.reading import Field

_CLOSING = ("。", ":", "!")
# A line this many characters short of the margin ends its paragraph.
_SHORT = 4
_INDENTED = 0.35


class Letter:
    """`text` is the rows one after the other, without a break where a line runs on to the next.

    A row of several lines side by side (a table, a signature beside a date) keeps them apart with tabs.
    """

    def __init__(self, document: Document) -> None:
        self.text = ""
        self._cells: list[tuple[int, Placed, int]] = []
        edges: dict[int, tuple[float, float]] = {}
        for row in document.rows:
            left, right = edges.get(row.page, (np.inf, -np.inf))
            edges[row.page] = min(left, row.cells[0].left), max(right, row.cells[-1].right)
        for row in document.rows:
            left, right = edges[row.page]
            # What begins far to the right is a signature or its date, not a line of a paragraph.
            apart = row.cells[0].left > left + _INDENTED * (right - left)
            if apart and not self.text.endswith("\n"):
                self.text += "\n"
            for number, cell in enumerate(row.cells):
                if number and cell.left - row.cells[number - 1].right > 1.5 * cell.line.height:
                    self.text += "\t"
                self._cells.append((len(self.text), cell, row.page))
                self.text += cell.text
            last = row.cells[-1]
            short = last.right < right - _SHORT * last.line.height
            self.text += "\n" if apart or short or last.text.endswith(_CLOSING) else ""

    def search(self, pattern: str) -> Iterator[re.Match[str]]:
        """Every match in the text."""
        return re.finditer(pattern, self.text)

    def find(self, pattern: str, normal: Normal = str.strip) -> Field | None:
        """The first group of the first match that has a normal form, sure ones before guesses."""
        guessed = None
        for match in self.search(pattern):
            value = normal(match[1])
            if value and not isinstance(value, Guess):
                return self.field(*match.span(1), value)
            if value and guessed is None:
                guessed = self.field(*match.span(1), value)
        return guessed

    def field(self, start: int, end: int, value: str) -> Field:
        """A field made of the characters from `start` to `end`; one broken over two pages keeps to its first."""
        touched = [
            (Span(cell, max(0, start - at), min(len(cell.text), end - at)), page)
            for at, cell, page in self._cells
            if at < end and start < at + len(cell.text)
        ]
        page = touched[0][1]
        return join_fields([span for span, at in touched if at == page], page, value)
