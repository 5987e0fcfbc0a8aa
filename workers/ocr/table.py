"""A table without rules to go by: columns known by the words that head them, rows by the dates they begin with.

Numbers stand at the right edge of wide columns, far from a heading at the left edge, so amounts are not given to the
nearest heading: they are followed down the page in columns of their own, and those are matched to the headings in
order. What is printed in several lines within one row belongs to the date it is nearest to.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from workers.ocr.layout import Placed, Row, Span
from workers.ocr.normal import COMPACT_DATE, DATE

MONEY = r"[-+−–]{0,2} ?[¥Y]? ?[-+−–]?\d+(?:[,.]\d{3})*[.,] ?\d{2}(?!\d)"
_DATE = rf"{DATE}日?|{COMPACT_DATE}"
_YEAR_DIGITS = 4
_TOKEN = re.compile(rf"(?P<date>{_DATE})|(?P<money>{MONEY})|(?P<text>[^\s]+?(?=\s|$|{_DATE}|(?<![\d*.,]){MONEY}))")


@dataclass(frozen=True, slots=True)
class Heading:
    """The name of a column and where the words that head it stand."""

    name: str
    left: float
    right: float

    def distance(self, left: float, right: float) -> float:
        """How far a value stands from here, by the edges or middles that agree best: columns are set in one way."""
        middle = abs(self.left + self.right - left - right) / 2
        return min(abs(self.left - left), abs(self.right - right), middle)


@dataclass(slots=True)
class Entry:
    """One row of the table: its date, its amounts by column, and every other word by column.

    `day` is what is printed at `date`, or that with the beginning it lost put back.
    """

    page: int
    date: Span
    day: str
    amounts: dict[str, Span] = field(default_factory=dict)
    words: dict[str, list[Span]] = field(default_factory=dict)


@dataclass(slots=True)
class _Chain:
    """Amounts under each other, from the top; `entries` says which row each belongs to."""

    spans: list[Span] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    def fits(self, span: Span) -> bool:
        """Right-aligned, left-aligned or at least overlapping with the one above."""
        last = self.spans[-1]
        size = span.cell.line.height
        overlap = min(last.right, span.right) - max(last.left, span.left)
        return abs(last.right - span.right) < size or overlap > 0.5 * min(
            last.right - last.left, span.right - span.left
        )


def find_headings(row: Row, names: Mapping[str, str]) -> list[Heading]:
    """The columns a row heads; `names` maps a column to an expression for the words over it. Each column once."""
    found: dict[str, Heading] = {}
    taken: list[tuple[int, int]] = []
    for name, words in names.items():
        for match in re.finditer(rf"(?<![㐀-鿿])(?:{words})(?:\s?\([^()\d\t]{{1,4}}\))?(?![㐀-鿿])|{words}", row.text):
            if name in found or any(start < match.end() and match.start() < end for start, end in taken):
                continue
            spans = row.spans(*match.span())
            found[name] = Heading(name, spans[0].left, spans[-1].right)
            taken.append(match.span())
    return sorted(found.values(), key=lambda heading: heading.left)


def read_entries(rows: Sequence[Row], headings: Sequence[Heading], money: frozenset[str]) -> list[Entry]:
    """The entries of the rows of one page below its headings; `money` names the columns that hold amounts."""
    tokens = [(kind, span) for row in rows for kind, span in _tokens(row.cells)]
    entries = _anchors(rows, tokens, headings)
    if not entries:
        return []
    chains: list[_Chain] = []
    for kind, span in tokens:
        entry = _nearest(entries, span)
        if entry is None or any(span is other.date for other in entries):
            continue
        if kind == "money" and abs(span.cell.y - entry.date.cell.y) < 1.2 * span.cell.line.height:
            _chain(chains, span, entry)
        else:
            heading = min(headings, key=lambda heading: _away(heading, span), default=None)
            if heading is not None:
                entry.words.setdefault(heading.name, []).append(span)
    _name_chains(chains, [heading for heading in headings if heading.name in money])
    return entries


def _tokens(cells: Sequence[Placed]) -> Iterator[tuple[str, Span]]:
    for cell in cells:
        for match in _TOKEN.finditer(cell.text):
            yield str(match.lastgroup), Span(cell, *match.span())


def _anchors(rows: Sequence[Row], tokens: Sequence[tuple[str, Span]], headings: Sequence[Heading]) -> list[Entry]:
    """A row of its own for each date under the date's heading, or under the leftmost date when that has none."""
    dates = [span for kind, span in tokens if kind == "date"]
    head = next((heading for heading in headings if heading.name == "date"), None)
    left = head.left if head else min((span.left for span in dates), default=0.0)
    right = head.right if head else left
    pages = {id(cell): row.page for row in rows for cell in row.cells}
    entries: list[Entry] = []
    previous = ""
    for kind, span in tokens:
        day = span.text if kind == "date" else _completed(span.text, previous)
        if day is None:
            continue
        size = span.cell.line.height
        if span.left > right + 2 * size or span.right < left - 2 * size:
            continue
        if entries and abs(entries[-1].date.cell.y - span.cell.y) < 0.6 * size:
            continue
        entries.append(Entry(pages[id(span.cell)], span, day))
        previous = day
    return entries


def _completed(text: str, previous: str) -> str | None:
    """A date that lost its first digits, with those of the date above."""
    lost = len(previous) - len(text)
    if not 0 < lost < _YEAR_DIGITS or not text[0].isdigit():
        return None
    whole = previous[:lost] + text
    return whole if re.fullmatch(_DATE, whole) else None


def _nearest(entries: Sequence[Entry], span: Span) -> Entry | None:
    """The row a word belongs to; None when it stands further from all than lines of one cell do."""
    nearest = min(entries, key=lambda entry: abs(entry.date.cell.y - span.cell.y))
    near = abs(nearest.date.cell.y - span.cell.y) < 2.6 * span.cell.line.height
    return nearest if near else None


def _away(heading: Heading, span: Span) -> float:
    overlap = min(heading.right, span.right) - max(heading.left, span.left)
    return -overlap if overlap > 0 else heading.distance(span.left, span.right)


def _chain(chains: list[_Chain], span: Span, entry: Entry) -> None:
    fitting = [chain for chain in chains if chain.fits(span) and chain.entries[-1] is not entry]
    if fitting:
        chain = min(fitting, key=lambda chain: abs(chain.spans[-1].right - span.right))
    else:
        chain = _Chain()
        chains.append(chain)
    chain.spans.append(span)
    chain.entries.append(entry)


def _name_chains(chains: list[_Chain], headings: Sequence[Heading]) -> None:
    """Match columns of amounts to headings, keeping their order, where they stand nearest to each other."""
    chains = sorted(chains, key=lambda chain: len(chain.spans), reverse=True)[: len(headings)]
    chains.sort(key=lambda chain: chain.spans[0].left)
    ways = combinations(headings, len(chains))
    best = min(
        ways,
        key=lambda way: sum(h.distance(c.spans[0].left, c.spans[0].right) for h, c in zip(way, chains, strict=True)),
    )
    for heading, chain in zip(best, chains, strict=True):
        for span, entry in zip(chain.spans, chain.entries, strict=True):
            entry.amounts[heading.name] = span
