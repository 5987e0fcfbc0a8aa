"""Lines of text on a sheet, straightened, in rows.

PaddleOCR gives a quadrilateral per line in the picture's pixels. A photo is a little turned and in perspective, so the
baseline's slope is fitted over the sheet and taken out of the coordinates (never out of the picture): then lines of one
row share their y, and a row read from left to right with tabs between its lines can be matched by one expression,
whether or not the detector cut a label from its value.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.ocr.reading import Box, Field

# Text at more than this angle to the rest is a stamp or a watermark.
_ASTRAY = np.tan(np.radians(7))


@dataclass(frozen=True, slots=True)
class Line:
    """One line as recognised; `quad` is 4 × 2, clockwise from the top left, in pixels of the page.

    `text` is as it left the recogniser, and `characters` holds one probability for each of its characters, from 0 to
    1, in its order; `score` is their mean. A normal form (NFKC) may be longer than `text`: normalise character by
    character to keep them together.
    """

    text: str
    score: float
    quad: NDArray[np.float64]
    characters: tuple[float, ...] = ()

    @property
    def width(self) -> float:
        return float(np.hypot(*(self.quad[1] - self.quad[0])))

    @property
    def height(self) -> float:
        return float(np.hypot(*(self.quad[3] - self.quad[0])))

    @property
    def slope(self) -> float:
        """Rise over run of the middle line; infinite for upright columns."""
        run, rise = (self.quad[1] + self.quad[2] - self.quad[0] - self.quad[3]) / 2
        return float(rise / run) if run > 1 else np.inf

    @property
    def box(self) -> Box:
        (left, top), (right, bottom) = self.quad.min(axis=0), self.quad.max(axis=0)
        return int(left), int(top), int(np.ceil(right)), int(np.ceil(bottom))


@dataclass(frozen=True, slots=True)
class Placed:
    """A line in straightened coordinates: from `left` to `right`, its middle at `y`."""

    line: Line
    text: str
    left: float
    right: float
    y: float


@dataclass(frozen=True, slots=True)
class Row:
    """Lines side by side; `text` joins them with tabs."""

    page: int
    cells: tuple[Placed, ...]
    text: str

    def field(self, start: int, end: int, value: str) -> Field:
        """A field made of the characters from `start` to `end` of the row's text."""
        return join_fields(self.cells_between(start, end), self.page, value)

    def cells_between(self, start: int, end: int) -> list[Placed]:
        """The lines that hold any character from `start` to `end`."""
        found, position = [], 0
        for cell in self.cells:
            if position < end and start < position + len(cell.text):
                found.append(cell)
            position += len(cell.text) + 1
        return found


@dataclass(frozen=True, slots=True)
class Document:
    """The rows of all pages, from top to bottom."""

    rows: tuple[Row, ...]

    @property
    def plain(self) -> str:
        """All text without blanks, a line break after each row: for finding words set with spaces between."""
        return "\n".join(re.sub(r"\s", "", row.text) for row in self.rows)

    def search(self, pattern: str) -> Iterator[tuple[Row, re.Match[str]]]:
        """Every row the expression matches in, with the match."""
        expression = re.compile(pattern)
        for row in self.rows:
            if match := expression.search(row.text):
                yield row, match

    def find(self, pattern: str, normal: Callable[[str], str | None] = str.strip) -> Field | None:
        """The first match's first group (the whole match without one) that has a normal form."""
        for row, match in self.search(pattern):
            group = 1 if match.re.groups else 0
            value = normal(match[group])
            if value:
                return row.field(*match.span(group), value)
        return None


def label(words: str) -> str:
    """An expression for a label set with or without blanks between its characters, alternatives split by `|`.

    What may stand between a label and its value is part of it.
    """
    one_of = "|".join(r"\s*".join(map(re.escape, word)) for word in words.split("|"))
    return rf"(?:{one_of})[\s:]*"


def join_fields(cells: Sequence[Placed], page: int, value: str) -> Field:
    """One field over several lines: the weakest confidence, the box around all."""
    boxes = np.array([cell.line.box for cell in cells])
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:].max(axis=0)
    confidence = min(cell.line.score for cell in cells)
    return Field(value, round(confidence, 4), page, (int(left), int(top), int(right), int(bottom)))


def make_rows(lines: Sequence[Line], page: int) -> tuple[Row, ...]:
    """The rows of one page."""
    rows: list[list[Placed]] = []
    for placed in sorted(_straightened(lines), key=lambda p: p.y):
        row = next((row for row in rows[-3:] if _belongs(placed, row)), None)
        if row is None:
            rows.append([placed])
        else:
            row.append(placed)
    ordered = [tuple(sorted(row, key=lambda p: p.left)) for row in rows]
    return tuple(Row(page, cells, "\t".join(c.text for c in cells)) for cells in ordered)


def _belongs(placed: Placed, row: Sequence[Placed]) -> bool:
    """Level with the row and beside its lines; detected boxes are a little too wide and may touch."""
    middle = sum(other.y for other in row) / len(row)
    if abs(placed.y - middle) >= 0.5 * min(placed.line.height, row[0].line.height):
        return False
    return all(
        min(other.right, placed.right) - max(other.left, placed.left) < 0.5 * min(other.line.width, placed.line.width)
        for other in row
    )


def _straightened(lines: Sequence[Line]) -> list[Placed]:
    long_ones = [line for line in lines if line.width > 2.5 * line.height and np.isfinite(line.slope)]
    if not long_ones:
        return [_place(line, 0.0) for line in lines]
    slopes = np.array([line.slope for line in long_ones])
    weights = np.array([line.width for line in long_ones])
    usual = _weighted_median(slopes, weights)
    keep = np.abs(slopes - usual) < _ASTRAY
    centres = np.array([line.quad.mean(axis=0) for line in long_ones])
    middle = centres.mean(axis=0)
    slope_at = _fit(centres[keep] - middle, slopes[keep], weights[keep], usual)
    placed = []
    for line in lines:
        if line.width > 1.8 * line.height and abs(line.slope - usual) > _ASTRAY:
            continue
        x, y = line.quad.mean(axis=0) - middle
        # The baseline through (x, y) followed back to x = 0: the slope integrated over x.
        constant, by_x, by_y = slope_at
        placed.append(_place(line, -x * (constant + by_y * y + by_x * x / 2)))
    return placed


def _fit(
    points: NDArray[np.float64], slopes: NDArray[np.float64], weights: NDArray[np.float64], usual: float
) -> tuple[float, float, float]:
    """slope ≈ constant + by_x·x + by_y·y, weighted; perspective needs the last two, few lines can't give them."""
    if len(slopes) < 6:
        return usual, 0.0, 0.0
    design = np.column_stack([np.ones(len(points)), points]) * weights[:, None]
    # A small ridge keeps the gradients near zero when all lines are short or in one corner.
    ridge = np.diag([0.0, 1e3, 1e3]) * float(weights.mean())
    solution, *_ = np.linalg.lstsq(
        np.vstack([design, ridge]), np.concatenate([slopes * weights, np.zeros(3)]), rcond=None
    )
    return float(solution[0]), float(solution[1]), float(solution[2])


def _place(line: Line, lift: float) -> Placed:
    text = unicodedata.normalize("NFKC", line.text).strip()
    x, y = line.quad.mean(axis=0)
    return Placed(line, text, float(x) - line.width / 2, float(x) + line.width / 2, float(y) + lift)


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(cumulative, cumulative[-1] / 2)])
