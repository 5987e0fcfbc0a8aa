"""Deciding kept cases again under two policies: CPU work, done in the process beside the worker's loop."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from scoring.archive import pack, unpack
from scoring.comparison import Case, verdict
from scoring.decision import assess
from scoring.describe import describe
from scoring.fields import InputError
from scoring.model import Model
from scoring.model import load as load_model
from scoring.policy_edit import Edits, edit, parameters, write
from scoring.policy_file import Policy, PolicyError, load_policy
from scoring.record import ReplayError, read_inputs


@dataclass(frozen=True, slots=True)
class Refused:
    """Why values make no policy: where, and in both languages."""

    place: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Drafted:
    """What values make of a policy: its version, its files packed, and its description."""

    version: str
    content: bytes
    described: dict[str, object]


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept decision: its snapshot, what is told apart about the person, and whether the loan turned out bad, None
    where it is not known."""

    reference: str
    snapshot: bytes
    groups: Mapping[str, str]
    bad: bool | None


def draft(base: bytes, edits: Edits) -> Drafted | Refused:
    """The policy `base` with other values, checked whole and against the law."""
    with (
        tempfile.TemporaryDirectory(prefix="xindai-base-") as old,
        tempfile.TemporaryDirectory(prefix="xindai-") as new,
    ):
        unpack(base, Path(old))
        try:
            policy = write(edit(Path(old), edits), Path(new))
        except PolicyError as refused:
            return Refused(refused.field, refused.zh, refused.problem)
        return Drafted(policy.version, pack(Path(new)), describe(policy, parameters(Path(new))))


def rehearse(model: bytes, base: bytes, drafted: bytes, kept: Sequence[Kept]) -> list[Case]:
    """Both policies over kept cases, by one model; a case whose record can't be read is left out."""
    scored, old, new = _model(model), _policy(base), _policy(drafted)
    cases = []
    for one in kept:
        try:
            # What the policy says is compared, not that a person stopped automatic approval meanwhile.
            inputs = read_inputs(one.snapshot) | {"halt": None}
            before, after = assess(inputs, scored, old), assess(inputs, scored, new)
        except (ReplayError, InputError):
            continue
        cases.append(Case(one.reference, one.groups, verdict(before), verdict(after), one.bad))
    return cases


@lru_cache(maxsize=2)
def _model(content: bytes) -> Model:
    with tempfile.TemporaryDirectory(prefix="xindai-model-") as folder:
        unpack(content, Path(folder))
        return load_model(Path(folder))


@lru_cache(maxsize=4)
def _policy(content: bytes) -> Policy:
    with tempfile.TemporaryDirectory(prefix="xindai-policy-") as folder:
        unpack(content, Path(folder))
        return load_policy(Path(folder))
