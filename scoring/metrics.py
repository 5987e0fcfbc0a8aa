"""How good a set of probabilities is. `pd` are probabilities of a bad outcome, `bad` is 1.0 or 0.0, `weight` counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

BINS = 15
"""Of the expected calibration error, equally wide on the scale of probability."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The population from the riskiest case down, ties together: shares of all bads and goods seen so far."""

    bads: Floats
    goods: Floats
    seen: Floats
    threshold: Floats

    @property
    def auc(self) -> float:
        """Area under the ROC curve; ties count half."""
        return float(np.trapezoid(self.bads, self.goods))

    @property
    def ks(self) -> float:
        """Largest distance between the two distributions."""
        return float(np.max(self.bads - self.goods))


def rank(pd: Floats, bad: Floats, weight: Floats | None = None) -> Ranking:
    """ValueError when one of the two outcomes does not occur."""
    w = np.ones_like(bad) if weight is None else weight
    order = np.argsort(-pd, kind="stable")
    scores, b, g = pd[order], (bad * w)[order], ((1 - bad) * w)[order]
    if not b.sum() or not g.sum():
        raise ValueError("both outcomes are needed")
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    bads, goods = np.cumsum(b)[last], np.cumsum(g)[last]
    start = np.zeros(1)
    seen = np.concatenate([start, bads + goods]) / (bads[-1] + goods[-1])
    return Ranking(
        np.concatenate([start, bads / bads[-1]]),
        np.concatenate([start, goods / goods[-1]]),
        seen,
        np.concatenate([[1.0], scores[last]]),
    )


def auc(pd: Floats, bad: Floats, weight: Floats | None = None) -> float:
    """The chance that a bad case has the higher PD than a good one."""
    return rank(pd, bad, weight).auc


def auc_interval(pd: Floats, bad: Floats) -> tuple[float, float]:
    """95 % by Hanley and McNeil (1982), unweighted."""
    value, bads = auc(pd, bad), float(bad.sum())
    goods = len(bad) - bads
    q1, q2 = value / (2 - value), 2 * value**2 / (1 + value)
    spread = (value * (1 - value) + (bads - 1) * (q1 - value**2) + (goods - 1) * (q2 - value**2)) / (bads * goods)
    half = 1.96 * float(np.sqrt(max(0.0, spread)))
    return max(0.0, value - half), min(1.0, value + half)


def brier(pd: Floats, bad: Floats, weight: Floats | None = None) -> float:
    """Mean squared error."""
    return float(np.average((pd - bad) ** 2, weights=weight))


def log_loss(pd: Floats, bad: Floats, weight: Floats | None = None) -> float:
    """Mean negative log-likelihood."""
    p = np.clip(pd, 1e-15, 1 - 1e-15)
    return float(-np.average(bad * np.log(p) + (1 - bad) * np.log(1 - p), weights=weight))


@dataclass(frozen=True, slots=True)
class Bin:
    """`share` of the cases, their mean PD and bad rate."""

    low: float
    high: float
    share: float
    mean_pd: float
    bad_rate: float


def reliability(pd: Floats, bad: Floats, weight: Floats | None = None, bins: int = BINS) -> tuple[Bin, ...]:
    """PD against outcome in equally wide bins; empty ones are left out."""
    w = np.ones_like(bad) if weight is None else weight
    place = np.minimum((pd * bins).astype(int), bins - 1)
    mass = np.bincount(place, w, bins)
    sums, bads = np.bincount(place, w * pd, bins), np.bincount(place, w * bad, bins)
    return tuple(
        Bin(i / bins, (i + 1) / bins, mass[i] / mass.sum(), sums[i] / mass[i], bads[i] / mass[i])
        for i in range(bins)
        if mass[i]
    )


def ece(pd: Floats, bad: Floats, weight: Floats | None = None, bins: int = BINS) -> float:
    """Expected calibration error: the bins' distance of mean PD and bad rate, weighted by their share."""
    return float(sum(b.share * abs(b.mean_pd - b.bad_rate) for b in reliability(pd, bad, weight, bins)))


def measure(pd: Floats, bad: Floats, weight: Floats | None = None) -> dict[str, Any]:
    """The figures of a card, rounded to five decimals."""
    ranking = rank(pd, bad, weight)
    low, high = auc_interval(pd, bad)
    figures = {
        "auc": ranking.auc,
        "auc_low": low,
        "auc_high": high,
        "gini": 2 * ranking.auc - 1,
        "ks": ranking.ks,
        "brier": brier(pd, bad, weight),
        "ece": ece(pd, bad, weight),
        "log_loss": log_loss(pd, bad, weight),
        "bad_rate": float(np.average(bad, weights=weight)),
        "mean_pd": float(np.average(pd, weights=weight)),
    }
    return {name: round(value, 5) for name, value in figures.items()} | {"cases": len(bad), "bads": int(bad.sum())}


def precision_recall(ranking: Ranking, bad_rate: float) -> tuple[Floats, Floats]:
    """Precision by recall, from the riskiest down."""
    found = ranking.bads[1:] * bad_rate
    return found / ranking.seen[1:], ranking.bads[1:]


def lift_by_tenth(pd: Floats, bad: Floats) -> list[dict[str, float]]:
    """Tenths of the population from the riskiest down: bad rate over that of all, and the share of bads caught."""
    order = np.argsort(-pd, kind="stable")
    caught, rows = 0.0, []
    for part in np.array_split(order, 10):
        caught += float(bad[part].sum())
        rows.append(
            {
                "bad_rate": round(float(bad[part].mean()), 5),
                "mean_pd": round(float(pd[part].mean()), 5),
                "lift": round(float(bad[part].mean() / bad.mean()), 3),
                "caught": round(caught / float(bad.sum()), 5),
            }
        )
    return rows


def stability(expected: Floats, actual: Floats, bins: int = 10) -> float:
    """Population stability index over the expected one's tenths; missing values are a bin of their own. Under 0.1 is
    steady, above 0.25 has shifted (the customary reading)."""
    known = expected[~np.isnan(expected)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1])) if known.size else np.empty(0)

    def shares(values: Floats) -> Floats:
        place = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))
        return np.maximum(np.bincount(place, minlength=len(edges) + 2) / len(values), 1e-4)

    a, b = shares(expected), shares(actual)
    return float(np.sum((b - a) * np.log(b / a)))


def wilson(hits: float, cases: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    if not cases:
        return 0.0, 1.0
    share, z = hits / cases, 1.96
    middle = (share + z * z / (2 * cases)) / (1 + z * z / cases)
    half = z * np.sqrt(share * (1 - share) / cases + z * z / (4 * cases * cases)) / (1 + z * z / cases)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def fairness(pd: Floats, bad: Floats, groups: Sequence[str], threshold: float) -> list[dict[str, Any]]:
    """Each group's share with a PD up to `threshold` (approved), among all and among those who repaid, its bad rate,
    mean PD and AUC, with 95 % intervals; the largest group first."""
    names, place = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)
    rows = []
    for number, name in enumerate(names):
        p, b = pd[place == number], bad[place == number]
        approved, goods = p <= threshold, b == 0
        row: dict[str, Any] = {
            "group": str(name) or "(missing)",
            "cases": len(b),
            "bad_rate": round(float(b.mean()), 4),
            "mean_pd": round(float(p.mean()), 4),
            "approved": round(float(approved.mean()), 4),
            "approved_interval": [round(v, 4) for v in wilson(float(approved.sum()), len(b))],
        }
        if goods.any():
            kept = float((approved & goods).sum())
            row["good_approved"] = round(kept / float(goods.sum()), 4)
            row["good_approved_interval"] = [round(v, 4) for v in wilson(kept, int(goods.sum()))]
        if 0 < b.sum() < len(b):
            row["auc"] = round(auc(p, b), 4)
            row["auc_interval"] = [round(v, 4) for v in auc_interval(p, b)]
        rows.append(row)
    return sorted(rows, key=lambda row: -int(row["cases"]))
