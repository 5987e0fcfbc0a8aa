"""What every pair of thresholds would have done to a portfolio."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.lanes.bands import Band, Figure, band
from scoring.lanes.sample import NOBODY, Floats, Sample, make_sample

CONFIDENCE = 0.95
GRID = 100


@dataclass(frozen=True, slots=True)
class Point:
    """One pair of thresholds and what it comes to. The figures are those of `Frontier`."""

    approve_max_pd: float
    decline_min_pd: float
    automation: Figure
    approval: Figure
    decline: Figure
    bad_rate: Figure
    accuracy: Figure
    bad_capture: Figure
    decline_precision: Figure


FIGURES = ("automation", "approval", "decline", "bad_rate", "accuracy", "bad_capture", "decline_precision")


@dataclass(frozen=True, slots=True)
class Frontier:
    """Arrays over all pairs, the approve threshold below the decline threshold, which is 2 where nobody is declined.

    `automation`: decided without a person, of all applications. `approval`, `decline`: of all applications, by score
    alone. `bad_rate`: bad ones among the approved. `accuracy`: approved good ones and declined bad ones among the
    decided. `bad_capture`: of all bad ones, those that automatic approval did not let through. `decline_precision`: bad
    ones among the declined.
    """

    base_rate: float
    confidence: float
    approve_max_pd: Floats
    decline_min_pd: Floats
    automation: Band
    approval: Band
    decline: Band
    bad_rate: Band
    accuracy: Band
    bad_capture: Band
    decline_precision: Band

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.approve_max_pd)

    def point(self, index: int) -> Point:
        """One pair."""
        return Point(
            float(self.approve_max_pd[index]),
            float(self.decline_min_pd[index]),
            **{name: getattr(self, name).figure(index) for name in FIGURES},
        )

    @property
    def points(self) -> Iterator[Point]:
        """All pairs, those with the lowest approve threshold first."""
        return (self.point(index) for index in range(len(self)))


def frontier(
    pds: npt.ArrayLike,
    bads: npt.ArrayLike,
    *,
    base_rate: float | None = None,
    confidence: float = CONFIDENCE,
    approve: npt.ArrayLike | None = None,
    decline: npt.ArrayLike | None = None,
) -> Frontier:
    """Probabilities of default and outcomes (1: bad) of matured cases, none of which trained the model.

    `base_rate`: re-weighted to a portfolio with that share of bad ones. Thresholds are those given, or a hundred each
    at even shares of the applications, and nobody declined. Raises SampleError.
    """
    sample = make_sample(pds, bads, base_rate)
    shares = np.linspace(1 / GRID, 1, GRID)
    approvals = sample.quantiles(shares) if approve is None else np.asarray(approve, dtype=np.float64)
    declines = (
        np.append(sample.quantiles(1 - shares), NOBODY) if decline is None else np.asarray(decline, dtype=np.float64)
    )
    low, high = (side.ravel() for side in np.meshgrid(np.unique(approvals), np.unique(declines), indexing="ij"))
    apart = low < high
    return weigh(sample, low[apart], high[apart], confidence)


def weigh(sample: Sample, approve: Floats, decline: Floats, confidence: float = CONFIDENCE) -> Frontier:
    """The figures of these pairs, element by element."""
    count, bad, good = sample.count(approve, decline), sample.bad_weight, sample.good_weight
    approved = ((count.approved_bad, bad), (count.approved_good, good))
    declined = ((count.declined_bad, bad), (count.declined_good, good))
    left_bad = len(sample.bad) - count.approved_bad - count.declined_bad
    left_good = len(sample.good) - count.approved_good - count.declined_good
    left = ((left_bad, bad), (left_good, good))

    def share(hits: tuple[tuple[Floats, float], ...], misses: tuple[tuple[Floats, float], ...]) -> Band:
        return band(hits, misses, confidence)

    return Frontier(
        base_rate=sample.base_rate,
        confidence=confidence,
        approve_max_pd=approve,
        decline_min_pd=decline,
        automation=share((*approved, *declined), left),
        approval=share(approved, (*declined, *left)),
        decline=share(declined, (*approved, *left)),
        bad_rate=share(approved[:1], approved[1:]),
        accuracy=share((approved[1], declined[0]), (approved[0], declined[1])),
        bad_capture=share((declined[0], left[0]), approved[:1]),
        decline_precision=share(declined[:1], declined[1:]),
    )
