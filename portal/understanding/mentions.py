"""What is named outright in a message: numbers of phones, cards and people, dates, terms, and sums of money.

Each finder takes plain text and answers with spans, so that a later one never reads the digits of an earlier one again.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dateutil import parser as english_dates

from portal.domain.identity import IdNumber, InvalidIdentity, parse_bank_card, parse_mobile
from portal.understanding.lexicon import lexicon, rule
from portal.understanding.numbers import Number, find_numbers


def _parse_id_number(text: str) -> str:
    return IdNumber.parse(text).value


_SEPARATED = r"[\s\-_.·]?"
_IDENTITIES: tuple[tuple[str, re.Pattern[str], Callable[[str], str]], ...] = (
    ("id_number", re.compile(rf"(?<!\d)\d(?:{_SEPARATED}\d){{16}}{_SEPARATED}[\dx](?![\da-z])"), _parse_id_number),
    ("mobile", re.compile(rf"(?<!\d)(?:\+?86[\s-]?|0086[\s-]?)?1[3-9](?:{_SEPARATED}\d){{9}}(?!\d)"), parse_mobile),
    ("bank_card", re.compile(rf"(?<!\d)\d(?:{_SEPARATED}\d){{11,18}}(?!\d)"), parse_bank_card),
)  # fmt: skip
_LONG_RUN = re.compile(rf"\d(?:{_SEPARATED}\d){{8,}}")

_BIRTH = re.compile(r"出生|生日|生于|年生|born|birthday|date of birth|dob")
_CHINESE_DATE = re.compile(
    r"(?P<y>(?:19|20)\d\d|\d\d(?=年))\s*[-./年]\s*(?P<m>\d{1,2})\s*[-./月]\s*(?P<d>\d{1,2})(?:日|号)?"
)
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_ENGLISH_DATE = re.compile(
    rf"{_MONTHS} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTHS},? \d{{4}}"
)
_CALENDAR = re.compile(
    r"(?:19|20)\d\d\s*年(?:\s*\d{1,2}\s*月)?(?:\s*\d{1,2}\s*[日号])?|\d{1,2}\s*月\s*\d{1,2}\s*[日号]"
)

_MONEY_UNIT = re.compile(r"^\s*(?:元|块|圆|rmb|cny|yuan|人民币|￥|¥)")
_MONEY_SIGN = re.compile(r"(?:¥|￥|rmb|cny|人民币)\s*$")


@dataclass(frozen=True, slots=True)
class Mention:
    """`value` is None where something is named that may not be taken at its word: a range, a bound, a wrong digit."""

    kind: str
    start: int
    end: int
    value: str | int | None
    sure_money: bool = False


def find_identities(text: str) -> Iterator[Mention]:
    """Numbers of people, phones and cards; one that fails its own checksum or length is named, never repaired."""
    taken: list[tuple[int, int]] = []
    for kind, pattern, parse in _IDENTITIES:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            try:
                value: str | None = parse(match[0])
            except InvalidIdentity:
                value = None
            if value is not None:
                taken.append(match.span())
                yield Mention(kind, *match.span(), value)
    for match in _LONG_RUN.finditer(text):
        if not any(match.start() < end and start < match.end() for start, end in taken):
            yield Mention("unknown_number", *match.span(), None)


def find_dates(text: str) -> Iterator[Mention]:
    """A date of birth when the words say so; every other date is only kept from being read as something else."""
    is_birth = bool(_BIRTH.search(text))
    for match in _CHINESE_DATE.finditer(text):
        year = int(match["y"])
        if year < 100:
            year += 1900 if year > 30 else 2000
        yield Mention("birth_date" if is_birth else "date", *match.span(), _iso(year, int(match["m"]), int(match["d"])))
    for match in _ENGLISH_DATE.finditer(text):
        day = english_dates.parse(match[0].replace(" of ", " ")).date()
        yield Mention("birth_date" if is_birth else "date", *match.span(), day.isoformat())
    for match in _CALENDAR.finditer(text):
        yield Mention("date", *match.span(), None)


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def find_terms(text: str, asked: bool = False) -> Iterator[Mention]:
    """How long to repay, in months: 三年 · 一年半 · 24期 · over 2 years. Not how long ago or since when."""
    taken: list[tuple[int, int]] = []
    for match in rule("half_years").finditer(text):
        if _is_term(text, *match.span()):
            months = {"one": 18, "two": 30, "half": 6, "year": 12}[match.lastgroup or "year"]
            taken.append(match.span())
            yield Mention("term", *match.span(), months)
    for number in find_numbers(text):
        unit = rule("term_unit").match(text[number.end :])
        if unit is None or any(number.start < end and start < number.end + 1 for start, end in taken):
            continue
        end = number.end + unit.end()
        bare_month = unit[0].strip() == "月" and not asked and not re.search(r"分\s*$", text[: number.start])
        if bare_month or not _is_term(text, number.start, end):
            continue
        whole = number.value is not None and number.value == int(number.value) and 0 < number.value <= 120
        months = int(number.value or 0) * (12 if unit["years"] else 1)
        bound = rule("bound_before").search(text[: number.start]) or rule("bound_after").match(text[end:])
        yield Mention("term", number.start, end, months if whole and months <= 360 and not bound else None)


def _is_term(text: str, start: int, end: int) -> bool:
    return not rule("not_a_term_before").search(text[:start]) and not lexicon().rules["not_a_term_after"].match(
        text[end:]
    )


def find_sums(text: str) -> Iterator[Mention]:
    """Sums of money in yuan. `sure_money`: the words say money (元, 块, 万, k), not only a figure."""
    for number in find_numbers(text):
        after = text[number.end :]
        if rule("counted").match(after) or re.search(r"百分之|第\s*$", text[: number.start][-3:]):
            continue
        signed = bool(_MONEY_UNIT.match(after) or _MONEY_SIGN.search(text[: number.start]))
        yield Mention("sum", number.start, number.end, _yuan(number, text), signed or number.has_unit)


def _yuan(number: Number, text: str) -> int | None:
    if number.value is None or number.value != number.value.to_integral_value() or number.value > Decimal(10**9):
        return None
    if rule("bound_before").search(text[: number.start]) or rule("bound_after").match(text[number.end :]):
        return None
    return int(number.value)
