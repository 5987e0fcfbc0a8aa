"""Field types shared by every input of the library, and the one way to read untrusted JSON into them.

Numbers are strict: no text, no bool, no float, no NaN where an integer belongs. Unknown keys are ignored, so
that a sender can add fields before we read them; missing keys are refused unless the field has a default.
"""

from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

T = TypeVar("T")


class InputError(ValueError):
    """An input can't be trusted. `field` is its dotted path; the value itself is never in the text."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


def _iso_date(value: object) -> date:
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError("an ISO date is expected")
    return date.fromisoformat(value)


def _iso_instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("an ISO instant is expected")
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError("an instant needs its offset from UTC")
    return instant


# 10^13 yuan is beyond any person; the bound keeps sums and products far inside an exact float.
Fen = Annotated[int, Field(strict=True, ge=0, le=10**15)]
Count = Annotated[int, Field(strict=True, ge=0, le=10**6)]
Flag = Annotated[bool, Field(strict=True)]
Code = Annotated[str, Field(strict=True, min_length=1, max_length=200)]
IsoDate = Annotated[date, BeforeValidator(_iso_date)]
IsoInstant = Annotated[datetime, BeforeValidator(_iso_instant)]


def read(adapter: TypeAdapter[T], data: Any, error: type[InputError]) -> T:
    """Validate `data`; raises `error` naming the first field that fails."""
    try:
        return adapter.validate_python(data)
    except ValidationError as failure:
        first = failure.errors(include_input=False, include_url=False, include_context=False)[0]
        path = ".".join(str(part) for part in first["loc"]) or "(whole)"
        raise error(path, first["type"]) from None
