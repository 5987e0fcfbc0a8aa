"""Other models than the one that came with the software, for tests: the same trees, otherwise calibrated."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scoring.artifact import FILES, as_json, write_artifact
from scoring.model import CHAMPION

Change = Callable[[dict[str, Any]], None]


def make_model(folder: Path, *, text: tuple[str, str] = ("", ""), **changes: Change) -> str:
    """A copy of the champion with some of its JSON files changed in place (`calibrator`, `schema`, `metrics`) and a
    word of the trees' text exchanged, sealed anew; returns its hash."""
    files = {name: (CHAMPION / name).read_text(encoding="utf-8") for name in FILES}
    for name, change in changes.items():
        tree = json.loads(files[f"{name}.json"])
        change(tree)
        files[f"{name}.json"] = as_json(tree)
    files["model.txt"] = files["model.txt"].replace(*text) if text[0] else files["model.txt"]
    training = json.loads((CHAMPION / "manifest.json").read_text(encoding="utf-8"))["training"]
    return write_artifact(folder, files, training)


def shifted(by: float) -> Change:
    """A calibrator whose log-odds of default are higher by so much."""

    def change(tree: dict[str, Any]) -> None:
        tree["intercept"] += by

    return change
