"""Numbers in a sentence: 5万 · 五万 · 三万五 · 2.5w · 30,000 · 50k · 一百二 · ranges · and those too vague to be one.

cn2an reads the numerals. It knows neither w and k, nor 点 before 万, nor 万五 of the south, and of 十来万, 万把块 and
三五万 it makes an error or a figure; those are told apart here, because a loan is never made of a guess.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import cn2an

_DIGIT = "零一二两三四五六七八九壹贰叁肆伍陆柒捌玖"
_UNIT = "十百千万拾佰仟廿"
_LATIN_UNIT = r"\s?个?[kw](?![a-z])"
_RUN = re.compile(
    rf"(?:\d+(?:,\d{{3}})+|\d{{1,3}}(?: \d{{3}})+(?!\d)|\d+)(?:\.\d+)?"
    rf"(?:{_LATIN_UNIT}(?:\d(?!\d))?|\s?个?[{_UNIT}][{_DIGIT}{_UNIT}\d]*)?"
    rf"|[{_DIGIT}{_UNIT}](?:[{_DIGIT}{_UNIT}\d]|点(?=[{_DIGIT}]))*(?:{_LATIN_UNIT}|个万)?"
)
# 十万三年 is ten (hundred) thousand over three years: the last digit belongs to what is counted.
_NEXT_COUNTED = re.compile(r"^(?:年(?!级|薪|利(?!息)|化|费|龄|纪)|个月|期)")
# 三五万, 七八千, 一两年: one of two neighbours, which is a range. 十几, 几万, 十来万, 万把, 多 after a unit: no number.
_NEIGHBOURS = re.compile(rf"^([{_DIGIT}])([{_DIGIT}])([{_UNIT}]|$)")
_VAGUE_BEFORE = re.compile(r"(?:几|数|好几|上|小|近|将近|接近|快(?=\s*[^\s]*[万千]))\s*$")
_VAGUE_AFTER = re.compile(r"^(?:几|来(?=[万千个块年期])|多(?!少|久|长|大)|把(?=[万千块])|余|出头|打底|冒头|不到)")
_BETWEEN = re.compile(r"^\s*(?:万|千|元|块钱|块|年|个月|期|k|w|yuan)?\s*(?:到|至|-|~|或者?是?|还是|to|or)\s*$")
# 四万五万都行: two sums in one breath.
_TWO_SUMS = re.compile(rf"([{_DIGIT}\d十]+万)([{_DIGIT}\d十]+万)")
_SMALL = 100


@dataclass(frozen=True, slots=True)
class Number:
    """`low` and `high` differ for a range; both are None when the words name no figure."""

    start: int
    end: int
    low: Decimal | None
    high: Decimal | None
    spelled: str

    @property
    def value(self) -> Decimal | None:
        """The figure, when there is exactly one."""
        return self.low if self.low == self.high else None

    @property
    def has_unit(self) -> bool:
        """Whether 万, 千, k or w was said, which only sums of money are counted in here."""
        return bool(re.search(r"[万千仟kw]", self.spelled))


def find_numbers(text: str) -> list[Number]:
    """All numbers of a plain text (see `text.plain`), in order; the two ends of a range are one."""
    found = [number for match in _RUN.finditer(text) for number in _read(text, match)]
    joined: list[Number] = []
    for number in found:
        if joined and _BETWEEN.match(text[joined[-1].end : number.start]):
            joined[-1] = _join(joined[-1], number, text)
        else:
            joined.append(number)
    return joined


def _read(text: str, match: re.Match[str]) -> Iterator[Number]:
    spelled, start, end = match[0], match.start(), match.end()
    if _NEXT_COUNTED.match(text[end:]) and (
        split := re.fullmatch(rf"(.+[万千kw][{_DIGIT}]?)([{_DIGIT}]|\d{{1,2}})", spelled)
    ):
        middle = start + len(split[1])
        yield from _read_one(text, split[1], start, middle, last=False)
        yield from _read_one(text, split[2], middle, end)
        return
    yield from _read_one(text, spelled, start, end)


def _read_one(text: str, spelled: str, start: int, end: int, *, last: bool = True) -> Iterator[Number]:
    if last and (vague := _VAGUE_AFTER.match(text[end:])):
        tail = re.match(r"[千万]?", text[end + vague.end() :])
        yield Number(
            start, end + vague.end() + (tail.end() if tail else 0), None, None, spelled + (tail[0] if tail else "")
        )
        return
    if (before := _VAGUE_BEFORE.search(text[:start])) and (spelled[0] in _UNIT or before[0] not in ("上", "数")):
        yield Number(start, end, None, None, spelled)
        return
    if (pair := _NEIGHBOURS.match(spelled)) and pair[1] != "零" and pair[2] != "零" and _is_range(text, pair, end):
        ends = [_value(digit + spelled[2:]) for digit in (pair[1], pair[2])]
        if ends[0] is not None and ends[1] is not None and ends[1] > ends[0]:
            yield Number(start, end, ends[0], ends[1], spelled)
            return
    if both := _TWO_SUMS.fullmatch(spelled):
        ends = [_value(both[1]), _value(both[2])]
        if ends[0] is not None and ends[1] is not None:
            yield Number(start, end, min(ends[0], ends[1]), max(ends[0], ends[1]), spelled)
            return
    value = _value(spelled)
    if value is not None:
        yield Number(start, end, value, value, spelled)
    elif re.fullmatch(rf"[{_DIGIT}\d]+[万千百][{_DIGIT}]{{2}}", spelled):
        yield Number(start, end, None, None, spelled)


def _is_range(text: str, pair: re.Match[str], end: int) -> bool:
    return bool(pair[3]) or bool(re.match(r"年|个月|期|块|元", text[end:]))


def _value(spelled: str) -> Decimal | None:
    """The figure of one run; None for what is none, as the 十 of 十分 or a year spelled digit by digit."""
    cleaned = re.sub(r"[,\s个]", "", spelled).replace("w", "万").replace("k", "千")
    if re.fullmatch(r"\d+(\.\d+)?", cleaned):
        return Decimal(cleaned)
    scaled = re.fullmatch(rf"(\d+\.\d+|[{_DIGIT}十]+点[{_DIGIT}]+)([万千])", cleaned)
    try:
        if scaled:
            return Decimal(str(cn2an.cn2an(scaled[1], "smart"))) * (10_000 if scaled[2] == "万" else 1_000)
        if re.fullmatch("[万千百][二两三四五六七八九]", cleaned):
            cleaned = "一" + cleaned
        return Decimal(str(cn2an.cn2an(cleaned, "smart")))
    except (ValueError, IndexError, KeyError):
        return None


def _join(first: Number, second: Number, text: str) -> Number:
    """三到五万: the unit said last counts for both when the first has none of its own."""
    spelled = text[first.start : second.end]
    if first.low is None or second.high is None:
        return Number(first.start, second.end, None, None, spelled)
    low = first.low
    if not first.has_unit and second.has_unit and low < _SMALL:
        scale = 10_000 if re.search(r"[万w]", second.spelled) else 1_000
        low *= scale
    if low == second.high:
        return Number(first.start, second.end, low, low, spelled)
    return Number(first.start, second.end, min(low, second.high), max(low, second.high), spelled)
