"""Whether the rows of a table cover every case exactly once.

The domain of a column is cut wherever a row begins or ends; cases that the same rows accept are looked at together.
So the work grows with the table, not with the size of its numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from scoring.rulebook.cells import Cell, Span

Box: TypeAlias = tuple[Cell, ...]

MOST_STEPS = 200_000
"""A table that takes more can't be checked in a second, and nobody could read it."""


class TooWide(ValueError):
    """The table has too many columns and rows to be checked."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A part of the cases, column by column, that `rows` (none: a gap; two or more: an overlap) accept."""

    box: Box
    rows: tuple[int, ...]


def flaws(domains: Sequence[Span], rows: Sequence[Sequence[Cell]]) -> Iterator[Flaw]:
    """Gaps and overlaps, in the order of the columns. Raises TooWide."""
    steps = 0

    def walk(box: Box, left: tuple[int, ...]) -> Iterator[Flaw]:
        nonlocal steps
        steps += 1
        if steps > MOST_STEPS:
            raise TooWide
        if not left or len(box) == len(domains):
            if len(left) != 1:
                yield Flaw(box, left)
            return
        for cell, accepting in _parts(domains[len(box)], [(row, rows[row][len(box)]) for row in left]):
            yield from walk((*box, cell), accepting)

    yield from walk((), tuple(range(len(rows))))


def _parts(domain: Span, cells: Sequence[tuple[int, Cell]]) -> Iterator[tuple[Cell, tuple[int, ...]]]:
    """The column's cases, those together that the same rows accept."""
    cuts = sorted({domain[0], *(edge for _, cell in cells for low, high in cell.spans for edge in (low, high + 1))})
    parts: dict[tuple[int, ...], list[Span | None]] = {}
    for low, after in zip(cuts, [*cuts[1:], domain[1] + 1], strict=True):
        if low < after:
            parts.setdefault(tuple(row for row, cell in cells if cell.holds(low)), []).append((low, after - 1))
    parts.setdefault(tuple(row for row, cell in cells if cell.unknown), []).append(None)
    for accepting, spans in parts.items():
        known = [span for span in spans if span is not None]
        joined: list[Span] = []
        for low, high in known:
            if joined and joined[-1][1] + 1 == low:
                joined[-1] = (joined[-1][0], high)
            else:
                joined.append((low, high))
        yield Cell("", tuple(joined), None in spans), accepting
