"""How answers are checked and kept, by the names that the data files use."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from portal.domain.errors import Invalid
from portal.domain.identity import IdNumber, mask_bank_card, parse_bank_card, parse_name
from portal.domain.text import N_, Bilingual
from portal.script.amounts import parse_yuan
from portal.script.days import parse_last_day

AnswerValue: TypeAlias = int | str | list[str]
"""Money in fen and terms in months are int; a choice is its code; consents are a list of kinds."""

NOTHING = ("", "skip", "跳过")
KEEP = "keep"
_NONE = ("没有", "无", "none", "no")
_MOST_A_MONTH_FEN = 100_000_000


def _anything(value: AnswerValue) -> bool:
    return True


def as_it_is(value: str) -> str:
    """Unmasked."""
    return value


@dataclass(frozen=True, slots=True)
class Validator:
    """`parse` turns what was typed into what is kept, or raises Invalid; `accepts` says whether a kept answer is one
    under this product; `mask` is how it is shown back."""

    parse: Callable[[str], AnswerValue]
    accepts: Callable[[AnswerValue], bool] = _anything
    mask: Callable[[str], str] = as_it_is


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one product lends, in fen."""

    min_fen: int
    max_fen: int
    step_fen: int


@dataclass(frozen=True, slots=True)
class Means:
    """What a validator is made from: the choices' values, the product's bounds, the question's sentences by name."""

    values: Sequence[str]
    bounds: Bounds
    refusals: Mapping[str, Bilingual]


def _amount(means: Means) -> Validator:
    """Whole steps between the product's bounds."""
    bounds = means.bounds

    def parse(text: str) -> int:
        fen = parse_yuan(text)
        if not bounds.min_fen <= fen <= bounds.max_fen:
            raise Invalid(public=means.refusals["range"])
        if fen % bounds.step_fen:
            raise Invalid(public=means.refusals["step"])
        return fen

    def accepts(value: AnswerValue) -> bool:
        return isinstance(value, int) and bounds.min_fen <= value <= bounds.max_fen and value % bounds.step_fen == 0

    return Validator(parse, accepts)


def _monthly(means: Means) -> Validator:
    return Validator(parse_monthly)


def _choice(means: Means) -> Validator:
    known = frozenset(means.values)

    def parse(text: str) -> str:
        if text not in known:
            raise Invalid(public=N_("请从下面的选项里选一个。"))
        return text

    return Validator(parse, lambda value: value in known)


def _months(means: Means) -> Validator:
    """A choice that is a number of months: 24, 24 个月, 24期."""
    choice = _choice(means)

    def parse(text: str) -> int:
        # The lookbehind keeps a run of spaces from being tried at each of its spaces.
        return int(str(choice.parse(re.sub(r"(?<!\s)\s*(个月|期)$", "", text))))

    return Validator(parse, lambda value: choice.accepts(str(value)))


def _line(means: Means) -> Validator:
    """2–60 characters on one line."""

    def parse(text: str) -> str:
        line = " ".join(text.split())
        if not 2 <= len(line) <= 60:
            raise Invalid(public=means.refusals["length"])
        return line

    return Validator(parse)


def _not_typed(means: Means) -> Validator:
    return Validator(not_typed)


def parse_monthly(text: str) -> int:
    """A month's income or cost in fen; none at all is a fine answer."""
    if text.strip() in _NONE:
        return 0
    fen = parse_yuan(text)
    if fen > _MOST_A_MONTH_FEN:
        raise Invalid(public=N_("这里填写一个月的金额，请核对是否多写了零。"))
    return fen


def not_typed(text: str) -> AnswerValue:
    """A photograph or a tick is no text."""
    raise Invalid(public=N_("这一题不用填写文字，请按页面上的提示操作。"))


def _parse_id_number(text: str) -> str:
    return IdNumber.parse(text).value


def _mask_id_number(value: str) -> str:
    return IdNumber(value).masked


VALIDATORS: Mapping[str, Callable[[Means], Validator]] = {
    "amount": _amount,
    "bank_card": lambda means: Validator(parse_bank_card, mask=mask_bank_card),
    "choice": _choice,
    "id_number": lambda means: Validator(_parse_id_number, mask=_mask_id_number),
    "last_day": lambda means: Validator(parse_last_day),
    "line": _line,
    "monthly": _monthly,
    "months": _months,
    "name": lambda means: Validator(parse_name),
    "not_typed": _not_typed,
}

REFUSALS: Mapping[str, tuple[str, ...]] = {"amount": ("range", "step"), "line": ("length",)}
"""The sentences that a question has to bring for its validator."""
