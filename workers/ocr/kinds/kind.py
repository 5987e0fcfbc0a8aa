"""What a kind of document is: the words it is known by, and how its fields are taken out and checked."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from workers.ocr.layout import Document
from workers.ocr.reading import Check, Field, KindName


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
        """The sum of the weights of the marks found."""
        return sum(weight for mark, weight in self.marks.items() if re.search(mark, plain))


def found(**fields: Field | None) -> dict[str, Field]:
    """The fields that were found."""
    return {name: value for name, value in fields.items() if value is not None}
