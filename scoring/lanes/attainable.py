"""What a score can do at all: the best pairs by what was observed, before any doubt about the numbers."""

from dataclasses import dataclass

import numpy as np

from scoring.lanes.sample import NOBODY, Floats, Sample, Shares

FINE = 2_000
"""Approve thresholds looked at; the bad rate moves by far less than a tenth of a point between two of them."""
CAP = 0.05
"""The most applications that a score alone may decline, unless told otherwise: about half of them would have repaid."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Shares: the most bad ones among approved, the least right decisions among automatic ones, the least automation
    (0: as much as there is), the most that may be declined by score alone."""

    bad_rate: float = 0.015
    accuracy: float = 0.95
    automation: float = 0.0
    decline_cap: float = CAP


@dataclass(frozen=True, slots=True)
class Nearest:
    """One target given up, the others kept: the most automation, the most accuracy, the least bad rate. None where the
    other two can't be met whatever is given up."""

    automation: float | None
    accuracy: float | None
    bad_rate: float | None


def nearest(sample: Sample, targets: Targets) -> Nearest:
    """What is attainable in place of each target."""
    grid = _observe(sample, targets.decline_cap)
    automated, right = grid.automation >= targets.automation, grid.accuracy >= targets.accuracy
    sound = grid.bad_rate <= targets.bad_rate
    return Nearest(
        automation=_best(grid.automation, right & sound),
        accuracy=_best(grid.accuracy, automated & sound),
        bad_rate=None if (least := _best(-grid.bad_rate, automated & right)) is None else -least,
    )


def is_attainable(sample: Sample, targets: Targets) -> bool:
    """Whether some pair was observed to meet all targets at once."""
    best = nearest(sample, targets).automation
    return best is not None and best >= targets.automation


def base_rate_limit(sample: Sample, targets: Targets) -> float | None:
    """The highest base rate at which all targets hold at once with this score, to 0.01 points; None where there is
    none. A score that ranks better has a higher one."""
    low, high = 0.0005, 0.9
    if not is_attainable(sample.at(low), targets):
        return None
    while high - low > 0.00005:
        middle = (low + high) / 2
        low, high = (middle, high) if is_attainable(sample.at(middle), targets) else (low, middle)
    return low


def _best(values: Floats, allowed: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float | None:
    return float(values[allowed].max()) if allowed.any() else None


def _observe(sample: Sample, decline_cap: float) -> Shares:
    """All pairs within the cap that approve somebody."""
    approve = np.unique(sample.quantiles(np.linspace(1 / FINE, 1, FINE)))[:, None]
    steps = np.arange(0.0, decline_cap + 1e-12, 0.00125)
    decline = np.unique(np.append(sample.quantiles(1 - steps[1:]), NOBODY))[None, :]
    seen = sample.shares(sample.count(approve, decline))
    fits = (approve < decline) & (seen.decline <= decline_cap) & (seen.approval > 0)
    return Shares(
        seen.automation[fits], seen.approval[fits], seen.decline[fits], seen.bad_rate[fits], seen.accuracy[fits]
    )
