"""The labelled messages of `utterances.jsonl`, one JSON object a line.

`text`, `asked` (the question on the screen, `amount` when left out), `slots`, `intent`, `faq`, and `set`: the FAQ is
taught by the rows of `tune`, and rules and thresholds are tuned on them; the figures that count are those of `test`.
What nobody here can answer carries the intent `unknown`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

UTTERANCES = Path(__file__).with_name("utterances.jsonl")

Row = Mapping[str, Any]


def read_utterances(path: Path = UTTERANCES) -> list[Row]:
    """All rows of a file of labelled utterances."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
