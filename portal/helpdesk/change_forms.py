"""What risk analysts type about a policy: values in the units people say, the hour of a change."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID, uuid4

from portal.domain.clock import CHINA
from portal.domain.errors import Invalid
from portal.domain.text import N_

Parameter = Mapping[str, Any]
"""As scoring.policy_edit describes one: key, file, table, rows, kind, zh, en, value."""

OUTCOMES = ("pass", "refer", "decline", "unknown")
UNITS: Mapping[str, str] = {
    "fen": N_("元"),
    "bp": "%",
    "ppm": "%",
    "times": N_("倍"),
    "months": N_("个月"),
    "days": N_("天"),
    "years": N_("周岁"),
}
_SCALES = {"fen": 100, "bp": 100, "ppm": 10_000, "times": 100}
"""How many of the kept unit make one of the unit that is typed."""

_WRONG = N_("请填写数字，例如 12 或 12.5。")
_MOST_DIGITS = 15


def shown(kind: str, value: int | str) -> str:
    """A value as it is typed; an outcome is its code."""
    scale = _SCALES.get(kind)
    if scale is None or isinstance(value, str):
        return str(value)
    text = f"{Decimal(value) / scale:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def parse_value(kind: str, text: str) -> int | str:
    """In fen, bp, parts per million, hundredths or whole numbers; raises Invalid."""
    if kind == "outcome":
        if text not in OUTCOMES:
            raise Invalid(public=N_("请选择一种结果。"))
        return text
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace("%", "").replace("¥", "").strip()
    if not re.fullmatch(r"-?[0-9.]+", plain) or len(plain) > _MOST_DIGITS:
        raise Invalid(public=_WRONG)
    try:
        kept = Decimal(plain) * _SCALES.get(kind, 1)
    except InvalidOperation:
        raise Invalid(public=_WRONG) from None
    if kept != kept.to_integral_value():
        raise Invalid(public=N_("小数位太多，请填写得简单一些。"))
    return int(kept)


def parse_values(parameters: Sequence[Parameter], fields: Mapping[str, str]) -> dict[str, int | str]:
    """What differs from the base among `parameters`; one that was not sent keeps its value. Raises Invalid by key."""
    found: dict[str, int | str] = {}
    errors: dict[str, str] = {}
    for one in parameters:
        key = str(one["key"])
        try:
            value = parse_value(one["kind"], fields[key]) if key in fields else one["value"]
        except Invalid as error:
            errors[key] = error.public
            continue
        if value != one["value"]:
            found[key] = value
    if errors:
        raise Invalid(errors)
    return found


def parse_moment(text: str) -> datetime | None:
    """`2026-12-01T09:00` in China; None for nothing, which means now. Raises Invalid."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=CHINA)
    except ValueError:
        raise Invalid({"effective_at": N_("请填写日期和时间，例如 2026-12-01 09:00。")}) from None


def parse_count(text: str) -> int:
    """How many decisions are to be replayed; 0 for what is no number, which the service refuses."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 6 else 0


def parse_draft_id(text: str) -> UUID:
    """The id that the form was drawn with; a form without one gets its own."""
    try:
        return UUID(text)
    except ValueError:
        return uuid4()
