"""Portfolios whose truth is known, and how often certified thresholds break their promise on them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtr, ndtri

from scoring.lanes.attainable import Targets
from scoring.lanes.certify import Certified, choose
from scoring.lanes.sample import Floats, Sample, make_sample

AUC = 0.785
TARGETS = Targets()


@dataclass(frozen=True, slots=True)
class World:
    """`draw` gives PDs and outcomes of a portfolio; `truth` the bad rate and the accuracy of a pair of thresholds at a
    base rate, the world's own when that is None."""

    name: str
    base_rate: float
    draw: Callable[[np.random.Generator, int], tuple[Floats, Floats]]
    truth: Callable[[float, float, float], tuple[float, float]]


def two_normals(base_rate: float) -> World:
    """Good cases at 0, bad ones further up, PDs as they are."""
    apart, odds = float(ndtri(AUC) * np.sqrt(2)), float(logit(base_rate))

    def draw(random: np.random.Generator, size: int) -> tuple[Floats, Floats]:
        bad = (random.random(size) < base_rate).astype(np.float64)
        place = random.standard_normal(size) + apart * bad
        return expit(apart * place - apart**2 / 2 + odds), bad

    def truth(approve: float, decline: float, rate: float) -> tuple[float, float]:
        low, high = ((logit(min(pd, 1 - 1e-12)) - odds + apart**2 / 2) / apart for pd in (approve, decline))
        return _rates(rate, ndtr(low - apart), ndtr(low), 1 - ndtr(high - apart), 1 - ndtr(high))

    return World(f"two normals, {base_rate:.1%} bad", base_rate, draw, truth)


def resampled(sample: Sample) -> World:
    """Portfolios of real scores."""
    pds = np.concatenate([sample.good, sample.bad])
    bads = np.repeat([0.0, 1.0], [len(sample.good), len(sample.bad)])

    def draw(random: np.random.Generator, size: int) -> tuple[Floats, Floats]:
        rows = random.integers(0, len(pds), size)
        return pds[rows], bads[rows]

    def truth(approve: float, decline: float, rate: float) -> tuple[float, float]:
        lanes = [(side <= approve).mean() for side in (sample.bad, sample.good)]
        lanes += [(side >= decline).mean() for side in (sample.bad, sample.good)]
        return _rates(rate, *(float(one) for one in lanes))

    return World(f"{sample.size} real scores", sample.base_rate, draw, truth)


def _rates(rate: float, bad_in: float, good_in: float, bad_out: float, good_out: float) -> tuple[float, float]:
    """From the shares of bad and good cases that are approved and declined."""
    approved = rate * bad_in + (1 - rate) * good_in
    right = (1 - rate) * good_in + rate * bad_out
    wrong = rate * bad_in + (1 - rate) * good_out
    return rate * bad_in / max(approved, 1e-12), right / max(right + wrong, 1e-12)


def broken(world: World, portfolios: int, size: int, seed: int, base_rate: float | None = None) -> tuple[int, int]:
    """How many portfolios got thresholds, and how many of these break a promise."""
    random = np.random.default_rng(seed)
    certified = wrong = 0
    for _ in range(portfolios):
        pds, bads = world.draw(random, size)
        choice = choose(make_sample(pds, bads, base_rate), TARGETS)
        if isinstance(choice, Certified):
            certified += 1
            lines = (choice.approve_max_pd_ppm / 1e6, choice.decline_min_pd_ppm / 1e6)
            bad_rate, accuracy = world.truth(*lines, base_rate or world.base_rate)
            wrong += bad_rate > TARGETS.bad_rate or accuracy < TARGETS.accuracy
    return certified, wrong
