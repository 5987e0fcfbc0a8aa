"""Everything a card and a monthly report say about a model, gathered once: figures for people, arrays for plots."""

from dataclasses import asdict, dataclass, field
from typing import Any

import lightgbm as lgb
import numpy as np

from scoring.design import Design
from scoring.growing import CrossFit, Recipe, raw_scores
from scoring.metrics import Floats, auc, auc_interval, fairness, lift_by_tenth, measure, reliability, stability
from scoring.model import Scorecard
from scoring.schema import Schema

EXPLAINED = 2_000
"""Rows of the summary of contributions."""

APPROVED_SHARE = 0.5
"""Groups are compared at the PD that this share of all cases stays under; the policy's own threshold comes later."""


@dataclass(slots=True)
class Evidence:
    """`figures` is what `metrics.json` holds; `pd` and `bad` are the rows they were measured on. `contributions` are of
    a sample of rows, `sample` its inputs."""

    figures: dict[str, Any]
    pd: Floats
    bad: Floats
    weight: Floats | None
    names: tuple[str, ...]
    contributions: Floats
    sample: Floats
    later_pd: Floats | None = None
    later_bad: Floats | None = None
    hash: str = field(default="")


def gather(
    design: Design,
    crossed: CrossFit,
    text: str,
    later: Design | None,
    recipe: Recipe,
    scorecard: Scorecard,
    schema: Schema,
    seed: int,
) -> Evidence:
    """Figures from out-of-fold probabilities; of the rows held out by time from the model itself."""
    pds, bad = crossed.pds, design.bad
    names = tuple(one.name for one in design.inputs)
    rows = np.sort(np.random.default_rng(seed).permutation(len(bad))[:EXPLAINED])
    shap = np.asarray(lgb.Booster(model_str=text).predict(design.x[rows], pred_contrib=True, num_threads=1))
    shap = shap[:, :-1] * crossed.calibrator.slope
    threshold = float(np.quantile(pds, APPROVED_SHARE))
    figures: dict[str, Any] = {
        "schema": schema.name,
        "cross_validation": measure(pds, bad, design.weight) | {"folds": int(crossed.fold.max()) + 1},
        "folds": _by_fold(crossed, design),
        "reliability": [_rounded(asdict(one)) for one in reliability(pds, bad, design.weight)],
        "lift": lift_by_tenth(pds, bad),
        "grades": grades(pds, bad, scorecard),
        "recipe": asdict(recipe),
        "importance": importance(names, shap),
        "fairness": {name: fairness(pds, bad, groups, threshold) for name, groups in design.protected.items()},
        "fairness_threshold": round(threshold, 5),
        "baseline": baseline(design, pds),
    }
    evidence = Evidence(figures, pds, bad, design.weight, names, shap, design.x[rows])
    if later is not None:
        _measure_later(evidence, design, later, crossed, text)
    return evidence


def _by_fold(crossed: CrossFit, design: Design) -> list[dict[str, float]]:
    found = []
    for number in np.unique(crossed.fold):
        rows = crossed.fold == number
        low, high = auc_interval(crossed.raw[rows], design.bad[rows])
        found.append(
            _rounded({"auc": auc(crossed.raw[rows], design.bad[rows]), "auc_low": low, "auc_high": high})
            | {"cases": int(rows.sum())}
        )
    return found


def _measure_later(evidence: Evidence, design: Design, later: Design, crossed: CrossFit, text: str) -> None:
    pds = crossed.calibrator.pds(raw_scores(text, later.x))
    evidence.later_pd, evidence.later_bad = pds, later.bad
    shifts = {
        name: round(stability(design.x[:, place], later.x[:, place]), 4) for place, name in enumerate(evidence.names)
    }
    evidence.figures["out_of_time"] = measure(pds, later.bad, later.weight) | {
        "stability": round(stability(evidence.pd, pds), 4),
        "stability_of_inputs": dict(sorted(shifts.items(), key=lambda item: -item[1])),
    }


def grades(pds: Floats, bad: Floats, scorecard: Scorecard) -> list[dict[str, Any]]:
    """Share, mean PD, bad rate and points of each grade."""
    least, rows = 0.0, []
    for grade, most in scorecard.bands:
        held = (pds > least) & (pds <= most)
        row: dict[str, Any] = {"grade": grade, "pd_above": least, "pd_to": most, "share": round(float(held.mean()), 4)}
        if held.any():
            row |= {"mean_pd": round(float(pds[held].mean()), 4), "bad_rate": round(float(bad[held].mean()), 4)}
        rows.append(row)
        least = most
    return rows


def importance(names: tuple[str, ...], shap: Floats) -> list[dict[str, Any]]:
    """Mean absolute contribution in log-odds, the largest first."""
    mean = np.abs(shap).mean(axis=0)
    order = np.argsort(-mean, kind="stable")
    return [{"name": names[i], "mean_contribution": round(float(mean[i]), 5)} for i in order]


def baseline(design: Design, pds: Floats) -> dict[str, Any]:
    """What drift is measured against: tenths of every input and of the score, with the share missing."""
    columns = {one.name: design.x[:, place] for place, one in enumerate(design.inputs)} | {"(score)": pds}
    return {name: tenths(values) for name, values in columns.items()}


def tenths(values: Floats) -> dict[str, Any]:
    """Edges between tenths (equal ones once), the share of cases in each piece, and of missing values last."""
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, 11)[1:-1])) if known.size else np.empty(0)
    place = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))
    shares = np.bincount(place, minlength=len(edges) + 2) / len(values)
    return {"edges": edges.tolist(), "shares": [round(float(s), 6) for s in shares]}


def _rounded(row: dict[str, float]) -> dict[str, float]:
    return {name: round(float(value), 5) for name, value in row.items()}
