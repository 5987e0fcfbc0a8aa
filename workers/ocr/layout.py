"""Lines of text on a sheet, straightened, in rows.

PaddleOCR gives a quadrilateral per line in the picture's pixels. A photo is a little turned and in perspective, so the
baseline's slope is fitted over the sheet and taken out of the coordinates (never out of the picture): then lines of one
row share their y, and a row read from left to right with tabs between its lines can be matched by one expression,
whether or not the detector cut a label from its value.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.ocr.normal import Guess, plain
from workers.ocr.reading import Box, Field

Normal = Callable[[str], str | None]

# Text at more than this angle to the rest is a stamp or a watermark.
_ASTRAY = np.tan(np.radians(7))
# The advance of a digit or Latin letter, in ems.
_NARROW = 0.52
# A header may have two storeys and a line of English under it before the first value.
_ROWS_UNDER, _FAR_UNDER = 3, 5.0
_WORD_BEGINS = r"(?<![㐀-鿿])(?:本月|当月|本期)?"
# Chinese characters stand this part of the detected height apart; further than so many times the usual, one is missing.
_PITCH, _ENOUGH_GAPS, _TOO_FAR = 0.85, 3, 1.55
# The recogniser looks every 8 px at lines 48 px high; it places characters no better.
_STEP = 1 / 6
_HAN, _DIGIT = re.compile(r"[㐀-鿿]{2}"), re.compile(r"\d{2}")
GUESSED = 0.5
"""What a guess is worth at most."""
# Blanks, and marks the recogniser knows full and half wide: its doubt is about the width.
_TWO_WIDTHS = frozenset(" \t()[],:;*·")


@dataclass(frozen=True, slots=True)
class Line:
    """One line as recognised; `quad` is 4 × 2, clockwise from the top left, in pixels of the page.

    `text` is as it left the recogniser, and `characters` holds one probability for each of its characters, from 0 to
    1, in its order; `score` is their mean. `places` holds the middle of each, from 0 to 1 along the line. A normal form
    (NFKC) may be longer than `text`: normalise character by character to keep them together.
    """

    text: str
    score: float
    quad: NDArray[np.float64]
    characters: tuple[float, ...] = ()
    places: tuple[float, ...] = ()

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
    """A line in straightened coordinates: from `left` to `right`, its middle at `y`.

    `text` is NFKC without blanks around it; `chances` holds one probability for each of its characters, `places` its
    middle as a part of the line's length.
    """

    line: Line
    text: str
    chances: tuple[float, ...]
    places: tuple[float, ...]
    left: float
    right: float
    y: float

    def x_at(self, index: int) -> float:
        """Where the character `index` begins; its length is where the text ends."""
        return self.left + self.share(index) * (self.right - self.left)

    def share(self, index: int) -> float:
        """The part of the line before the character `index`, 0…1."""
        if not 0 < index < len(self.places):
            return float(index > 0)
        return (self.places[index - 1] + self.places[index]) / 2

    def skips(self, start: int, end: int) -> bool:
        """Whether two neighbours from `start` to `end` stand so far apart that a character between them was not read.

        A character under a seal or a reflection can be lost without a trace in the probabilities of the others.
        """
        for alphabet in (_HAN, _DIGIT):
            pairs = [at for at in range(len(self.text) - 1) if alphabet.fullmatch(self.text[at : at + 2])]
            gaps = {at: self.places[at + 1] - self.places[at] for at in pairs}
            height = self.line.height / max(self.line.width, 1.0)
            usual = _PITCH * height
            if len(gaps) >= _ENOUGH_GAPS:
                usual = float(np.median(list(gaps.values())))
            elif alphabet is _DIGIT:
                continue
            if any(start <= at < end - 1 and gap > _TOO_FAR * usual + _STEP * height for at, gap in gaps.items()):
                return True
        return False

    def box(self, start: int, end: int) -> Box:
        """The pixels of the characters from `start` to `end`, a little more to be sure of them."""
        margin = _NARROW / 2 * self.line.height / max(self.line.width, 1.0)
        first = max(0.0, self.share(start) - margin) if start else 0.0
        last = min(1.0, self.share(end) + margin) if end < len(self.text) else 1.0
        top_left, top_right, bottom_right, bottom_left = self.line.quad
        ends = [
            edge_left + part * (edge_right - edge_left)
            for part in (first, last)
            for edge_left, edge_right in ((top_left, top_right), (bottom_left, bottom_right))
        ]
        (left, top), (right, bottom) = np.min(ends, axis=0), np.max(ends, axis=0)
        return int(left), int(top), int(np.ceil(right)), int(np.ceil(bottom))


@dataclass(frozen=True, slots=True)
class Span:
    """The characters from `start` to `end` of one placed line."""

    cell: Placed
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.cell.text[self.start : self.end]

    @property
    def left(self) -> float:
        return self.cell.x_at(self.start)

    @property
    def right(self) -> float:
        return self.cell.x_at(self.end)

    @property
    def chance(self) -> float:
        """Of the weakest character; those whose two widths share their probability do not count. A guess with a gap."""
        chances = zip(self.text, self.cell.chances[self.start : self.end], strict=True)
        weakest = min((chance for character, chance in chances if character not in _TWO_WIDTHS), default=1.0)
        return min(weakest, GUESSED) if self.cell.skips(self.start, self.end) else weakest


@dataclass(frozen=True, slots=True)
class Row:
    """Lines side by side; `text` joins them with tabs."""

    page: int
    cells: tuple[Placed, ...]
    text: str

    @property
    def y(self) -> float:
        return sum(cell.y for cell in self.cells) / len(self.cells)

    @property
    def height(self) -> float:
        return max(cell.line.height for cell in self.cells)

    def field(self, start: int, end: int, value: str) -> Field:
        """A field made of the characters from `start` to `end` of the row's text."""
        return join_fields(self.spans(start, end), self.page, value)

    def spans(self, start: int, end: int) -> list[Span]:
        """The parts of the lines from `start` to `end` of the row's text."""
        found, position = [], 0
        for cell in self.cells:
            length = len(cell.text)
            if position < end and start < position + length:
                found.append(Span(cell, max(0, start - position), min(length, end - position)))
            position += length + 1
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
        """Every match in every row."""
        expression = re.compile(pattern)
        for row in self.rows:
            for match in expression.finditer(row.text):
                yield row, match

    def find(self, pattern: str, normal: Normal = str.strip) -> Field | None:
        """The first match's first group (the whole match without one) that has a normal form, sure ones before guesses.

        The group's place is where the value stands.
        """
        guessed = None
        for row, match in self.search(pattern):
            group = 1 if match.re.groups else 0
            value = normal(match[group])
            if value and not isinstance(value, Guess):
                return row.field(*match.span(group), value)
            if value and guessed is None:
                guessed = row.field(*match.span(group), value)
        return guessed

    def labelled(self, words: str, value: str, normal: Normal = str.strip, *, inside: bool = True) -> Field | None:
        """The value beside a label, or under it where labels head columns.

        Labels that stand for themselves come before those `inside` a longer word (a lost blank can make one).
        """
        return (
            self.find(rf"{_WORD_BEGINS}{label(words)}({value})", normal)
            or self._under(words, value, normal)
            or (self.find(rf"{label(words)}({value})", normal) if inside else None)
        )

    def _under(self, words: str, value: str, normal: Normal) -> Field | None:
        """The nearest value in the next rows that stands under a label."""
        for index, row in enumerate(self.rows):
            for match in re.finditer(rf"(?<!\S){label(words)}(?!\S)", row.text):
                spans = row.spans(match.start(), match.end())
                left, right = spans[0].left, spans[-1].right
                for below in self.rows[index + 1 : index + 1 + _ROWS_UNDER]:
                    if below.page != row.page or below.y - row.y > _FAR_UNDER * row.height:
                        break
                    for hit in re.finditer(rf"(?<!\S)(?:{value})(?!\S)", below.text):
                        beneath = below.spans(*hit.span())
                        apart = max(left, beneath[0].left) > min(right, beneath[-1].right)
                        if not apart and (form := normal(hit[0])):
                            return below.field(*hit.span(), form)
        return None


def label(words: str) -> str:
    """An expression for a label set with or without blanks between its characters, alternatives split by `|`.

    What may stand between a label and its value is part of it: a unit in brackets, a colon, blanks, a ruled line.
    """
    longest_first = sorted(words.split("|"), key=len, reverse=True)
    one_of = "|".join(r"\s*".join(map(re.escape, word)) for word in longest_first)
    return rf"(?:{one_of})(?:\s*[(\[][^()\d\t]{{1,8}}[)\]])?[\s:;_]*"


def join_fields(spans: Sequence[Span], page: int, value: str) -> Field:
    """One field over several lines: as sure as its weakest character, unless it is a guess; the box around all."""
    boxes = np.array([span.cell.box(span.start, span.end) for span in spans])
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:].max(axis=0)
    chance = min(span.chance for span in spans)
    confidence = min(GUESSED, chance) if isinstance(value, Guess) else chance
    return Field(str(value), round(confidence, 4), page, (int(left), int(top), int(right), int(bottom)))


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
        return [_place(line, 0.0, 0.0) for line in lines]
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
        # The baseline through (x, y) followed back to x = 0: the slope integrated over x. Columns lean with the sheet.
        constant, by_x, by_y = slope_at
        placed.append(_place(line, -x * (constant + by_y * y + by_x * x / 2), usual * y))
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


def _place(line: Line, lift: float, shift: float) -> Placed:
    chances = line.characters or (line.score,) * len(line.text)
    normal = [
        (character, chance, place)
        for raw, chance, place in zip(line.text, chances, line.places or _even_places(line.text), strict=True)
        for character in plain(raw)
    ]
    text = "".join(character for character, _, _ in normal)
    blank = len(text) - len(text.lstrip())
    text = text.strip()
    kept = normal[blank : blank + len(text)]
    x, y = line.quad.mean(axis=0)
    middle = float(x) + shift
    return Placed(
        line,
        text,
        tuple(chance for _, chance, _ in kept),
        tuple(place for _, _, place in kept),
        middle - line.width / 2,
        middle + line.width / 2,
        float(y) + lift,
    )


def _even_places(text: str) -> tuple[float, ...]:
    """Where characters stand when nobody knows: Latin letters and digits are half as wide."""
    steps = np.array([_NARROW if character.isascii() else 1.0 for character in text])
    return tuple(((np.cumsum(steps) - steps / 2) / steps.sum()).tolist())


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(cumulative, cumulative[-1] / 2)])
