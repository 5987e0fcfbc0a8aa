"""Sums of money as people write them: 50,000 · ５００００元 · 5万 · 2.5w · 五万 · 三万五."""

import re
import unicodedata
from decimal import Decimal

from portal.domain.errors import Invalid
from portal.domain.text import N_

_DIGITS = {char: value for value, chars in enumerate(["零〇", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"]) for char in chars}  # fmt: skip  # noqa: E501
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "k": 1000, "万": 10_000, "w": 10_000}
_NOISE = re.compile(r"[\s,、¥]|人民币|rmb|大约|左右|每月|(?:元|块钱|块|圆)整?(?=左右|$)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class NotAnAmount(Invalid):
    """The text is no sum of money."""

    def __init__(self) -> None:
        super().__init__(public=N_("请填写金额，例如 50000 或 5万。"))


def parse_yuan(text: str) -> int:
    """The sum in fen, never negative; raises NotAnAmount."""
    rest = _NOISE.sub("", unicodedata.normalize("NFKC", text).lower())
    if not rest or len(rest) > 20:
        raise NotAnAmount
    total = Decimal(0)  # closed by 万
    part = Decimal(0)  # below 万
    number: Decimal | None = None
    last_unit = 1
    while rest:
        number_match = _NUMBER.match(rest)
        if number_match:
            if number is not None:
                raise NotAnAmount
            number, rest = Decimal(number_match[0]), rest[number_match.end() :]
            continue
        char, rest = rest[0], rest[1:]
        if char in _DIGITS:
            if number is not None:
                raise NotAnAmount
            if _DIGITS[char] or not rest:
                number = Decimal(_DIGITS[char])
            continue
        total, part = _apply_unit(char, total, part, number)
        last_unit, number = _UNITS[char], None
    if number is not None:
        # 三万五 is 35,000: a last digit after a unit counts in the next lower one, unless 零 stands between.
        colloquial = last_unit >= 100 and 0 < number < 10 and number == int(number) and not re.search("[零〇]", text)
        part += number * (last_unit // 10 if colloquial else 1)
    fen = (total + part) * 100
    if fen != int(fen):
        raise NotAnAmount
    return int(fen)


def _apply_unit(char: str, total: Decimal, part: Decimal, number: Decimal | None) -> tuple[Decimal, Decimal]:
    if char not in _UNITS:
        raise NotAnAmount
    unit = _UNITS[char]
    if unit == 10_000:
        whole = part + (number or 0)
        if total or not whole:
            raise NotAnAmount
        return whole * unit, Decimal(0)
    if number is None and unit != 10:
        raise NotAnAmount
    return total, part + (1 if number is None else number) * unit
