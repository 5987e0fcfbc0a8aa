"""Proportions with confidence bands, and the p-value behind a promise about one.

A proportion is `hits` against `misses`, each a sum of counts with weights. With one weight throughout, bands are
Clopper–Pearson's and the p-value is the exact binomial one. With one weight for all hits and another for all misses,
which is what another base rate does to a bad rate, they are the same on shifted odds. Where weights mix within a side,
its count is replaced by the effective one (Fay and Feuer's way with weighted Poisson sums).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.special import betainc, betaincinv

from scoring.lanes.sample import Floats

Parts: TypeAlias = Sequence[tuple[Floats, float]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A share and its confidence band."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Band:
    """The proportion and its two-sided band; NaN with the band 0–1 where there is no case."""

    value: Floats
    low: Floats
    high: Floats

    def figure(self, index: int) -> Figure:
        """One pair's."""
        return Figure(float(self.value[index]), float(self.low[index]), float(self.high[index]))


def band(hits: Parts, misses: Parts, confidence: float) -> Band:
    """Each side as (counts, weight of one) pairs."""
    hit, hit_scale = _effective(hits)
    miss, miss_scale = _effective(misses)
    total = hit * hit_scale + miss * miss_scale
    with np.errstate(invalid="ignore", divide="ignore"):
        value = hit * hit_scale / total
    tail = (1 - confidence) / 2
    low = np.where(hit > 0, betaincinv(np.maximum(hit, 1e-9), miss + 1, tail), 0.0)
    high = np.where(miss > 0, betaincinv(hit + 1, np.maximum(miss, 1e-9), 1 - tail), 1.0)
    return Band(value, _shifted(low, hit_scale, miss_scale), _shifted(high, hit_scale, miss_scale))


def p_value(hits: Parts, misses: Parts, most: float) -> Floats:
    """How likely so few hits are where the true proportion is `most` or more; 1 where there is no case."""
    hit, hit_scale = _effective(hits)
    miss, miss_scale = _effective(misses)
    # The bound on the odds of the counts themselves, before each side's weight.
    odds = most / (1 - most) * miss_scale / hit_scale
    tail = betainc(hit + 1, np.maximum(miss, 1e-9), odds / (1 + odds))
    return np.where(miss > 0, 1 - tail, 1.0)


def _effective(parts: Parts) -> tuple[Floats, Floats]:
    """The count as informative as the weighted sum, and what one of it weighs."""
    total = sum((weight * count for count, weight in parts), np.zeros(1))
    squares = sum((weight * weight * count for count, weight in parts), np.zeros(1))
    heaviest = max(weight for _, weight in parts)
    with np.errstate(invalid="ignore", divide="ignore"):
        count = np.where(total > 0, total * total / squares, 0.0)
        scale = np.where(total > 0, squares / total, heaviest)
    return count, scale


def _shifted(share: Floats, hit_scale: Floats, miss_scale: Floats) -> Floats:
    return np.asarray(share * hit_scale / (share * hit_scale + (1 - share) * miss_scale), dtype=np.float64)
