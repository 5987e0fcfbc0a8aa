"""Dates in a sentence, so that their figures are nothing else. One that can be a date of birth is taken for it only
when the words or the question say so, or when nothing else is said to have happened on it.

dateutil reads English dates well; it would also make a date of 12 or of "may", so it sees only what an expression
found. It reads no Chinese ones, and none with numerals (四月十八日).
"""

import re
from collections.abc import Iterator
from datetime import date

from dateutil import parser as english_dates

from portal.understanding.lexicon import rule
from portal.understanding.mention import Mention

_NUMERALS = {numeral: value for value, numeral in enumerate("一二三四五六七八九十", 1)} | {
    f"{tens}{ones}": base + value
    for tens, base in (("十", 10), ("二十", 20), ("三十", 30))
    for value, ones in enumerate(("", "一", "二", "三", "四", "五", "六", "七", "八", "九"))
}
_FIGURE = r"(?:\d{1,2}|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_FULL = re.compile(
    rf"(?P<y>(?:19|20)\d\d|(?<!\d)\d\d(?=年))\s*[-./年]\s*(?P<m>{_FIGURE})\s*[-./月]\s*(?P<d>{_FIGURE})(?:日|号)?(?!\d)"
)
_COMPACT = re.compile(r"(?<!\d)(?P<y>19[3-9]\d|20[012]\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)")
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_ENGLISH = re.compile(
    rf"\b{_MONTHS} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTHS},? \d{{4}}"
)
_PARTIAL = re.compile(
    rf"(?:19|20)\d\d\s*年(?:\s*{_FIGURE}\s*月)?(?:\s*{_FIGURE}\s*[日号])?|{_FIGURE}\s*月\s*{_FIGURE}\s*[日号]"
    rf"|(?<!\d)[3-9]\d\s*年(?:的|生|出生|人)|(?<!\d)(?:19|20)\d\d(?=年|\s*[-./]\s*\d)|\b(?:in|since) (?:19|20)\d\d\b"
)
_GROWN_UP = range(1930, 2012)


def find_dates(text: str, asked: str) -> Iterator[Mention]:
    """Dates of birth as ISO dates; other dates with the kind `date`."""
    is_birth = asked == "birth_date" or bool(rule("birth").search(text))
    other = bool(rule("other_day").search(text))
    for pattern in (_FULL, _COMPACT):
        for match in pattern.finditer(text):
            if pattern is _COMPACT and not is_birth:
                continue
            day = _day(int(match["y"]), _figure(match["m"]), _figure(match["d"]))
            kind = "birth_date" if is_birth or (not other and day and day.year in _GROWN_UP) else "date"
            yield Mention(kind, *match.span(), day.isoformat() if day else None)
    for match in _ENGLISH.finditer(text):
        try:
            day = english_dates.parse(match[0].replace(" of ", " ")).date()
        except (ValueError, OverflowError):
            continue
        kind = "birth_date" if is_birth or (not other and day.year in _GROWN_UP) else "date"
        yield Mention(kind, *match.span(), day.isoformat())
    for match in _PARTIAL.finditer(text):
        yield Mention("date", *match.span(), None)


def _figure(text: str) -> int:
    return int(text) if text.isdecimal() else _NUMERALS.get(text, 0)


def _day(year: int, month: int, day: int) -> date | None:
    if year < 100:
        year += 1900 if year > 30 else 2000
    try:
        return date(year, month, day)
    except ValueError:
        return None
