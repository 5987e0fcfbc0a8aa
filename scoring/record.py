"""A decision as it is kept: canonical bytes of its inputs, of everything computed from them, and who computed it."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from scoring.counterfactual import Hint, hints
from scoring.decision import INPUTS, AssessmentRecord, assess
from scoring.features import NAMES
from scoring.model import Model
from scoring.policy_file import Policy

FORMAT = 4
_WITHOUT_HINTS = 3
"""The format before what an applicant could do was kept; records of it replay all the same."""


class ReplayError(RuntimeError):
    """A snapshot can't be replayed: unreadable, or made with another model or policy than the ones given."""


def decide(data: Mapping[str, Any], model: Model, policy: Policy) -> tuple[AssessmentRecord, bytes]:
    """An assessment, and the record of it to keep, with what the applicant could do where it is no approval."""
    record = assess(data, model, policy)
    return record, snapshot(record, hints(data, model, policy, record))


def snapshot(record: AssessmentRecord, found: Sequence[Hint] | None) -> bytes:
    """Canonical JSON: UTF-8, keys sorted, no spaces, NaN as null, shortest exact form of every float. `found` None
    gives the older format."""
    features = dict(zip(NAMES, (None if math.isnan(v) else v for v in record.features.values), strict=True))
    score = record.score and {**asdict(record.score), "contributions": dict(record.score.contributions)}
    inputs = INPUTS.dump_python(record.inputs, mode="json")
    if record.inputs.halt is None:
        del inputs["halt"]  # records of before there were halts have none
    tree = {
        "format": _WITHOUT_HINTS,
        "inputs": inputs,
        "model_hash": record.model_hash,
        "policy_version": record.policy_version,
        "rules_version": record.rules_version,
        "features": features,
        "score": score,
        "explanation": [asdict(reason) for reason in record.explanation],
        "fraud": asdict(record.fraud),
        "decision": asdict(record.decision),
    }
    if found is not None:
        told = [{"code": hint.code, "zh": hint.zh, "en": hint.en} for hint in found]
        tree |= {"format": FORMAT, "hints": told}
    return json.dumps(tree, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()


def read_inputs(stored: bytes) -> dict[str, Any]:
    """What a record of any format was decided on; raises ReplayError."""
    try:
        inputs: dict[str, Any] = json.loads(stored)["inputs"]
    except (KeyError, TypeError, ValueError) as broken:
        raise ReplayError("the snapshot can't be read") from broken
    return inputs


def replay(stored: bytes, model: Model, policy: Policy) -> bytes:
    """Decide again from the stored inputs alone; equal to `stored` unless something was changed since.

    Raises ReplayError when the model or the policy isn't the one of the snapshot.
    """
    data = read_inputs(stored)
    tree = json.loads(stored)
    if (tree.get("model_hash"), tree.get("policy_version")) != (model.hash, policy.version):
        raise ReplayError("the snapshot was made with another model or policy")
    match tree.get("format"):
        case 4:
            return decide(data, model, policy)[1]
        case 3:
            return snapshot(assess(data, model, policy), None)
        case _:
            raise ReplayError("the snapshot has a format that is not known any more")
