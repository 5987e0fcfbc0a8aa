import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from scoring.model import CHAMPION, Model, load
from scoring.policy_file import Policy, load_policy

PERSONAS = Path(__file__).parent / "personas"
Inputs = dict[str, Any]
Persona = Callable[..., Inputs]


@pytest.fixture(scope="session")
def model() -> Model:
    return load(CHAMPION)


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
