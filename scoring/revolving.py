"""Six months of a person's cards as numbers for the model: one pure function, for training and for serving.

Amounts are in fen. Months are newest first in this file: `[0]` is the newest statement, `paid[0]` went against the
statement `[1]`. A month's status is months past due (1 or more, 8 for a write-off) or one of `REVOLVED`, `IN_FULL`,
`IDLE`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

REVOLVED, IN_FULL, IDLE = 0, -1, -2
MONTHS = 6
MOST_STATUS = 8


@dataclass(frozen=True, slots=True)
class Feature:
    """`monotone`: +1 risk may only rise with the value, -1 only fall, 0 free."""

    name: str
    monotone: Literal[-1, 0, 1] = 0


@dataclass(frozen=True, slots=True)
class History:
    """`limit` is above zero; balances are 0 where a statement asked for nothing. Each sequence has six months."""

    limit: float
    status: tuple[int, ...]
    balance: tuple[float, ...]
    paid: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.limit > 0:
            raise ValueError("a limit above zero is needed")
        if {len(self.status), len(self.balance), len(self.paid)} != {MONTHS}:
            raise ValueError("six months are needed")


FEATURES: tuple[Feature, ...] = (
    Feature("delay_now", 1),
    Feature("conduct_now"),
    Feature("months_since_1_late", -1),
    Feature("months_since_2_late", -1),
    Feature("delay_weighted", 1),
    Feature("delay_sum", 1),
    Feature("worst_delay_3m", 1),
    Feature("worst_delay_6m", 1),
    Feature("months_2_late", 1),
    Feature("late_streak", 1),
    Feature("clean_streak", -1),
    Feature("late_with_utilisation", 1),
    Feature("delay_of_use", 1),
    Feature("status_sum"),
    Feature("status_change"),
    Feature("status_trend"),
    Feature("status_oldest"),
    Feature("months_in_full"),
    Feature("limit", -1),
    Feature("utilisation_now", 1),
    Feature("utilisation_before", 1),
    Feature("utilisation_most", 1),
    Feature("utilisation_spread"),
    Feature("utilisation_change_3m"),
    Feature("headroom_least", -1),
    Feature("paid_now", -1),
    Feature("paid_1m_ago", -1),
    Feature("paid_2m_ago", -1),
    Feature("paid_3m_ago", -1),
    Feature("paid_mean", -1),
    Feature("paid_most", -1),
    Feature("paid_least", -1),
    Feature("paid_median", -1),
    Feature("paid_nothing_months"),
    Feature("paid_last_months_ago"),
    Feature("repaid_share_now", -1),
    Feature("repaid_share_1m_ago", -1),
    Feature("repaid_share_2m_ago", -1),
    Feature("repaid_share_3m_ago", -1),
    Feature("repaid_share_3m", -1),
    Feature("carried_now", 1),
    Feature("carried_mean", 1),
    Feature("spent_now"),
    Feature("spent_share_now"),
    Feature("spent_share_1m_ago"),
    Feature("spent_share_2m_ago"),
    Feature("spent_share_mean"),
    Feature("spent_share_most"),
    Feature("balance_most", 1),
    Feature("balance_mean", 1),
    Feature("balance_variation"),
    Feature("balance_unchanged_months"),
)
NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)

_FADING = (1.0, 0.7, 0.5, 0.35, 0.25, 0.18)
FULLY = 2.0
"""Shares repaid are capped at twice the statement; of a statement that asked for nothing there is no share (NaN)."""


def measure(history: History) -> dict[str, float]:
    """Every feature of `FEATURES`; only shares repaid can be NaN."""
    return _status(history) | _use(history) | _payments(history) | _spending(history)


def _status(history: History) -> dict[str, float]:
    status = history.status
    delay = [max(0, s) for s in status]
    return {
        "delay_now": delay[0],
        "conduct_now": min(0, status[0]),
        "months_since_1_late": _since(status, 1),
        "months_since_2_late": _since(status, 2),
        "delay_weighted": sum(w * d for w, d in zip(_FADING, delay, strict=True)),
        "delay_sum": sum(delay),
        "worst_delay_3m": max(delay[:3]),
        "worst_delay_6m": max(delay),
        "months_2_late": sum(s >= 2 for s in status),
        "late_streak": _streak([s >= 1 for s in status]),
        "clean_streak": _streak([s <= 0 for s in status]),
        "late_with_utilisation": history.balance[0] / history.limit if status[0] >= 1 else -1.0,
        "delay_of_use": sum(d * b for d, b in zip(delay, history.balance, strict=True)) / history.limit,
        "status_sum": sum(status),
        "status_change": status[0] - status[1],
        "status_trend": (sum(status[:3]) - sum(status[3:])) / 3,
        "status_oldest": status[-1],
        "months_in_full": sum(s == IN_FULL for s in status),
    }


def _use(history: History) -> dict[str, float]:
    used = [balance / history.limit for balance in history.balance]
    return {
        "limit": history.limit,
        "utilisation_now": used[0],
        "utilisation_before": used[1],
        "utilisation_most": max(used),
        "utilisation_spread": _spread(used),
        "utilisation_change_3m": used[0] - used[3],
        "headroom_least": history.limit - max(history.balance),
    }


def _payments(history: History) -> dict[str, float]:
    paid, balance = history.paid, history.balance
    carried = [max(0.0, before - now) for now, before in zip(paid[:-1], balance[1:], strict=True)]
    shares = [_share(now, before) for now, before in zip(paid[:-1], balance[1:], strict=True)]
    return {
        "paid_now": paid[0],
        "paid_1m_ago": paid[1],
        "paid_2m_ago": paid[2],
        "paid_3m_ago": paid[3],
        "paid_mean": sum(paid) / MONTHS,
        "paid_most": max(paid),
        "paid_least": min(paid),
        "paid_median": _median(paid),
        "paid_nothing_months": sum(amount == 0 for amount in paid),
        "paid_last_months_ago": next((month for month, amount in enumerate(paid) if amount > 0), MONTHS),
        "repaid_share_now": shares[0],
        "repaid_share_1m_ago": shares[1],
        "repaid_share_2m_ago": shares[2],
        "repaid_share_3m_ago": shares[3],
        "repaid_share_3m": _share(sum(paid[:3]), sum(balance[1:4])),
        "carried_now": (balance[1] - paid[0]) / history.limit,
        "carried_mean": sum(carried) / len(carried),
    }


def _spending(history: History) -> dict[str, float]:
    balance, limit = history.balance, history.limit
    spent = [new - old + paid for new, old, paid in zip(balance[:-1], balance[1:], history.paid[:-1], strict=True)]
    mean = sum(balance) / MONTHS
    return {
        "spent_now": spent[0],
        "spent_share_now": spent[0] / limit,
        "spent_share_1m_ago": spent[1] / limit,
        "spent_share_2m_ago": spent[2] / limit,
        "spent_share_mean": sum(spent) / len(spent) / limit,
        "spent_share_most": max(spent) / limit,
        "balance_most": max(balance),
        "balance_mean": mean,
        "balance_variation": _spread(balance) / mean if mean else 0.0,
        "balance_unchanged_months": sum(new == old for new, old in pairwise(balance)),
    }


def _share(paid: float, asked: float) -> float:
    return min(FULLY, paid / asked) if asked > 0 else math.nan


def _spread(values: Sequence[float]) -> float:
    """The population's standard deviation; `statistics.pstdev` is exact in fractions and ten times slower."""
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return (ordered[MONTHS // 2 - 1] + ordered[MONTHS // 2]) / 2


def _since(status: Sequence[int], least: int) -> int:
    return next((month for month, s in enumerate(status) if s >= least), MONTHS)


def _streak(flags: Sequence[bool]) -> int:
    return next((month for month, flag in enumerate(flags) if not flag), MONTHS)
