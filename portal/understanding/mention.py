"""Something named outright in a message."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mention:
    """`kind` is a slot, or what else the figures are. `value` is None where something is named that may not be taken at
    its word: a range, a bound, a wrong digit."""

    kind: str
    start: int
    end: int
    value: str | int | None
    sure_money: bool = False
    monthly: bool = False
