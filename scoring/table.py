"""Reads a table of text (CSV and its relatives) into columns of numbers and categories, one piece at a time.

Memory is eight bytes a value whatever the text takes; a file larger than `MOST_BYTES` is refused before it is opened.
What can't be understood is refused with the line it stands on, never guessed.
"""

import codecs
import csv
import gzip
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Literal, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from scoring.schema import Schema, token

Floats: TypeAlias = npt.NDArray[np.float64]
Kind = Literal["number", "category"]

MOST_BYTES = 1_500_000_000
PIECE = 20_000
SNIFFED = 20_000

_UNIT = re.compile(r"\A\s*[$¥€£]?\s*([-+]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?)\s*(%|months?|yuan|元|个月)?\s*\Z")


class TableError(ValueError):
    """The data can't be used; the text is one sentence that says where and why."""


@dataclass(slots=True)
class Column:
    """`values` are the numbers themselves, or for a category the index into `levels`; NaN is missing."""

    name: str
    kind: Kind
    values: Floats
    levels: tuple[str, ...] = ()


@dataclass(slots=True)
class Table:
    """`lines` tells on which line of the file each row begins; `notes` what was done to read it."""

    path: Path
    columns: dict[str, Column]
    rows: int
    sha256: str
    notes: list[str] = field(default_factory=list)

    def texts(self, name: str) -> list[str]:
        """A column as tokens, "" where missing."""
        column = self.columns[name]
        if column.kind == "category":
            return ["" if np.isnan(v) else column.levels[int(v)] for v in column.values]
        return ["" if np.isnan(v) else token(float(v)) for v in column.values]


def read_table(path: Path, schema: Schema, most_bytes: int = MOST_BYTES) -> Table:
    """All columns but the dropped ones. Raises TableError."""
    encoding = _encoding(path, schema, most_bytes)
    with _open(path, encoding) as file:
        header, rows = _rows(path, file, schema)
        _check_header(path, header, schema)
        first = list(islice(rows, SNIFFED))
        if not first:
            raise TableError(f"{path.name} has a header and no rows.")
        readers = [
            _Reader(schema, name, index, first) for index, name in enumerate(header) if name not in schema.columns.drop
        ]
        count = 0
        piece = first
        while piece:
            for reader in readers:
                reader.add(piece, count)
            count += len(piece)
            piece = list(islice(rows, PIECE))
    notes = [reader.note for reader in readers if reader.note]
    return Table(path, {reader.name: reader.column() for reader in readers}, count, digest(path), notes)


def digest(path: Path) -> str:
    """SHA-256 of the file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _encoding(path: Path, schema: Schema, most_bytes: int) -> str:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(1_000_000)
    except OSError as broken:
        raise TableError(f"{path} can't be read: {broken.strerror}.") from None
    if size > most_bytes:
        raise TableError(
            f"{path.name} has {size / 1e9:.1f} GB; at most {most_bytes / 1e9:.1f} GB are read. Take a sample "
            "of its rows, or leave out columns that are not needed."
        )
    if not size:
        raise TableError(f"{path.name} is empty.")
    if path.suffix == ".gz":
        return schema.file.encoding or "utf-8-sig"
    if start[:4] in (b"PAR1", b"PK\x03\x04"):
        raise TableError(f"{path.name} is not a table of text; save it as CSV first.")
    if schema.file.encoding:
        return schema.file.encoding
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    if b"\0" in start:
        raise TableError(f"{path.name} holds zero bytes: it is not a table of text.")
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(start)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _open(path: Path, encoding: str) -> IO[str]:
    try:
        if path.suffix == ".gz":
            return cast(IO[str], gzip.open(path, "rt", encoding=encoding, newline=""))
        return path.open(encoding=encoding, newline="")
    except LookupError:
        raise TableError(f"The encoding {encoding!r} of the schema is not known.") from None


def _rows(path: Path, file: IO[str], schema: Schema) -> tuple[list[str], Iterator[list[str]]]:
    lines = _lines(path, file)
    first = next(lines, "")
    delimiter = schema.file.delimiter or _delimiter(first)
    if delimiter in ("whitespace", " "):
        split: Iterator[list[str]] = (line.split() for line in _chain(first, lines))
    else:
        split = csv.reader(_chain(first, lines), delimiter=delimiter, skipinitialspace=True)
    whole = _filled(path, split)
    header = list(schema.file.columns) or [name.strip() for name in next(whole, [])]
    return header, _even(path, whole, len(header), 1 if schema.file.columns else 2)


def _lines(path: Path, file: IO[str]) -> Iterator[str]:
    try:
        yield from file
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError):
        raise TableError(f"{path.name} can't be decoded; name its encoding in the schema as file.encoding.") from None


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest


def _filled(path: Path, rows: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        for row in rows:
            if row and (len(row) > 1 or row[0].strip()):
                yield row
    except csv.Error as broken:
        raise TableError(f"{path.name} is not well-formed: {broken}.") from None


def _even(path: Path, rows: Iterator[list[str]], width: int, start: int) -> Iterator[list[str]]:
    for number, row in enumerate(rows, start):
        if len(row) != width:
            raise TableError(f"Line {number} of {path.name} has {len(row)} fields where {width} are expected.")
        yield row


def _delimiter(line: str) -> str:
    counts = {mark: line.count(mark) for mark in (",", ";", "\t", "|")}
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] else "whitespace" if len(line.split()) > 1 else ","


def _check_header(path: Path, header: Sequence[str], schema: Schema) -> None:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise TableError(f"{path.name} has the column {twice[0]!r} twice.")
    absent = {name: where for name, where in schema.named.items() if name not in header}
    absent = {name: where for name, where in absent.items() if where not in ("columns.drop", "labels")}
    if absent:
        listed = ", ".join(f"{name!r} ({where})" for name, where in list(absent.items())[:6])
        more = f" and {len(absent) - 6} more" if len(absent) > 6 else ""
        raise TableError(f"{path.name} lacks columns that the schema names: {listed}{more}.")


class _Reader:
    """Collects one column. Whether it holds numbers is decided once, on the first rows or by the schema."""

    def __init__(self, schema: Schema, name: str, index: int, first: Sequence[Sequence[str]]) -> None:
        self.name, self.index, self.note = name, index, ""
        self._missing = {token(value).lower() for value in schema.missing.values}
        self._own = frozenset(schema.missing.columns.get(name, ()))
        self._comma = schema.file.decimal == ","
        self._start = 1 if schema.file.columns else 2
        self._unit: str | None = None
        self._levels: dict[str, int] = {}
        self._pieces: list[Floats] = []
        self.kind: Kind = self._decide(schema, [row[index] for row in first])

    def add(self, piece: Sequence[Sequence[str]], before: int) -> None:
        """The column's part of some rows."""
        raw = [row[self.index] for row in piece]
        numbers = self.kind == "number"
        self._pieces.append(self._numbers(raw, before) if numbers else self._codes(raw))

    def column(self) -> Column:
        """Everything collected."""
        return Column(self.name, self.kind, np.concatenate(self._pieces), tuple(self._levels))

    def _decide(self, schema: Schema, raw: Sequence[str]) -> Kind:
        roles = schema.columns
        text_roles = {*roles.categorical, *roles.id, roles.group, roles.time, schema.target.column, *roles.protected}
        if schema.revolving:
            text_roles |= set(schema.revolving.status)
        if self.name in roles.categorical or (self.name in text_roles and self.name not in roles.numeric):
            return "category"
        known = [value for value in raw if not self._is_missing(value)]
        if not known or all(_float(value, comma=self._comma) is not None for value in known):
            return "number"
        found = [_UNIT.match(value) for value in known]
        units = {match.group(2) for match in found if match} - {None}
        if all(found) and len(units) <= 1:
            self._unit = units.pop() if units else ""
            self.note = f"{self.name}: read as numbers, without {self._unit or 'signs and separators'}"
            return "number"
        odd = [value for value in known if _float(value, comma=self._comma) is None]
        if self.name in roles.numeric or self.name in schema.monotone:
            raise self._not_a_number(odd[0], raw.index(odd[0]))
        kinds = sorted(set(odd))[:3]
        if len(odd) < len(known) / 5 and len(set(known)) > 30:
            listed = ", ".join(repr(value) for value in kinds)
            raise TableError(
                f"{self.name!r} mixes numbers with {listed} ({len(odd)} of {len(known)} values): list them under "
                f"[missing] or [special], or the column under columns.categorical."
            )
        return "category"

    def _is_missing(self, value: str) -> bool:
        text = value.strip()
        return text.lower() in self._missing or (bool(self._own) and token(text) in self._own)

    def _not_a_number(self, value: str, row: int) -> TableError:
        return TableError(
            f"Line {row + self._start}: {self.name!r} holds {value.strip()[:40]!r} where a number is expected."
        )

    def _numbers(self, raw: Sequence[str], before: int) -> Floats:
        values = np.empty(len(raw))
        for place, text in enumerate(raw):
            if self._is_missing(text):
                values[place] = np.nan
                continue
            value = _float(text, comma=self._comma)
            if value is None and (self._unit is not None or "," in text) and (match := _UNIT.match(text)):
                value = float(match.group(1).replace(",", ""))
            if value is None:
                raise self._not_a_number(text, before + place)
            values[place] = value
        infinite = np.flatnonzero(np.isinf(values))
        if infinite.size:
            line = before + int(infinite[0]) + self._start
            raise TableError(f"Line {line}: {self.name!r} is infinite; list the value under [missing] if it says so.")
        return values

    def _codes(self, raw: Sequence[str]) -> Floats:
        levels = self._levels
        return np.array(
            [np.nan if self._is_missing(text) else levels.setdefault(token(text), len(levels)) for text in raw],
            dtype=np.float64,
        )


def _float(text: str, *, comma: bool) -> float | None:
    try:
        return float(text.strip().replace(".", "").replace(",", ".") if comma else text)
    except ValueError:
        return None
