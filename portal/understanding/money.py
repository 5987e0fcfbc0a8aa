"""Sums of money and what each is about: the loan, a month's income, housing, other debts, or nothing we ask for."""

from collections.abc import Collection, Iterator
from decimal import Decimal

from portal.understanding.lexicon import lexicon, rule
from portal.understanding.mention import Mention
from portal.understanding.numbers import Number, find_numbers

MONEY = ("amount", "monthly_income", "housing_cost", "other_debt")
MONTHLY = MONEY[1:]
NOTHING = "nothing"
_CLAUSES_BACK = 2
_FEW = 2
_DECIMALS = 4
_SMALLEST_BARE = 100
_SMALLEST_LOAN = 1_000
_LARGEST = Decimal(10**9)


def find_sums(text: str) -> Iterator[Mention]:
    """Sums in yuan. `sure_money`: the words say money (元, 块, 万, k), not only a figure."""
    for number in find_numbers(text):
        before, after = text[: number.start], text[number.end :]
        if rule("counted").match(after) or rule("not_counted_before").search(before):
            continue
        signed = bool(rule("money_unit").match(after) or rule("money_sign").search(before))
        if number.has_unit and not signed and rule("not_money_after").match(after):
            continue
        monthly = bool(rule("monthly_before").search(before) or rule("monthly_after").match(after))
        if number.value is not None and number.value.as_tuple().exponent < -_DECIMALS:  # type: ignore[operator] # finite
            continue
        value = _yuan(number, before, after)
        yield Mention("sum", number.start, number.end, value, signed or number.has_unit, monthly)


def _yuan(number: Number, before: str, after: str) -> int | None:
    if number.value is None or number.value != number.value.to_integral_value() or number.value > _LARGEST:
        return None
    if rule("bound_before").search(before) or rule("bound_after").match(after):
        return None
    return int(number.value)


def about(text: str, previous: int, each: Mention, following: int, asked: str, known: Collection[str]) -> str | None:
    """The slot that a sum between two others fills, `NOTHING` for a sum of no interest, None when the words don't say.

    `known` are the slots found so far: work makes a bare monthly sum an income."""
    slot = _subject(text, previous, each, following)
    if _is_of_no_interest(text, slot, text[previous:following], each):
        return NOTHING
    if each.monthly and slot in (None, "amount"):
        if rule("repaying").search(text[max(previous, each.start - 12) : each.start]):
            return NOTHING
        if asked in MONTHLY and slot is None:
            return asked
        works = {"employment", "employer"} & set(known) or rule("works").search(text)
        if works:
            return "monthly_income"
        borrowed = slot and not _is_near_month(text, each) and rule("borrowing").search(text[previous : each.start])
        return slot if borrowed else NOTHING
    if slot == "amount" and asked in MONTHLY and not rule("borrowing").search(text):
        slot = asked
    if slot == MONEY[0] and each.value == 0:
        return NOTHING
    if slot in MONTHLY and not each.sure_money and isinstance(each.value, int) and not _is_bare_sum(slot, each.value):
        return NOTHING
    return slot


def _is_of_no_interest(text: str, slot: str | None, around: str, each: Mention) -> bool:
    """What is paid before tax when what is left is said, too, and what somebody else has borrowed."""
    if slot == "monthly_income":
        return bool(rule("before_tax").search(text[: each.start]) and rule("after_tax").search(text))
    return slot in (None, "amount") and bool(rule("lent").search(around))


def _is_near_month(text: str, each: Mention) -> bool:
    return bool(rule("monthly_after").match(text[each.end :]))


def _is_bare_sum(slot: str, value: int) -> bool:
    return value >= _SMALLEST_BARE or (value == 0 and slot in ("housing_cost", "other_debt"))


def is_doubtful(slot: str, each: Mention) -> bool:
    """想借 5 may be five thousand or fifty: no sum yet."""
    return slot == MONEY[0] and not each.sure_money and isinstance(each.value, int) and each.value < _SMALLEST_BARE


def stands_alone(text: str, each: Mention, asked: str, count: int, *, loan: bool, corrects: bool) -> str | None:
    """The slot of a sum that nothing is said about: money by its unit, or a message that is the figure asked for."""
    default = asked if asked in MONEY else MONEY[0]
    if each.sure_money:
        rest = rule("filler").sub("", text[: each.start] + text[each.end :])
        return None if rule("question").search(text) and not loan and len(rest) > _FEW else default
    rest = rule("filler").sub("", text[: each.start] + text[each.end :])
    if not isinstance(each.value, int):
        return default if asked in MONEY and (loan or not rest) else None
    if asked in MONEY and count == 1 and not rest:
        return asked if _is_bare_sum(asked, each.value) else None
    if each.value >= _SMALLEST_LOAN and (corrects or (loan and asked == MONEY[0])):
        return MONEY[0]
    return None


def _subject(text: str, previous: int, each: Mention, following: int) -> str | None:
    """What a sum is about: the nearest word before it, back to the sum before, else one after it in the clause."""
    before = text[previous : each.start].rstrip()
    clauses = [match.end() for match in rule("clause").finditer(before)]
    nearest = before[clauses[-1] :] if clauses else before
    after = rule("clause").split(text[each.end : following], maxsplit=1)[0]
    later = _cue(after[: 24 if after.isascii() else 14], from_end=False)
    slot = _cue(nearest, from_end=True)
    # 每个月要还三千房贷: what is asked for gives way to what a month costs.
    if slot is None or (slot == MONEY[0] and each.monthly and later in MONTHLY):
        slot = later
    if slot is not None:
        return slot
    return _cue(before, from_end=True) if 1 <= len(clauses) <= _CLAUSES_BACK else None


def _cue(window: str, from_end: bool) -> str | None:
    general: str | None = None
    best: tuple[tuple[int, int], str] | None = None
    for slot, words in lexicon().money.items():
        places = [(match.end() if from_end else -match.start(), len(match[0])) for match in words.finditer(window)]
        if not places:
            continue
        if slot == "amount":
            general = slot
        elif best is None or max(places) > best[0]:
            best = (max(places), slot)
    return best[1] if best else general
