"""Challengers at work: the same inputs, the same policy, another model; whatever one does, the case is not touched."""

import math
from collections.abc import Mapping
from typing import Any

from portal.db.models import Lane
from portal.registry.shadow import Shadow
from scoring.decision import assess
from scoring.model import Model
from scoring.policy_file import Policy
from workers.standing import Standing

_MOST_WORDS = 300
_FAULTS = (ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)
"""What a model that is not what it should be can raise."""


def score_in_shadow(inputs: Mapping[str, Any], standing: Standing, policy: Policy) -> tuple[Shadow, ...]:
    """One line a challenger; empty for a case that the champion could not score, either."""
    return tuple(
        Shadow(version, error=model[:_MOST_WORDS]) if isinstance(model, str) else _score(version, model, inputs, policy)
        for version, model in standing.challengers
    )


def _score(version: str, model: Model, inputs: Mapping[str, Any], policy: Policy) -> Shadow:
    try:
        assessed = assess(inputs, model, policy)
    except _FAULTS as fault:
        # The kind alone: a sentence of somebody else's may quote a value of the case.
        return Shadow(version, error=type(fault).__name__)
    score = assessed.score
    if score is None:
        return Shadow(version, error="NoCards")
    if not (math.isfinite(score.pd) and 0 <= score.pd <= 1):
        return Shadow(version, error="NoProbability")
    return Shadow(version, score.pd, score.points, score.grade, Lane(assessed.decision.lane))
