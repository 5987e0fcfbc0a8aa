"""How facts, cells and sentences read, in Chinese and English."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from scoring.rulebook.cells import ALTERNATIVE, Cell
from scoring.rulebook.facts import FACTS, Fact, Kind, Value
from scoring.wording import percent, yuan

Pair: TypeAlias = tuple[str, str]

ANYTHING: Pair = ("不限", "anything")
UNKNOWN: Pair = ("未知", "not known")
KNOWN: Pair = ("已知", "known")

_UNITS: Mapping[Kind, Pair] = {
    "years": (" 周岁", ""),
    "months": (" 个月", " months"),
    "days": (" 天", " days"),
    "fen": (" 元", " yuan"),
    "times": (" 倍", " times"),
}
_COMPARED: Mapping[str, Pair] = {
    "<": ("低于", "below"),
    "<=": ("不超过", "at most"),
    ">": ("高于", "above"),
    ">=": ("不少于", "at least"),
}
_STEPS: Mapping[Kind, int] = {"fen": 100, "bp": 10, "ppm": 100, "times": 10}
"""Figures are said in multiples of these; an end just beyond one is said as the multiple it excludes."""

_QUOTED = re.compile(r"\{([a-z_0-9]+)(\.limit)?\}")


def figure(fact: Fact, number: int) -> str:
    """A number without its unit, as sentences quote it."""
    if fact.kind == "fen":
        return yuan(number)
    if fact.kind in ("bp", "ppm"):
        return f"{number / 10_000:.4g}%" if fact.kind == "ppm" else percent(number)
    return f"{number / 100:.1f}".removesuffix(".0") if fact.kind == "times" else str(number)


def value_words(fact: Fact, value: Value) -> Pair:
    """A value in a sentence; the sentence itself says the unit."""
    if value is None:
        return UNKNOWN
    if fact.kind == "flag":
        return ("是", "yes") if value else ("否", "no")
    if fact.kind == "category":
        return next(((zh, en) for code, zh, en in fact.values if code == value), (str(value), str(value)))
    words = figure(fact, value) if isinstance(value, int) else str(value)
    return words, words


def sentence(text: str, language: int, values: Mapping[str, Value], limits: Mapping[str, int]) -> str:
    """`{fact}` becomes its value, `{fact.limit}` the number in the row's cell; `language` 0 is Chinese."""

    def fill(found: re.Match[str]) -> str:
        fact = FACTS[found[1]]
        return figure(fact, limits[found[1]]) if found[2] else value_words(fact, values.get(found[1]))[language]

    return _QUOTED.sub(fill, text)


def cell_words(fact: Fact, cell: Cell) -> Pair:
    """A condition as it is written: 不限, 未知, 低于 22 周岁, 6 个月 或 12 个月, 学生 或 无业."""
    if cell.text in ("", "!= null"):
        return ANYTHING if cell.unknown else KNOWN
    return _either([_written(fact, part) for part in ALTERNATIVE.finditer(cell.text)])


def _written(fact: Fact, part: re.Match[str]) -> Pair:
    if part["word"] == "null":
        return UNKNOWN
    if part["word"] or part["code"] is not None:
        return value_words(fact, part["code"] if part["code"] is not None else part["word"] == "true")
    if part["number"]:
        return _with_unit(fact, int(part["number"]))
    if part["compare"]:
        return _end(fact, part["compare"], int(part["than"]))
    low = _end(fact, ">" if part["open"] == "(" else ">=", int(part["low"]))
    high = _end(fact, "<" if part["close"] == ")" else "<=", int(part["high"]))
    return f"{low[0]}、{high[0]}", f"{low[1]} and {high[1]}"


def _span_words(fact: Fact, low: int, high: int) -> Pair:
    if fact.kind in ("flag", "category"):
        return _either(
            [value_words(fact, bool(n) if fact.kind == "flag" else fact.values[n][0]) for n in range(low, high + 1)]
        )
    if low == high:
        return _with_unit(fact, low)
    # In a fine unit what lies beyond 50 % begins at 50.01 %, which nobody would say.
    step, ends = _STEPS.get(fact.kind), []
    if low > fact.domain[0]:
        ends.append(_end(fact, ">", low - 1) if step and (low - 1) % step == 0 else _end(fact, ">=", low))
    if high < fact.domain[1]:
        ends.append(_end(fact, "<", high + 1) if step and (high + 1) % step == 0 else _end(fact, "<=", high))
    return "、".join(zh for zh, _ in ends), " and ".join(en for _, en in ends)


def _either(pairs: Sequence[Pair]) -> Pair:
    return " 或 ".join(zh for zh, _ in pairs), " or ".join(en for _, en in pairs)


def _end(fact: Fact, compare: str, number: int) -> Pair:
    zh, en = _COMPARED[compare]
    said = _with_unit(fact, number)
    return f"{zh} {said[0]}", f"{en} {said[1]}"


def _with_unit(fact: Fact, number: int) -> Pair:
    zh, en = _UNITS.get(fact.kind, ("", ""))
    return f"{figure(fact, number)}{zh}", f"{figure(fact, number)}{en}"


def box_words(facts: Sequence[Fact], box: Sequence[Cell]) -> Pair:
    """A part of the cases; columns where anything goes are left out."""
    parts = []
    for fact, cell in zip(facts, box, strict=False):
        if cell.unknown and cell.spans == (fact.domain,):
            continue
        if cell.spans == (fact.domain,):
            zh, en = KNOWN
        else:
            said = [_span_words(fact, low, high) for low, high in cell.spans]
            zh, en = _either([*said, UNKNOWN] if cell.unknown else said)
        parts.append((f"{fact.zh}：{zh}", f"{fact.en}: {en}"))
    return "；".join(zh for zh, _ in parts) or ANYTHING[0], "; ".join(en for _, en in parts) or ANYTHING[1]
