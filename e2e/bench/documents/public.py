"""Character recall on pictures that nobody here made: longest common subsequence a label line, without blanks."""

import json
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from e2e.bench.documents.score import common
from workers.ocr import images
from workers.ocr.engine import Engine
from workers.ocr.models import locate_models
from workers.ocr.quality import Refused


@dataclass(frozen=True, slots=True)
class Recall:
    """Characters found and labelled in one picture."""

    id: str
    found: int
    labelled: int


def measure(folder: Path) -> list[Recall]:
    """Every labelled picture of the folder, by the product's own decoding and networks."""
    home = Path(os.environ.get("XINDAI_HOME") or ".xindai").absolute()
    engine = Engine(locate_models(home), min(2, os.cpu_count() or 1))
    return [_recall(folder, json.loads(row), engine) for row in (folder / "labels.jsonl").open(encoding="utf-8")]


def _recall(folder: Path, label: dict[str, object], engine: Engine) -> Recall:
    lines = [_plain(str(line)) for line in label["lines"]]  # type: ignore[attr-defined]
    try:
        (pixels,) = images.decode((folder / str(label["file"])).read_bytes())
    except Refused:
        return Recall(str(label["id"]), 0, sum(map(len, lines)))
    text = [_plain(line.text) for line in engine.recognise(pixels, engine.look_closer(pixels, engine.detect(pixels)))]
    whole = "".join(text)
    # A label line may have been cut in two, or stand in the middle of one: the best of single lines and the whole.
    found = sum(max([common(line, one) for one in text] + [_within(line, whole)], default=0) for line in lines)
    return Recall(str(label["id"]), found, sum(map(len, lines)))


def _within(line: str, whole: str) -> int:
    """Exact containment only: by subsequence, enough text contains anything."""
    return len(line) if line in whole else 0


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def summary(recalls: list[Recall]) -> str:
    """One sentence and the weakest."""
    found, labelled = sum(r.found for r in recalls), sum(r.labelled for r in recalls)
    weakest = sorted(recalls, key=lambda r: r.found / max(1, r.labelled))[:5]
    names = ", ".join(f"{r.id} {r.found}/{r.labelled}" for r in weakest)
    return (
        f"Public pictures: {found / labelled:.2%} of {labelled} characters on {len(recalls)} pictures; weakest {names}."
    )
