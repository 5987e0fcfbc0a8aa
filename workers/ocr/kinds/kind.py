"""What a kind of document is: the words it is known by, and how its fields are taken out and checked."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from workers.ocr.layout import Document
from workers.ocr.normal import HAN
from workers.ocr.reading import Check, Field, KindName

_LONG_ENOUGH = 4
_NEARLY = 0.8


@dataclass(frozen=True, slots=True)
class Facts:
    """What was taken out of one document."""

    fields: Mapping[str, Field]
    checks: tuple[Check, ...] = ()
    rows: tuple[Mapping[str, Field], ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """`marks` maps expressions over text without blanks to weights; a document is of this kind from 1.0 on."""

    name: KindName
    marks: Mapping[str, float]
    read: Callable[[Document, date], Facts] = field(repr=False)

    def weight(self, plain: str) -> float:
        """The sum of the weights of the marks found; words of four and more with one wrong character count less."""
        total = 0.0
        for mark, weight in self.marks.items():
            if re.search(mark, plain):
                total += weight
            elif (nearly := _nearly(mark)) and re.search(nearly, plain):
                total += _NEARLY * weight
        return total


@lru_cache(maxsize=256)
def _nearly(mark: str) -> str | None:
    """An expression for the plain words of a mark with any one character misread, None when none is long enough."""
    words = [word for word in mark.split("|") if re.fullmatch(f"[{HAN}]+", word) and len(word) >= _LONG_ENOUGH]
    blurred = [word[:at] + "[^\n]" + word[at + 1 :] for word in words for at in range(len(word))]
    return "|".join(blurred) or None


def found(**fields: Field | None) -> dict[str, Field]:
    """The fields that were found."""
    return {name: value for name, value in fields.items() if value is not None}
