"""What personal data is for, why it may be kept and how long: one registry, `purposes.toml`.

It gives "why we ask" its words. Every slot of the script and every stored field that is personal has its entry; a test
compares it with the tables (个人信息保护法 6, 17, 19).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portal.domain.text import Bilingual
from portal.script.reading import Pair, ScriptError, Strict, read_file

FILE = Path(__file__).with_name("purposes.toml")


class _Retention(Pair):
    days_as_draft: int
    days_when_refused: int
    days_after_end: int


class _Entry(Strict):
    why: Pair
    basis: str
    retention: str
    stored: tuple[str, ...] = ()


class Registry(Strict):
    """The file as it stands. `by_slot` holds answers, whose purposes are the questions'; `not_personal` tells nothing
    about anybody."""

    by_slot: tuple[str, ...]
    not_personal: tuple[str, ...]
    basis: dict[str, Pair]
    retention: dict[str, _Retention]
    purpose: dict[str, _Entry]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long, in words and in days: of a draft since its last turn, of an application that came to nothing since
    its end, of a loan since it was repaid."""

    id: str
    words: Bilingual
    days_as_draft: int
    days_when_refused: int
    days_after_end: int


@dataclass(frozen=True, slots=True)
class Purpose:
    """`stored` names the columns that hold such data: `table.column`, or `table.*` for all of a table."""

    id: str
    why: Bilingual
    basis: Bilingual
    retention: Retention
    stored: tuple[str, ...] = ()


def load_purposes(file: Path = FILE) -> Mapping[str, Purpose]:
    """Every purpose by its id; raises ScriptError."""
    read = read_file(file, Registry)
    problems = [
        f"{file.name}: {name}: no {kind} {wanted!r}"
        for name, entry in read.purpose.items()
        for kind, wanted, known in (("basis", entry.basis, read.basis), ("retention", entry.retention, read.retention))
        if wanted not in known
    ]
    if problems:
        raise ScriptError(problems)
    retentions = {
        name: Retention(name, kept.sentence(), kept.days_as_draft, kept.days_when_refused, kept.days_after_end)
        for name, kept in read.retention.items()
    }
    return {
        name: Purpose(
            name, entry.why.sentence(), read.basis[entry.basis].sentence(), retentions[entry.retention], entry.stored
        )
        for name, entry in read.purpose.items()
    }


@cache
def purposes() -> Mapping[str, Purpose]:
    """The registry of this installation."""
    return load_purposes()
