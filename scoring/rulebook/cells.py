"""What a cell of a table says, as a set of numbers: the part of ZEN's unary language that can be checked.

An empty cell is anything, `null` is not known, `!= null` anything known; otherwise alternatives joined by commas:
`5`, `"code"`, `true`, `< 5`, `<= 5`, `> 5`, `>= 5`, `[1..5]`, `(1..5]`, `[1..5)`, `(1..5)` and `null`.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

from scoring.rulebook.errors import PolicyError
from scoring.rulebook.facts import Fact

Span: TypeAlias = tuple[int, int]

_NUMBER = r"-?\d[\d_]*"
ALTERNATIVE = re.compile(
    rf"""(?P<compare><=|>=|<|>)\s*(?P<than>{_NUMBER})
    |(?P<open>[\[(])\s*(?P<low>{_NUMBER})\s*\.\.\s*(?P<high>{_NUMBER})\s*(?P<close>[\])])
    |(?P<number>{_NUMBER})|"(?P<code>[^"\\]*)"|(?P<word>true|false|null)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """Inclusive spans within the fact's domain, apart and in order, and whether "not known" is in. `numbers` are those
    written in the cell, for sentences that quote a limit."""

    text: str
    spans: tuple[Span, ...]
    unknown: bool
    numbers: tuple[int, ...] = ()

    def holds(self, number: int | None) -> bool:
        """Whether a value of the fact, or not knowing it, is in the set."""
        return self.unknown if number is None else any(low <= number <= high for low, high in self.spans)


def parse_cell(text: str, fact: Fact, place: str) -> Cell:
    """Raises PolicyError at `place` for anything outside the grammar, a code the fact doesn't have, or an empty set."""
    text = text.strip()
    low, high = fact.domain
    if text == "":
        return Cell(text, ((low, high),), unknown=True)
    if text == "!= null":
        return Cell(text, ((low, high),), unknown=False)
    spans: list[Span] = []
    numbers: list[int] = []
    unknown = False
    for part in _alternatives(text, place):
        if part["word"] == "null":
            unknown = True
            continue
        span = _span(part, fact, place)
        numbers += [int(part[key]) for key in ("than", "low", "high", "number") if part[key]]
        spans += [(max(low, span[0]), min(high, span[1]))] if max(low, span[0]) <= min(high, span[1]) else []
    if not spans and not unknown:
        raise PolicyError(place, f"the cell {text} matches nothing", f"单元格 {text} 什么都不包含")
    return Cell(text, _merged(spans), unknown, tuple(numbers))


def _alternatives(text: str, place: str) -> list[re.Match[str]]:
    found, at = [], 0
    while True:
        match = ALTERNATIVE.match(text, at)
        if match is None:
            raise PolicyError(place, f"the cell {text} can't be read", f"无法读懂单元格 {text}")
        found.append(match)
        rest = text[match.end() :].lstrip()
        if not rest:
            return found
        if not rest.startswith(","):
            raise PolicyError(place, f"the cell {text} can't be read", f"无法读懂单元格 {text}")
        at = len(text) - len(rest[1:].lstrip())


def _span(part: re.Match[str], fact: Fact, place: str) -> Span:
    wrong = PolicyError(
        place, f"{part.group()} is no value of {fact.name} ({fact.en})", f"“{fact.zh}”没有 {part.group()} 这个值"
    )
    coded = part["code"] is not None
    worded = part["word"] is not None
    if coded is not (fact.kind == "category") or worded is not (fact.kind == "flag"):
        raise wrong
    if coded or worded:
        number = fact.number(part["code"] if coded else part["word"] == "true")
        if number is None:
            raise wrong
        return number, number
    if part["number"] is not None:
        return int(part["number"]), int(part["number"])
    if part["compare"] is not None:
        than, (low, high) = int(part["than"]), fact.domain
        return {"<": (low, than - 1), "<=": (low, than), ">": (than + 1, high), ">=": (than, high)}[part["compare"]]
    return int(part["low"]) + (part["open"] == "("), int(part["high"]) - (part["close"] == ")")


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    apart: list[Span] = []
    for low, high in sorted(spans):
        if apart and low <= apart[-1][1] + 1:
            apart[-1] = (apart[-1][0], max(high, apart[-1][1]))
        else:
            apart.append((low, high))
    return tuple(apart)
