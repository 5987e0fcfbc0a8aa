"""The plots of a model card as SVG, the same text for the same figures. Colours are those of the product's pages."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scoring.evidence import Evidence
from scoring.metrics import Ranking, precision_recall, rank

JADE, INK, QUIET, LINE, ATTENTION = "#0e7c6b", "#1c2530", "#5b6672", "#e6e3dc", "#b26a00"
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "xindai",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": LINE,
    "axes.labelcolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "grid.color": LINE,
    "axes.grid": True,
    "axes.axisbelow": True,
    "legend.frameon": False,
}
_POINTS = 400


def draw_all(evidence: Evidence) -> dict[str, str]:
    """Every plot by name."""
    ranking = rank(evidence.pd, evidence.bad, evidence.weight)
    with mpl.rc_context(_STYLE):
        plots = {
            "roc": _plot(lambda axes: _roc(axes, ranking)),
            "precision_recall": _plot(lambda axes: _precision_recall(axes, ranking, evidence)),
            "calibration": _plot(lambda axes: _calibration(axes, evidence)),
            "ks": _plot(lambda axes: _ks(axes, ranking)),
            "lift": _plot(lambda axes: _lift(axes, evidence)),
            "distribution": _plot(lambda axes: _distribution(axes, evidence)),
            "contributions": _plot(lambda axes: _contributions(axes, evidence), (7.6, 6.4)),
            "stability": _plot(lambda axes: _stability(axes, evidence), (3.8, 6.4)),
        }
        for name, rows in evidence.figures["fairness"].items():
            plots[f"fairness {name}"] = _plot(_fairness(rows))
    return plots


@contextmanager
def _figure(size: tuple[float, float]) -> Iterator[tuple[Figure, Axes]]:
    figure = Figure(figsize=size, layout="tight")
    yield figure, figure.subplots()


def _plot(draw: Callable[[Axes], None], size: tuple[float, float] = (3.8, 3.2)) -> str:
    with _figure(size) as (figure, axes):
        draw(axes)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    svg = out.getvalue()
    return svg[svg.index("<svg") :]


def _thin(*curves: np.ndarray) -> tuple[np.ndarray, ...]:
    step = max(1, len(curves[0]) // _POINTS)
    return tuple(np.append(curve[::step], curve[-1]) for curve in curves)


def _roc(axes: Axes, ranking: Ranking) -> None:
    goods, bads = _thin(ranking.goods, ranking.bads)
    axes.plot(goods, bads, color=JADE, label=f"AUC {ranking.auc:.4f}")
    axes.plot([0, 1], [0, 1], color=LINE)
    axes.set(xlabel="share of goods flagged", ylabel="share of bads flagged", xlim=(0, 1), ylim=(0, 1))
    axes.legend(loc="lower right")


def _precision_recall(axes: Axes, ranking: Ranking, evidence: Evidence) -> None:
    rate = float(np.average(evidence.bad, weights=evidence.weight))
    precision, recall = _thin(*precision_recall(ranking, rate))
    axes.plot(recall, precision, color=JADE)
    axes.axhline(rate, color=LINE, label=f"bad rate {rate:.1%}")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1))
    axes.legend(loc="upper right")


def _calibration(axes: Axes, evidence: Evidence) -> None:
    bins = evidence.figures["reliability"]
    axes.plot([0, 1], [0, 1], color=LINE)
    sizes = [12 + 300 * one["share"] for one in bins]
    axes.scatter(
        [b["mean_pd"] for b in bins], [b["bad_rate"] for b in bins], s=sizes, color=JADE, alpha=0.7, linewidths=0
    )
    axes.set(xlabel="predicted", ylabel="observed", xlim=(0, 1), ylim=(0, 1))


def _ks(axes: Axes, ranking: Ranking) -> None:
    threshold, bads, goods = _thin(ranking.threshold, ranking.bads, ranking.goods)
    axes.plot(threshold, 1 - bads, color=ATTENTION, label="bads")
    axes.plot(threshold, 1 - goods, color=JADE, label="goods")
    at = int(np.argmax(ranking.bads - ranking.goods))
    spot = float(ranking.threshold[at])
    axes.vlines(spot, 1 - ranking.bads[at], 1 - ranking.goods[at], color=INK, label=f"KS {ranking.ks:.3f}")
    axes.set(xlabel="PD", ylabel="share below", xlim=(0, 1), ylim=(0, 1))
    axes.legend(loc="lower right")


def _lift(axes: Axes, evidence: Evidence) -> None:
    rows = evidence.figures["lift"]
    axes.bar(range(1, 11), [row["lift"] for row in rows], color=JADE)
    axes.axhline(1, color=QUIET, linewidth=0.8)
    axes.set(xlabel="tenth of cases, riskiest first", ylabel="lift", xticks=range(1, 11))


def _distribution(axes: Axes, evidence: Evidence) -> None:
    edges = np.linspace(0, 1, 41)
    for value, colour, label in ((0, JADE, "goods"), (1, ATTENTION, "bads")):
        counts, _ = np.histogram(evidence.pd[evidence.bad == value], edges)
        axes.stairs(counts / len(evidence.bad), edges, color=colour, fill=True, alpha=0.55, label=label)
    axes.set(xlabel="PD", ylabel="share of all cases", xlim=(0, 1))
    axes.legend()


def _contributions(axes: Axes, evidence: Evidence) -> None:
    top = [row["name"] for row in evidence.figures["importance"][:18]]
    rng = np.random.default_rng(0)
    rows = slice(0, 300)
    for height, name in enumerate(reversed(top)):
        place = evidence.names.index(name)
        parts, values = evidence.contributions[rows, place], evidence.sample[rows, place]
        known = values[~np.isnan(values)]
        order = np.searchsorted(np.sort(known), np.nan_to_num(values)) / max(1, len(known))
        axes.scatter(
            parts,
            height + rng.uniform(-0.28, 0.28, len(parts)),
            c=order,
            cmap="viridis",
            s=5,
            linewidths=0,
            rasterized=True,
        )
    axes.axvline(0, color=QUIET, linewidth=0.8)
    axes.set(xlabel="contribution to log-odds of default (dark: low value, bright: high)")
    axes.set_yticks(range(len(top)), list(reversed(top)))


def _stability(axes: Axes, evidence: Evidence) -> None:
    folds = evidence.figures["folds"]
    places = np.arange(len(folds))
    middle = np.array([fold["auc"] for fold in folds])
    low, high = (np.array([fold[key] for fold in folds]) for key in ("auc_low", "auc_high"))
    axes.errorbar(places, middle, [middle - low, high - middle], fmt="o", color=JADE, capsize=3)
    labels = [f"fold {number + 1}" for number in places]
    later = evidence.figures.get("out_of_time")
    if later is not None:
        spread = [[later["auc"] - later["auc_low"]], [later["auc_high"] - later["auc"]]]
        axes.errorbar([len(folds)], [later["auc"]], spread, fmt="o", color=ATTENTION, capsize=3)
        labels.append("later")
    axes.set_xticks(range(len(labels)), labels)
    axes.set(ylabel="AUC, 95 %")


def _fairness(rows: Sequence[dict[str, Any]]) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        places = np.arange(len(rows))[::-1]
        for key, colour, shift, label in (
            ("approved", JADE, 0.12, "all"),
            ("good_approved", ATTENTION, -0.12, "who repaid"),
        ):
            held = [(place, row) for place, row in zip(places, rows, strict=True) if key in row]
            middle = np.array([row[key] for _, row in held])
            low, high = (np.array([row[f"{key}_interval"][side] for _, row in held]) for side in (0, 1))
            heights = [place + shift for place, _ in held]
            spread = [np.maximum(0, middle - low), np.maximum(0, high - middle)]
            axes.errorbar(middle, heights, xerr=spread, fmt="o", color=colour, capsize=2, label=label)
        axes.set_yticks(places, [str(row["group"]) for row in rows])
        axes.set(xlabel="share below the threshold, 95 %", xlim=(0, 1), ylim=(-0.5, len(rows) - 0.5))
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)

    return draw
