"""`xindai read FILE… [--json] [--expect KIND]`: what documents say, as tables for people or a list for programs."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from portal.domain.money import format_yuan
from workers.ocr.errors import ModelMissing, ReadInterrupted
from workers.ocr.quality import REASONS
from workers.ocr.reader import DocumentReader
from workers.ocr.reading import AMOUNTS, LONG_TERM, Field, KindName, Reading

_KINDS = tuple(kind for kind in get_args(KindName) if kind != "unknown")
_SURE, _DOUBTFUL = 0.90, 0.60
_PRINTED = {("sex", "M"): "男", ("sex", "F"): "女", ("valid_to", LONG_TERM): "长期"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when every file was looked at, readable or not; 2 for what is no file, 1 when a model is missing."""
    parser = argparse.ArgumentParser(prog="xindai read", description="Read documents: kind, fields, checks.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print a JSON list, one object a file")
    parser.add_argument(
        "--expect",
        choices=_KINDS,
        metavar="KIND",
        help=f"the kind asked for, refuses the wrong side: {', '.join(_KINDS)}",
    )
    options = parser.parse_args(arguments)
    if problems := [sentence for path in options.files if (sentence := _problem(path))]:
        print(*problems, sep="\n", file=sys.stderr)
        return 2
    try:
        with _silent_stdout():
            readings = asyncio.run(_read(options.files, options.expect))
    except ModelMissing as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps([describe(path, reading) for path, reading in readings], ensure_ascii=False, indent=2))
    else:
        console = Console(highlight=False)
        for path, reading in readings:
            _print_tables(console, path, reading)
    return 0


def describe(path: Path, reading: Reading) -> dict[str, Any]:
    """One file's entry of the list. Dates are ISO 8601, amounts whole fen as numbers, all else as it is printed."""
    return {
        "file": str(path),
        "kind": reading.kind,
        "side": reading.side,
        "quality": reading.quality,
        "fields": {name: _describe_field(name, field) for name, field in reading.fields.items()},
        "rows": [{name: _describe_field(name, field) for name, field in row.items()} for row in reading.rows],
        "checks": [asdict(check) for check in reading.checks],
    }


def _describe_field(name: str, field: Field) -> dict[str, Any]:
    value = int(field.value) if name in AMOUNTS else _PRINTED.get((name, field.value), field.value)
    return asdict(field) | {"value": value}


def _problem(path: Path) -> str | None:
    """Why there is nothing to open, in a sentence."""
    if path.is_dir():
        return f"{path} 是文件夹，请指定其中的文件。 {path} is a folder; please name the files in it."
    if not path.is_file():
        return f"没有找到文件 {path}。 There is no file {path}."
    if not os.access(path, os.R_OK):
        return f"没有权限读取 {path}。 You may not read {path}."
    return None


@contextmanager
def _silent_stdout() -> Iterator[None]:
    """Whatever the libraries of the OCR process print goes to stderr: stdout holds the answer alone."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


async def _read(paths: Sequence[Path], expected: KindName | None) -> list[tuple[Path, Reading]]:
    reader = DocumentReader()
    try:
        return [(path, await _read_one(reader, path.absolute(), expected)) for path in paths]
    finally:
        await reader.aclose()


async def _read_one(reader: DocumentReader, path: Path, expected: KindName | None) -> Reading:
    """A file that the OCR process is lost over twice can't be read; the others still can."""
    for _ in range(2):
        try:
            return await reader.read(path, expected)
        except ReadInterrupted:
            continue
    return Reading("unknown", "unreadable")


def _print_tables(console: Console, path: Path, reading: Reading) -> None:
    colour = "green" if reading.quality == "ok" else "red"
    console.print(Text.assemble((str(path), "bold"), "  ", reading.kind, "  ", (reading.quality, colour)))
    if reading.quality in REASONS:
        reason = REASONS[reading.quality]
        console.print(Text(f"{reason.zh}\n{reason.en}"))
    if reading.fields:
        table = Table("field", "value", "confidence", "page", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
        for name, field in reading.fields.items():
            table.add_row(name, _shown(name, field), _confidence(field), str(field.page + 1))
        console.print(table)
    if reading.rows:
        table = Table("date", "summary", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
        table.add_column("amount", justify="right")
        table.add_column("balance", justify="right")
        for row in reading.rows:
            table.add_row(*(_shown(n, row[n]) if n in row else "" for n in ("date", "summary", "amount", "balance")))
        console.print(table)
    for check in reading.checks:
        mark, colour = ("✓", "green") if check.passed else ("✗", "red" if check.severity == "error" else "yellow")
        console.print(Text.assemble((mark, colour), f" {check.zh}  {check.en}  ", (check.id, "dim")))
    console.print()


def _shown(name: str, field: Field) -> Text:
    return Text(format_yuan(int(field.value)) if name in AMOUNTS else _PRINTED.get((name, field.value), field.value))


def _confidence(field: Field) -> Text:
    level = field.confidence
    return Text(f"{level:.2f}", "green" if level >= _SURE else "yellow" if level >= _DOUBTFUL else "red")
