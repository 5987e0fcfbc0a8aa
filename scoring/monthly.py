"""A model's month: is it still right, is its population still its own, and does it treat groups alike.

Everything comes from decision records and from loans whose outcome is known; a row is one case. Groups are compared
here and nowhere else: nothing of them is an input of a model or of a rule.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from scoring.metrics import Floats, auc, auc_interval, measure, reliability, wilson
from scoring.model import Model
from scoring.watching import SCORE, Features, rows_of, scorable, shifts

FEWEST_IN_GROUP = 30
"""Below this a group is told together with others: a share of few people is chance, and points at persons."""

OTHERS = "(others)"


@dataclass(slots=True)
class Cases:
    """Parallel lists. `lanes`: where this model sent the case, None where it was not asked. `groups`: by what they are
    compared, empty where it is not known. `bad`: 1.0 or 0.0, of matured cases only."""

    features: list[Features] = field(default_factory=list)
    lanes: list[str | None] = field(default_factory=list)
    groups: dict[str, list[str]] = field(default_factory=dict)
    bad: list[float] = field(default_factory=list)


def report_on(model: Model, decided: Cases, matured: Cases) -> dict[str, Any]:
    """`decided` are the period's cases, `matured` all those whose outcome is known by its end: only loans that were
    paid out have one, so the figures on outcomes are about approved people."""
    rows, later = rows_of(model, decided.features), rows_of(model, matured.features)
    fit, fit_later = scorable(model, rows), scorable(model, later)
    pds, bad = model.pds(later[fit_later]), np.array(matured.bad, dtype=np.float64)[fit_later]
    both = 0 < bad.sum() < len(bad)
    return {
        "decided": _lanes(decided.lanes) | {"cases": len(rows), "scored": int(fit.sum())},
        "stability": shifts(model, rows) if fit.any() else {},
        "distribution": _distribution(model, model.pds(rows[fit])) if fit.any() else None,
        "outcomes": {"cases": len(bad), "bads": int(bad.sum())},
        "measured": measure(pds, bad) if both else None,
        "reliability": [_rounded(asdict(one)) for one in reliability(pds, bad)] if len(bad) else [],
        "grades": _grades(model, pds, bad),
        "approvals": {name: _approvals(decided.lanes, groups) for name, groups in decided.groups.items()},
        "errors": {
            name: _errors(pds, bad, [one for one, kept in zip(groups, fit_later, strict=True) if kept])
            for name, groups in matured.groups.items()
        },
    }


def _lanes(lanes: Sequence[str | None]) -> dict[str, Any]:
    known = [lane for lane in lanes if lane is not None]
    counted = Counter(known)
    return {
        "asked": len(known),
        "automation": share(len(known) - counted["refer"], len(known)),
        "approval": share(counted["approve"], len(known)),
        "decline": share(counted["decline"], len(known)),
    }


def share(hits: int, cases: int) -> list[float] | None:
    """A share with its 95 % interval; None of nothing."""
    return [round(value, 4) for value in (hits / cases, *wilson(hits, cases))] if cases else None


def difference(hits: int, cases: int, other_hits: int, other_cases: int) -> list[float]:
    """One share less another, with its 95 % interval (Newcombe 1998, method 10)."""
    one, other = hits / cases, other_hits / other_cases
    low, high = wilson(hits, cases)
    other_low, other_high = wilson(other_hits, other_cases)
    down = np.hypot(one - low, other_high - other)
    up = np.hypot(high - one, other - other_low)
    return [round(float(value), 4) for value in (one - other, one - other - down, one - other + up)]


def told_together(groups: Sequence[str], fewest: int = FEWEST_IN_GROUP) -> list[str]:
    """Groups too small to be told alone become one; where that is too small as well, the next smallest joins it, so
    that nothing can be found by subtraction."""
    sizes = sorted(Counter(groups).items(), key=lambda item: (item[1], item[0]))
    joined: set[str] = set()
    count = 0
    for name, size in sizes:
        if size >= fewest and (not joined or count >= fewest):
            break
        joined.add(name)
        count += size
    return [OTHERS if name in joined else name for name in groups]


def _approvals(lanes: Sequence[str | None], groups: Sequence[str]) -> list[dict[str, Any]]:
    """Automatic approvals by group, and how far from those of the largest group."""
    pairs = [(group, lane) for group, lane in zip(groups, lanes, strict=True) if group and lane is not None]
    names = told_together([group for group, _ in pairs])
    cases, hits = Counter(names), Counter[str]()
    for name, (_, lane) in zip(names, pairs, strict=True):
        hits[name] += lane == "approve"
    if sum(cases.values()) < FEWEST_IN_GROUP:
        return []
    reference = max(cases, key=lambda name: (cases[name], name))
    return [
        {"group": name, "cases": cases[name], "approval": share(hits[name], cases[name])}
        | ({"gap": difference(hits[name], cases[name], hits[reference], cases[reference])} if name != reference else {})
        for name in sorted(cases, key=lambda name: (-cases[name], name))
    ]


def _errors(pds: Floats, bad: Floats, groups: Sequence[str]) -> list[dict[str, Any]]:
    """What each group's bad rate is above its mean PD (above zero: riskier than scored), and how well its cases are
    ranked."""
    known = np.array([bool(group) for group in groups], dtype=bool)
    names = np.array(told_together([group for group in groups if group]), dtype=object)
    pds, bad = pds[known], bad[known]
    if len(names) < FEWEST_IN_GROUP:
        return []
    rows = []
    for name in sorted(set(names), key=lambda one: (-int((names == one).sum()), one)):
        p, b = pds[names == name], bad[names == name]
        low, high = wilson(float(b.sum()), len(b))
        mean = float(p.mean())
        row: dict[str, Any] = {
            "group": str(name),
            "cases": len(b),
            "bad_rate": share(int(b.sum()), len(b)),
            "mean_pd": round(mean, 4),
            "error": [round(value, 4) for value in (float(b.mean()) - mean, low - mean, high - mean)],
        }
        if 0 < b.sum() < len(b):
            row["auc"] = [round(value, 4) for value in (auc(p, b), *auc_interval(p, b))]
        rows.append(row)
    return rows


def _grades(model: Model, pds: Floats, bad: Floats) -> list[dict[str, Any]]:
    trained = {row["grade"]: row.get("bad_rate") for row in model.metrics["grades"]}
    least, rows = 0.0, []
    for grade, most in model.scorecard.bands:
        held = (pds > least) & (pds <= most)
        row: dict[str, Any] = {"grade": grade, "cases": int(held.sum()), "trained": trained.get(grade)}
        if held.any():
            row |= {
                "bad_rate": share(int(bad[held].sum()), int(held.sum())),
                "mean_pd": round(float(pds[held].mean()), 4),
            }
        rows.append(row)
        least = most
    return rows


def _distribution(model: Model, pds: Floats) -> dict[str, Any]:
    """Shares of cases between the tenths of training."""
    held: Mapping[str, Any] = model.metrics["baseline"][SCORE]
    place = np.searchsorted(held["edges"], pds, side="right")
    shares = np.bincount(place, minlength=len(held["edges"]) + 1) / len(pds)
    return {
        "edges": [round(float(edge), 5) for edge in held["edges"]],
        "trained": [round(float(value), 5) for value in held["shares"][: len(held["edges"]) + 1]],
        "now": [round(float(value), 5) for value in shares],
    }


def _rounded(row: Mapping[str, float]) -> dict[str, float]:
    return {name: round(float(value), 5) for name, value in row.items()}
