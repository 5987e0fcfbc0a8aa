"""`xindai read FILE… [--json]`: what documents say, as a table for people or a list for programs."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workers.ocr.errors import ModelMissing, ReadInterrupted
from workers.ocr.quality import REASONS
from workers.ocr.reader import DocumentReader
from workers.ocr.reading import Reading


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when every file was looked at, readable or not; 2 for a missing file, 1 when OCR itself can't run."""
    parser = argparse.ArgumentParser(prog="xindai read", description="Read documents: kind, fields, checks.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print a JSON list, one object a file")
    options = parser.parse_args(arguments)
    for path in options.files:
        if not path.is_file():
            print(f"没有找到文件 {path}。 There is no file {path}.", file=sys.stderr)
            return 2
    try:
        readings = asyncio.run(_read(options.files))
    except (ModelMissing, ReadInterrupted) as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps([describe(path, reading) for path, reading in readings], ensure_ascii=False, indent=2))
    else:
        for path, reading in readings:
            _print_table(path, reading)
    return 0


def describe(path: Path, reading: Reading) -> dict[str, Any]:
    """One file's entry of the list."""
    return {
        "file": str(path),
        "kind": reading.kind,
        "side": reading.side,
        "quality": reading.quality,
        "fields": {name: asdict(field) for name, field in reading.fields.items()},
        "rows": [{name: asdict(field) for name, field in row.items()} for row in reading.rows],
        "checks": [asdict(check) for check in reading.checks],
    }


async def _read(paths: Sequence[Path]) -> list[tuple[Path, Reading]]:
    reader = DocumentReader()
    try:
        return [(path, await reader.read(path.absolute())) for path in paths]
    finally:
        await reader.aclose()


def _print_table(path: Path, reading: Reading) -> None:
    print(f"{path}: {reading.kind}, {reading.quality}")
    if reading.quality in REASONS:
        reason = REASONS[reading.quality]
        print(f"  {reason.zh} {reason.en}")
    for name, field in reading.fields.items():
        print(f"  {name:<16} {field.value}  ({field.confidence:.2f}, page {field.page + 1})")
    for row in reading.rows:
        print("  " + "  ".join(field.value for field in row.values()))
    for check in reading.checks:
        print(f"  {'✓' if check.passed else '✗'} {check.id}: {check.zh} {check.en}")
