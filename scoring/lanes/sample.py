"""Matured cases with their scores, counted for any pair of thresholds and re-weighted to any base rate.

Approved are cases up to the first threshold, declined those from the second. Another base rate means another mix of
good and bad cases, each kind scored as before (label shift), so every bad case weighs the same, and every good one.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Indices: TypeAlias = npt.NDArray[np.int64]

NOBODY = 2.0
"""A decline threshold above every probability."""


class SampleError(ValueError):
    """The cases can't be used; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Counts:
    """For each pair of thresholds (arrays of one shape): cases of each outcome in each automatic lane."""

    approved_bad: Floats
    approved_good: Floats
    declined_bad: Floats
    declined_good: Floats


@dataclass(frozen=True, slots=True)
class Shares:
    """What pairs of thresholds come to, as observed; NaN where a lane is empty. Of all applications: `automation`,
    `approval`, `decline`. `bad_rate`: of the approved. `accuracy`: right decisions of the automatic ones."""

    automation: Floats
    approval: Floats
    decline: Floats
    bad_rate: Floats
    accuracy: Floats


@dataclass(frozen=True, slots=True)
class Sample:
    """`good` and `bad` are ascending probabilities of default. A bad case weighs `bad_weight`, a good one
    `good_weight`; both are 1 where the sample is what it was drawn as."""

    good: Floats
    bad: Floats
    base_rate: float
    bad_weight: float
    good_weight: float

    @property
    def size(self) -> int:
        """Cases, however they weigh."""
        return len(self.good) + len(self.bad)

    def count(self, approve: Floats, decline: Floats) -> Counts:
        """Arrays that broadcast: approved is `pd <= approve`, declined `pd >= decline`."""
        shape = np.broadcast_shapes(approve.shape, decline.shape)

        def up_to(pds: Floats) -> Floats:
            return np.broadcast_to(np.searchsorted(pds, approve, side="right"), shape).astype(np.float64)

        def from_on(pds: Floats) -> Floats:
            return np.broadcast_to(len(pds) - np.searchsorted(pds, decline, side="left"), shape).astype(np.float64)

        return Counts(up_to(self.bad), up_to(self.good), from_on(self.bad), from_on(self.good))

    def shares(self, count: Counts) -> Shares:
        """With the sample's weights."""
        bad, good = self.bad_weight, self.good_weight
        approved = bad * count.approved_bad + good * count.approved_good
        declined = bad * count.declined_bad + good * count.declined_good
        wrong = bad * count.approved_bad + good * count.declined_good
        with np.errstate(invalid="ignore", divide="ignore"):
            return Shares(
                automation=(approved + declined) / self.size,
                approval=approved / self.size,
                decline=declined / self.size,
                bad_rate=bad * count.approved_bad / approved,
                accuracy=1 - wrong / (approved + declined),
            )

    def quantiles(self, shares: npt.NDArray[np.floating[Any]]) -> Floats:
        """The PD below or at which these shares of the re-weighted cases lie."""
        pds = np.concatenate([self.good, self.bad])
        weights = np.repeat([self.good_weight, self.bad_weight], [len(self.good), len(self.bad)])
        order = np.argsort(pds, kind="stable")
        reached = np.cumsum(weights[order]) / weights.sum()
        return np.asarray(pds[order][np.minimum(np.searchsorted(reached, shares), len(pds) - 1)], dtype=np.float64)

    def at(self, base_rate: float) -> "Sample":
        """The same cases as a portfolio with another share of bad ones."""
        return _weighted(self.good, self.bad, base_rate)


def make_sample(pds: npt.ArrayLike, bads: npt.ArrayLike, base_rate: float | None = None) -> Sample:
    """`bads`: 1 or True for a default. `base_rate`: the share of defaults in the portfolio to judge, the sample's own
    by default. Raises SampleError for anything but probabilities and outcomes of both kinds."""
    scores, outcomes = np.asarray(pds, dtype=np.float64), np.asarray(bads, dtype=np.float64)
    if scores.ndim != 1 or scores.shape != outcomes.shape:
        raise SampleError("scores and outcomes are not two lists of the same length")
    if not np.isfinite(scores).all() or not ((scores >= 0) & (scores <= 1)).all():
        raise SampleError("a score is no probability of default between 0 and 1")
    if not np.isin(outcomes, (0, 1)).all():
        raise SampleError("an outcome is neither 0 (repaid) nor 1 (default)")
    good, bad = np.sort(scores[outcomes == 0]), np.sort(scores[outcomes == 1])
    if not len(good) or not len(bad):
        raise SampleError("all outcomes are the same: nothing can be learned about thresholds")
    return _weighted(good, bad, base_rate)


def _weighted(good: Floats, bad: Floats, base_rate: float | None) -> Sample:
    own = len(bad) / (len(good) + len(bad))
    if base_rate is None:
        return Sample(good, bad, own, 1.0, 1.0)
    if not 0 < base_rate < 1:
        raise SampleError("a base rate lies between 0 and 1")
    return Sample(good, bad, base_rate, base_rate / own, (1 - base_rate) / (1 - own))


def read_sample(file: Path, score: str = "pd", outcome: str = "bad", base_rate: float | None = None) -> Sample:
    """From two columns of a CSV with a header; raises SampleError naming what is missing or the line that can't be
    read."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            pairs = list(_pairs(csv.DictReader(lines), score, outcome))
    except (OSError, UnicodeDecodeError, csv.Error) as broken:
        raise SampleError(f"{file} can't be read as CSV") from broken
    if not pairs:
        raise SampleError(f"{file} has no cases")
    return make_sample([pd for pd, _ in pairs], [bad for _, bad in pairs], base_rate)


def _pairs(rows: "csv.DictReader[str]", score: str, outcome: str) -> Iterable[tuple[float, float]]:
    missing = [name for name in (score, outcome) if name not in (rows.fieldnames or ())]
    if missing:
        raise SampleError(f"there is no column {missing[0]}")
    for row in rows:
        try:
            yield float(row[score]), float(row[outcome])
        except (TypeError, ValueError):
            raise SampleError(f"line {rows.line_num}: {score} or {outcome} is no number") from None
