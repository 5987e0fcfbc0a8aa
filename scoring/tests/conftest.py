import json
import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from scoring.model import CHAMPION, Model, load
from scoring.policy_file import STANDARD, Policy, load_policy
from scoring.tests.made import quick, taiwan, write_histories
from scoring.train import train

PERSONAS = Path(__file__).parent / "personas"
Inputs = dict[str, Any]
Persona = Callable[..., Inputs]
Edited = Callable[..., Path]


@pytest.fixture(scope="session")
def model() -> Model:
    return load(CHAMPION)


@pytest.fixture(scope="session")
def other_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of another model that fits the product, grown on invented people."""
    folder = tmp_path_factory.mktemp("other")
    train(write_histories(folder / "people.csv", 1, 1_200), quick(taiwan()), folder / "model")
    return folder / "model"


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy()


@pytest.fixture
def persona() -> Persona:
    """`persona("approve", {"evidence.authorised": None})`: the inputs with some values changed."""

    def read(name: str, changes: dict[str, Any] | None = None) -> Inputs:
        inputs: Inputs = json.loads((PERSONAS / f"{name}.json").read_text())
        for path, value in (changes or {}).items():
            *parents, last = path.split(".")
            place: Any = inputs
            for key in parents:
                place = place[int(key)] if isinstance(place, list) else place[key]
            place[int(last) if isinstance(place, list) else last] = deepcopy(value)
        return inputs

    return read


@pytest.fixture
def edited(tmp_path: Path) -> Edited:
    """`edited("lanes.toml", "old", "new")`: a copy of the standard policy with one text changed; `old` empty
    puts `new` in the file's place."""

    def edit(name: str, old: str, new: str, times: int = 1) -> Path:
        folder = tmp_path / f"policy-{len(list(tmp_path.iterdir()))}"
        shutil.copytree(STANDARD, folder)
        text = (folder / name).read_text() if old else ""
        assert old in text
        (folder / name).write_text(text.replace(old, new, times) if old else new)
        return folder

    return edit
