"""Thresholds with a guarantee, by learn then test.

Each pair of thresholds is a hypothesis, "the bad rate among the approved, or the share of wrong automatic decisions, is
above its target", with an exact p-value (the larger of the two). Pairs are tested one after the other until the first
that can't be refuted, so that with the wanted confidence none of those before it breaks its promise (fixed-sequence
testing: no correction for how many are tried). The order comes from the scores alone, never from single outcomes: the
pairs first of which the model itself expects the clearest proof.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import bdtr, ndtri

from scoring.lanes.attainable import Nearest, Targets, base_rate_limit, nearest
from scoring.lanes.bands import p_value
from scoring.lanes.frontier import CONFIDENCE, Point, weigh
from scoring.lanes.sample import NOBODY, Counts, Floats, Indices, Sample, Shares

STEP = 0.005
DECLINE_STEP = 0.0025
PPM = 1_000_000
MANY = 200_000
"""Approvals beyond which the exact number is no more use than the approximate one."""
ROUND_PPM = 100
"""Thresholds are whole hundredths of a percent: what stands in the file is what was tested."""


@dataclass(frozen=True, slots=True)
class Certified:
    """The pair with the most automation among those proven; its figures on all cases."""

    approve_max_pd_ppm: int
    decline_min_pd_ppm: int
    point: Point


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing is proven, so nothing is automatic. Either the targets hold by what was `observed` (the bad rate of the
    pair nearest to its proof), but with too few cases: then as many as `needed` matured approvals, where that pair has
    `approvals`, would prove them. Or they don't: then `nearest` says what could be asked for (`relaxed`: with any
    automation, because with the wanted one nothing is near), and `base_rate_limit` in which portfolio they would hold.
    """

    observed: float | None
    needed: int | None
    approvals: int
    nearest: Nearest
    relaxed: bool
    base_rate_limit: float | None


def required_approvals(target: float, observed: float, confidence: float = CONFIDENCE) -> int | None:
    """Matured approvals that prove a bad rate of at most `target` when `observed` turn out bad; None when it is not
    below the target. Exact binomial; about 1,500 for 1.5 % at 1.0 %."""
    if observed >= target:
        return None
    about = float(_about(target, np.asarray([observed]), confidence)[0])
    if about > MANY:
        return round(about)
    cases = np.arange(1, 2 * round(about) + 1_000)
    proven = np.flatnonzero(bdtr(np.round(cases * observed), cases, target) <= 1 - confidence)
    return int(cases[proven[0]])


def _about(target: float, observed: Floats, confidence: float) -> Floats:
    """By the normal approximation; infinite where nothing can be proven."""
    gap = np.maximum(target - observed, 1e-12)
    return np.asarray(np.where(observed < target, (ndtri(confidence) / gap) ** 2 * target * (1 - target), np.inf))


def choose(sample: Sample, targets: Targets, confidence: float = CONFIDENCE) -> Certified | Refused:
    """Thresholds that keep both promises with this confidence, or why there are none. A wanted automation counts as a
    target: a proven pair below it is refused too."""
    pairs = _candidates(sample, targets)
    proven = _tested(sample, pairs, targets, 1 - confidence)
    allowed = proven[pairs.seen.decline[proven] <= targets.decline_cap]
    best = allowed[np.argmax(pairs.seen.automation[allowed])] if len(allowed) else None
    if best is None or pairs.seen.automation[best] < targets.automation:
        return _refuse(sample, pairs, targets, confidence)
    decline = pairs.decline[best]
    return Certified(
        round(pairs.approve[best] * PPM),
        PPM + 1 if decline == NOBODY else round(decline * PPM),
        weigh(sample, pairs.approve[[best]], pairs.decline[[best]], confidence).point(0),
    )


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Candidates and what was counted at each."""

    approve: Floats
    decline: Floats
    count: Counts
    seen: Shares


def _candidates(sample: Sample, targets: Targets) -> _Pairs:
    """Thresholds at even shares of the applications, whole in the unit of the file."""
    grain = ROUND_PPM / PPM
    approvals = np.unique(np.floor(sample.quantiles(np.arange(STEP, 1 + 1e-9, STEP)) / grain)) / (1 / grain)
    shares = np.arange(DECLINE_STEP, targets.decline_cap + 1e-12, DECLINE_STEP)
    declines = np.append(np.unique(np.ceil(sample.quantiles(1 - shares) / grain)) / (1 / grain), NOBODY)
    approve, decline = (side.ravel() for side in np.meshgrid(approvals, declines, indexing="ij"))
    # Between the two lines a person decides, if only over one step.
    apart = approve + grain < decline
    count = sample.count(approve[apart], decline[apart])
    return _Pairs(approve[apart], decline[apart], count, sample.shares(count))


def _tested(sample: Sample, pairs: _Pairs, targets: Targets, risk: float) -> Indices:
    expected = _p_values(_expect(sample, pairs), sample, targets)
    order = _sequence(expected, pairs.seen.automation)
    failed = np.flatnonzero(_p_values(pairs.count, sample, targets)[order] > risk)
    return order[: failed[0]] if len(failed) else order


def _sequence(expected: Floats, automation: Floats) -> Indices:
    """One pair for each per cent of automation, the one with the clearest expected proof; clearest first."""
    level = np.floor(automation * 100).astype(np.int64)
    by_level = np.lexsort((expected, level))
    first = by_level[np.unique(level[by_level], return_index=True)[1]]
    return np.asarray(first[np.lexsort((automation[first], expected[first]))], dtype=np.int64)


def _p_values(count: Counts, sample: Sample, targets: Targets) -> Floats:
    bad, good = sample.bad_weight, sample.good_weight
    of_bad = p_value(((count.approved_bad, bad),), ((count.approved_good, good),), targets.bad_rate)
    wrong = ((count.approved_bad, bad), (count.declined_good, good))
    right = ((count.approved_good, good), (count.declined_bad, bad))
    return np.maximum(of_bad, p_value(wrong, right, 1 - targets.accuracy))


def _expect(sample: Sample, pairs: _Pairs) -> Counts:
    """The counts as the scores foretell them. The model's odds are moved so that the whole sample's bad rate is met:
    a model trained on another mix ranks the same, but expects too many or too few."""
    pds = np.sort(np.concatenate([sample.good, sample.bad]))
    inside = np.clip(pds, 1e-6, 1 - 1e-6)
    odds, own = inside / (1 - inside), len(sample.bad) / len(pds)
    low, high = -20.0, 20.0
    for _ in range(50):
        shift = (low + high) / 2
        moved = odds * np.exp(shift)
        low, high = (shift, high) if (moved / (1 + moved)).mean() < own else (low, shift)
    moved = odds * np.exp(low)
    bad = np.concatenate([[0.0], np.cumsum(moved / (1 + moved))])
    good = np.arange(len(pds) + 1) - bad
    approved = np.searchsorted(pds, pairs.approve, side="right")
    declined = np.searchsorted(pds, pairs.decline, side="left")
    return Counts(bad[approved], good[approved], bad[-1] - bad[declined], good[-1] - good[declined])


def _refuse(sample: Sample, pairs: _Pairs, targets: Targets, confidence: float) -> Refused:
    seen, have = pairs.seen, pairs.count.approved_bad + pairs.count.approved_good
    held = (seen.bad_rate < targets.bad_rate) & (seen.accuracy > targets.accuracy)
    held &= (seen.automation >= targets.automation) & (seen.decline <= targets.decline_cap)
    best, limit = nearest(sample, targets), base_rate_limit(sample, targets)
    relaxed = best == Nearest(None, None, None)
    if relaxed:
        best = nearest(sample, replace(targets, automation=0.0))
    # A pair proven by itself was lucky: it comes after one that could not be proven.
    held &= _p_values(pairs.count, sample, targets) > 1 - confidence
    if not held.any():
        return Refused(None, None, int(have.max(initial=0)), best, relaxed, limit)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = seen.approval / seen.automation
        about = np.maximum(
            _about(targets.bad_rate, seen.bad_rate, confidence),
            _about(1 - targets.accuracy, 1 - seen.accuracy, confidence) * part,
        )
        which = int(np.argmin(np.where(held, about / np.maximum(have, 1), np.inf)))
    observed = float(seen.bad_rate[which])
    of_bad = required_approvals(targets.bad_rate, observed, confidence) or 0
    decisions = required_approvals(1 - targets.accuracy, float(1 - seen.accuracy[which]), confidence) or 0
    return Refused(observed, max(of_bad, round(decisions * part[which])), int(have[which]), best, relaxed, limit)
