"""How long to repay, in months: 三年 · 一年半 · 24期 · 两年零六个月 · over 2 years. Not how long ago or how often."""

import re
from collections.abc import Iterator

from portal.understanding.lexicon import rule
from portal.understanding.mention import Mention
from portal.understanding.numbers import Number, find_numbers

_LONGEST_YEARS = 10
_LONGEST_MONTHS = 120
_BARE_SPLIT = re.compile(
    r"(?:分|分成|期限|期数|term:?)\s*(?:是|为|选|:)?\s*(6|9|12|18|24|30|36|48|60)(?![\d.,]|\s*[万千kw元块号人点天])"
)
# 借一万一年利息多少: a year of that loan.
_LOAN_BEFORE = re.compile(
    r"(?:借|贷|borrow|loan of)[^,，。]{0,3}[\d一二两三四五六七八九十百千.]+(?:万|千|k|w)(?:块|元|块钱)?$"
)
_MONTHS_AFTER = re.compile(r"\s*(?:零|又|and)\s*(?:\d|[一二两三四五六七八九十])+ ?(?:个月|months)")
# 六千三一个月 is what a month brings.
_SUM_BEFORE = re.compile(r"[百千万][一二两三四五六七八九]$")


def find_terms(text: str, asked: str) -> Iterator[Mention]:
    """Terms; one of a range, a bound or a figure beyond reason has no value."""
    taken: list[tuple[int, int]] = []
    for match in rule("half_years").finditer(text):
        if _is_term(text, *match.span(), asked, single=match.lastgroup == "year"):
            months = {"one": 18, "two": 30, "three": 42, "half": 6, "year": 12}[match.lastgroup or "year"]
            taken.append(match.span())
            yield Mention("term", *match.span(), _unless_bound(text, *match.span(), months))
    previous: Mention | None = None
    for number in find_numbers(text):
        found = _read(text, number, asked)
        if found is None or any(found.start < end and start < found.end for start, end in taken):
            continue
        if previous is not None and _adds(text, previous, found):
            months = (int(previous.value or 0)) + int(found.value or 0)
            previous = Mention("term", previous.start, found.end, months)
            continue
        if previous is not None:
            yield previous
        previous = found
    if previous is not None:
        taken.append((previous.start, previous.end))
        yield previous
    for match in _BARE_SPLIT.finditer(text):
        if not any(match.start(1) < end and start < match.end(1) for start, end in taken):
            yield Mention("term", *match.span(1), int(match[1]))


def _adds(text: str, first: Mention, second: Mention) -> bool:
    """两年零六个月, 2 years and 6 months."""
    return (
        isinstance(first.value, int)
        and isinstance(second.value, int)
        and second.value < 12 <= first.value
        and bool(re.fullmatch(r"\s*(?:零|又|and)?\s*", text[first.end : second.start]))
    )


def _read(text: str, number: Number, asked: str) -> Mention | None:
    unit = rule("term_unit").match(text[number.end :])
    if unit is None:
        return None
    end = number.end + unit.end()
    word = unit[0].strip(" -")
    # 五月 is a month of the calendar, 两月 never; 一期, 一个月 and 一年 are mostly what something is counted by.
    if (
        word == "月"
        and asked != "term"
        and text[number.start] != "两"
        and not (number.value or 0) > 12
        and not rule("repaid_after").match(text[end:])
        and not re.search(r"分\s*$", text[: number.start])
    ):
        return None
    single = number.value == 1 or (number.low == 1 and number.high == 1)
    if single and not unit["years"] and _SUM_BEFORE.search(text[: number.start]):
        return None
    if not _is_term(text, number.start, end, asked, single=single):
        return None
    if number.value is None or number.value != int(number.value) or number.value <= 0:
        return Mention("term", number.start, end, None)
    months = int(number.value) * (12 if unit["years"] else 1)
    if months > (_LONGEST_YEARS * 12 if unit["years"] else _LONGEST_MONTHS):
        return None if unit["years"] else Mention("term", number.start, end, None)
    return Mention("term", number.start, end, _unless_bound(text, number.start, end, months))


def _unless_bound(text: str, start: int, end: int, months: int) -> int | None:
    bound = rule("bound_before").search(text[:start]) or rule("term_bound_after").match(text[end:])
    return None if bound else months


def _is_term(text: str, start: int, end: int, asked: str, *, single: bool) -> bool:
    before, after = text[:start], text[end:]
    if single and (_LOAN_BEFORE.search(before) or _MONTHS_AFTER.match(after)):
        return True
    if asked != "term" and before.strip() and after.strip() == "了":
        return False
    if rule("not_a_term_before").search(before) or rule("not_a_term_after").match(after):
        return False
    if not single or len(text) <= end - start + 2 or rule("repaid_after").match(after):
        return True
    counts = rule("rate_before").search(before) or rule("brings").match(after)
    return not counts and bool(asked == "term" or rule("term_before").search(before) or rule("term_after").match(after))
