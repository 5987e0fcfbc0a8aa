"""A model on disk: one directory of text, whole and unaltered or not read at all.

LightGBM's own text, calibrator, schema, reasons map, metrics, a card for people, and a manifest with the SHA-256 of
each, the digest of the training data and the libraries' versions. The SHA-256 of the manifest is the model's identity.
Nothing in it is executed and nothing is pickled.
"""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np

FORMAT = 2
MANIFEST = "manifest.json"
FILES = ("calibrator.json", "card.html", "metrics.json", "model.txt", "reasons.json", "schema.json")


class ArtifactError(RuntimeError):
    """The artifact is incomplete, altered, of another format, or not usable for what was asked; says which."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """Verified contents; `hash` is the identity."""

    hash: str
    contents: dict[str, bytes]

    def json(self, name: str) -> Any:
        """A file's tree; raises ArtifactError when it isn't one."""
        try:
            return json.loads(self.contents[name])
        except ValueError:
            raise ArtifactError(f"{name} of the artifact can't be read") from None


def read_artifact(directory: Path, expected_hash: str | None = None) -> Artifact:
    """Raises ArtifactError unless every file is there and is the one that was published."""
    try:
        manifest = (directory / MANIFEST).read_bytes()
        listed = json.loads(manifest)
        made = listed["format"]
        sums = {str(name): str(value) for name, value in listed["sha256"].items()}
    except (OSError, AttributeError, KeyError, TypeError, ValueError):
        raise ArtifactError(f"{directory} is not a model: its {MANIFEST} is missing or can't be read") from None
    digest = hashlib.sha256(manifest).hexdigest()
    if expected_hash is not None and digest != expected_hash:
        raise ArtifactError("another model than the one asked for")
    if made != FORMAT or sorted(sums) != sorted(FILES):
        raise ArtifactError("the manifest is of another format than this version reads")
    contents = {MANIFEST: manifest}
    for name, expected in sums.items():
        try:
            contents[name] = (directory / name).read_bytes()
        except OSError:
            raise ArtifactError(f"{name} of the artifact is missing") from None
        if hashlib.sha256(contents[name]).hexdigest() != expected:
            raise ArtifactError(f"{name} is not the file that was published: it was changed or cut short")
    return Artifact(digest, contents)


def write_artifact(out: Path, files: Mapping[str, str], training: Mapping[str, Any]) -> str:
    """The files, and the manifest that seals them; returns the hash."""
    out.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (out / name).write_bytes(files[name].encode())
    manifest = {
        "format": FORMAT,
        "sha256": {name: hashlib.sha256(files[name].encode()).hexdigest() for name in FILES},
        "training": dict(training),
        "libraries": {
            "python": platform.python_version(),
            "lightgbm": lgb.__version__,
            "numpy": np.__version__,
        },
    }
    content = as_json(manifest).encode()
    (out / MANIFEST).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def as_json(tree: Any) -> str:
    """How every file of an artifact is written."""
    return json.dumps(tree, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"
