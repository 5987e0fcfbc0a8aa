"""Invented people whose cards resemble a real population's: fitted shares and quantiles, never anybody's row.

`population.json` holds what `fit` took from UCI 350 (Yeh and Lien 2009, CC BY 4.0; see the model card): quantiles of
limits, how a month's status follows the one before, how much of the limit is used and how much is repaid by status, and
a logistic line for the outcome. The same seed gives the same person.
"""

import json
import math
import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scoring.revolving import IDLE, IN_FULL, MONTHS, MOST_STATUS, REVOLVED, History

PARAMETERS = Path(__file__).parent / "population.json"
ALL_MONTHS = 24

LIMIT_STEP_FEN = 2_500_00
"""Limits come in such steps: ten thousand New Taiwan dollars."""

LEVELS = (0.0, 0.01, 0.1, 0.3, 0.6, 0.9)
"""Use of the limit is told apart by these edges."""


@dataclass(frozen=True, slots=True)
class Cards:
    """All cards of a person as one. `status` has 24 months, the amounts the last six; newest first, amounts in fen."""

    limit_fen: int
    status: tuple[int, ...]
    balance_fen: tuple[int, ...]
    paid_fen: tuple[int, ...]

    @property
    def history(self) -> History:
        """What the model sees."""
        amounts = (tuple(map(float, self.balance_fen)), tuple(map(float, self.paid_fen)))
        return History(float(self.limit_fen), self.status[:MONTHS], *amounts)


@cache
def parameters() -> dict[str, Any]:
    """The fitted figures."""
    return dict(json.loads(PARAMETERS.read_text(encoding="utf-8")))


def draw_cards(rng: random.Random) -> Cards:
    """One person. Oldest month of the six first, then forward in time; the 18 months before, backward."""
    fitted = parameters()
    limit = max(1, round(_quantile(fitted["limit"], rng.random()) / LIMIT_STEP_FEN)) * LIMIT_STEP_FEN
    size = str(bisect_right(fitted["sizes"], limit))
    status = [_pick(fitted["first"][size], rng)]
    used = [_quantile(fitted["use"][_kind(status[0])], rng.random())]
    paid: list[float] = [_quantile(fitted["paid_first"][_kind(status[0])], rng.random()) * limit]
    for month in range(1, MONTHS):
        newest = month == MONTHS - 1
        table = fitted["last" if newest else "next"][size]
        status.append(_pick(_moves(table, status[-1], _late(status)), rng))
        before = used[-1]
        share = before * _quantile(fitted["repaid"][_kind(status[-2])][_level(before)], rng.random())
        paid.append(share * limit)
        spent = _quantile(fitted["spent"][_kind(status[-1])][_level(before)], rng.random())
        used.append(max(0.0, before - share + spent))
    earlier = [status[0]]
    for _ in range(ALL_MONTHS - MONTHS):
        earlier.append(_pick(_moves(fitted["next"][size], earlier[-1], 0), rng))
    return Cards(
        limit,
        (*reversed(status), *earlier[1:]),
        tuple(_fen(u * limit) for u in reversed(used)),
        tuple(_fen(p) for p in reversed(paid)),
    )


def chance_of_default(values: dict[str, float]) -> float:
    """The fitted logistic line over a few features: the truth that invented outcomes are drawn by."""
    line = parameters()["outcome"]
    total = float(line["intercept"])
    for name, weight in line["weights"].items():
        total += weight * (values[name] if not math.isnan(values[name]) else 1.0)
    return 1 / (1 + math.exp(-total))


def _moves(table: dict[str, dict[str, float]], status: int, late: int) -> dict[str, float]:
    """Where a status leads; one too rare to be fitted goes the way of the next milder one."""
    keys = (f"{milder}|{before}" for milder in range(status, IDLE - 1, -1) for before in (late, 0))
    return table[next(key for key in keys if key in table)]


def _fen(amount: float) -> int:
    return max(0, round(amount / 100) * 100)


def _kind(status: int) -> str:
    return {IDLE: "idle", IN_FULL: "in_full", REVOLVED: "revolved"}.get(status, "late")


def _late(status: Sequence[int]) -> int:
    """Whether the month before the newest was late too: delays come in runs."""
    return int(len(status) > 1 and status[-2] > 0)


def _level(used: float) -> str:
    return str(bisect_right(LEVELS, used) - 1 if used > 0 else 0)


def _pick(shares: dict[str, float], rng: random.Random) -> int:
    chosen = rng.choices(list(shares), list(shares.values()))[0]
    return min(MOST_STATUS, int(chosen))


def _quantile(points: Sequence[float], share: float) -> float:
    place = share * (len(points) - 1)
    low = int(place)
    high = min(low + 1, len(points) - 1)
    return points[low] + (points[high] - points[low]) * (place - low)
