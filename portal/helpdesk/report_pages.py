"""The monthly report about the models, as tables and as plots of the same numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from portal.db.models import ModelReport
from portal.domain.text import N_
from portal.helpdesk.pages import Bar
from portal.helpdesk.wording import GROUPS, MEMBERS
from portal.web.language import gettext, speaking

Figures = Mapping[str, Any]
Option = Mapping[str, Any]

_MOST_INPUTS = 12
_SHIFTED = 0.25
_FEW = 200
"""Below this a steady population shows an index of 0.05 and more by chance."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One model in the comparison."""

    version: str
    champion: bool
    current: bool
    problem: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot and the table of its numbers; the first cell of a row is its heading."""

    title: str
    note: str
    option: Option
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ReportPage:
    """`plots` and `fairness` are those of the chosen model; empty where there is nothing to draw. `few`: what the
    period's `scored` cases show of shifts is mostly chance."""

    bar: Bar
    id: UUID
    first: date
    last: date
    made_at: datetime
    headings: tuple[str, ...]
    models: tuple[Summary, ...]
    chosen: str
    plots: tuple[Plot, ...]
    fairness: tuple[Plot, ...]
    scored: int
    few: bool
    outcomes: int
    bads: int
    title: str = N_("模型月报")


def report_page(bar: Bar, report: ModelReport, model: str, language: str) -> ReportPage:
    """In the visitor's language; the champion unless a model of the report is named."""
    models: Sequence[Figures] = report.content["models"]
    chosen = next((one for one in models if one["version"] == model), models[0])
    with speaking(language):
        told = "error" not in chosen
        return ReportPage(
            bar=bar,
            id=report.id,
            first=report.first,
            last=report.last,
            made_at=report.made_at,
            headings=_headings(),
            models=tuple(_summary(one, number == 0, one is chosen) for number, one in enumerate(models)),
            chosen=str(chosen["version"]),
            plots=tuple(plot for plot in _plots(chosen) if plot is not None) if told else (),
            fairness=tuple(plot for plot in _fairness(chosen) if plot is not None) if told else (),
            scored=chosen["decided"]["scored"] if told else 0,
            few=told and chosen["decided"]["scored"] < _FEW,
            outcomes=chosen["outcomes"]["cases"] if told else 0,
            bads=chosen["outcomes"]["bads"] if told else 0,
        )


def _headings() -> tuple[str, ...]:
    accuracy = (gettext("AUC（区间）"), "KS", "Brier", "ECE")
    return (*accuracy, gettext("评分 PSI"), gettext("最大的输入 PSI"), gettext("自动化率"), gettext("通过率"))


def _summary(one: Figures, champion: bool, current: bool) -> Summary:
    if "error" in one:
        return Summary(one["version"], champion, current, str(one["error"]), ())
    measured = one["measured"]
    accuracy: tuple[str, ...] = ("—",) * 4
    if measured is not None:
        interval = _interval(*(f"{measured[name]:.3f}" for name in ("auc", "auc_low", "auc_high")))
        accuracy = (interval, *(f"{measured[name]:.4f}" for name in ("ks", "brier", "ece")))
    stability: Mapping[str, float] = one["stability"]
    inputs = {name: psi for name, psi in stability.items() if name != "(score)"}
    worst = max(inputs, key=lambda name: inputs[name], default="")
    shifts = (
        f"{stability['(score)']:.3f}" if stability else "—",
        f"{inputs[worst]:.3f} {worst}" if worst else "—",
    )
    lanes = (_share(one["decided"]["automation"]), _share(one["decided"]["approval"]))
    return Summary(one["version"], champion, current, "", (*accuracy, *shifts, *lanes))


def _plots(one: Figures) -> tuple[Plot | None, ...]:
    return _distribution(one), _inputs(one), _calibration(one), _grades(one)


def _distribution(one: Figures) -> Plot | None:
    held = one["distribution"]
    if held is None:
        return None
    edges = [_percent(edge) for edge in held["edges"]]
    bands = [f"< {edges[0]}", *(f"{low}–{high}" for low, high in pairwise(edges)), f"≥ {edges[-1]}"]
    trained, now = gettext("训练时"), gettext("本期")
    return Plot(
        gettext("违约概率的分布"),
        gettext("按训练时的十等份划分；两列越接近，客群越稳定。"),
        _bars(bands, {trained: held["trained"], now: held["now"]}),
        (gettext("违约概率"), trained, now),
        tuple(
            (band, _percent(before), _percent(after))
            for band, before, after in zip(bands, held["trained"], held["now"], strict=True)
        ),
    )


def _inputs(one: Figures) -> Plot | None:
    shifts = [(name, psi) for name, psi in one["stability"].items() if name != "(score)"]
    shifts = sorted(shifts, key=lambda item: -item[1])[:_MOST_INPUTS]
    if not shifts:
        return None
    names, values = [name for name, _ in shifts], [psi for _, psi in shifts]
    line = {"silent": True, "symbol": "none", "data": [{"xAxis": _SHIFTED}], "lineStyle": {"color": "--danger"}}
    return Plot(
        gettext("输入的偏移（PSI）"),
        gettext("0.1 以下为稳定，超过 0.25 说明客群已变。"),
        {
            "xAxis": {"type": "value"},
            "yAxis": {"type": "category", "inverse": True, "data": names},
            "tooltip": {"trigger": "axis"},
            "series": [{"name": "PSI", "type": "bar", "data": values, "markLine": line | {"label": {"show": False}}}],
        },
        (gettext("输入"), "PSI"),
        tuple((name, f"{psi:.3f}") for name, psi in shifts),
    )


def _calibration(one: Figures) -> Plot | None:
    bins: Sequence[Mapping[str, float]] = one["reliability"]
    if not bins:
        return None
    points = [[_hundred(bin_["mean_pd"]), _hundred(bin_["bad_rate"])] for bin_ in bins]
    top = max(max(point) for point in points)
    said, seen = gettext("模型给出的概率"), gettext("实际坏账率")
    axis = {"type": "value", "nameLocation": "middle", "nameGap": 32, "axisLabel": {"formatter": "{value}%"}}
    even = {"type": "line", "symbol": "none", "silent": True, "lineStyle": {"type": "dashed", "color": "--quiet"}}
    return Plot(
        gettext("校准"),
        gettext("点在虚线上方：实际比模型说的差。"),
        {
            "xAxis": axis | {"name": said},
            "yAxis": axis | {"name": seen, "nameGap": 44},
            "grid": {"left": 32, "right": 24, "top": 24, "bottom": 32, "containLabel": True},
            "tooltip": {"trigger": "item"},
            "series": [{"type": "line", "data": points}, even | {"data": [[0, 0], [top, top]]}],
        },
        (said, seen, gettext("占比")),
        tuple((_percent(bin_["mean_pd"]), _percent(bin_["bad_rate"]), _percent(bin_["share"])) for bin_ in bins),
    )


def _grades(one: Figures) -> Plot | None:
    rows: Sequence[Figures] = one["grades"]
    if not any(row["cases"] for row in rows):
        return None
    trained, now = gettext("训练时"), gettext("已有结果的借款")
    values = {
        trained: [row["trained"] or 0 for row in rows],
        now: [row["bad_rate"][0] if row["cases"] else None for row in rows],
    }
    return Plot(
        gettext("各等级的坏账率"),
        gettext("首年内逾期 90 天及以上算坏账。"),
        _bars([row["grade"] for row in rows], values),
        (gettext("等级"), gettext("笔数"), gettext("坏账率（区间）"), trained),
        tuple(
            (
                row["grade"],
                f"{row['cases']:,}",
                _share(row.get("bad_rate"), interval=True),
                _percent(row["trained"]) if row["trained"] is not None else "—",
            )
            for row in rows
        ),
    )


def _fairness(one: Figures) -> tuple[Plot | None, ...]:
    return tuple(
        plot(gettext(title), _in_order(one[key].get(name, ())))
        for name, title in GROUPS.items()
        for key, plot in (("approvals", _approvals), ("errors", _errors))
    )


def _in_order(rows: Sequence[Figures]) -> list[Figures]:
    """Bands of age by age, what is told together last."""
    return sorted(rows, key=lambda row: (row["group"] == "(others)", row["group"]))


def _approvals(title: str, rows: Sequence[Figures]) -> Plot | None:
    if not rows:
        return None
    share = gettext("自动通过率")
    return Plot(
        gettext("自动通过率：按%(group)s") % {"group": title.lower()},
        gettext("差距以人数最多的一组为准；区间不含 0 的差距不像是偶然。"),
        _bars([_name(row["group"]) for row in rows], {share: [row["approval"][0] for row in rows]}),
        (title, gettext("笔数"), gettext("自动通过率（区间）"), gettext("差距（区间）")),
        tuple(
            (
                _name(row["group"]),
                f"{row['cases']:,}",
                _share(row["approval"], interval=True),
                _points(row["gap"]) if "gap" in row else gettext("基准组"),
            )
            for row in rows
        ),
    )


def _errors(title: str, rows: Sequence[Figures]) -> Plot | None:
    if not rows:
        return None
    said, seen = gettext("模型给出的概率"), gettext("实际坏账率")
    values = {said: [row["mean_pd"] for row in rows], seen: [row["bad_rate"][0] for row in rows]}
    return Plot(
        gettext("预测误差：按%(group)s") % {"group": title.lower()},
        gettext("误差是实际坏账率减去模型给出的概率；区间不含 0 的误差不像是偶然。"),
        _bars([_name(row["group"]) for row in rows], values),
        (title, gettext("笔数"), said, seen, gettext("误差（区间）"), gettext("AUC（区间）")),
        tuple(
            (
                _name(row["group"]),
                f"{row['cases']:,}",
                _percent(row["mean_pd"]),
                _percent(row["bad_rate"][0]),
                _points(row["error"]),
                _interval(*(f"{one:.3f}" for one in row["auc"])) if "auc" in row else "—",
            )
            for row in rows
        ),
    )


def _bars(places: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> Option:
    """Shares beside each other, in percent."""
    return {
        "legend": {},
        "xAxis": {"type": "category", "data": list(places)},
        "yAxis": {"type": "value", "axisLabel": {"formatter": "{value}%"}},
        "tooltip": {"trigger": "axis"},
        "series": [
            {"name": name, "type": "bar", "data": [None if one is None else _hundred(one) for one in values]}
            for name, values in series.items()
        ],
    }


def _name(group: str) -> str:
    if group in MEMBERS:
        return gettext(MEMBERS[group])
    return gettext("%(ages)s 岁") % {"ages": group.replace("-", "–")}


def _hundred(share: float) -> float:
    return round(share * 100, 2)


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _share(share: Sequence[float] | None, *, interval: bool = False) -> str:
    if share is None:
        return "—"
    words = [_percent(one) for one in share]
    return _interval(*words) if interval else words[0]


def _points(difference: Sequence[float]) -> str:
    """In percentage points."""
    return _interval(*(f"{one * 100:+.1f}".replace("-", "−") for one in difference))


def _interval(value: str, low: str, high: str) -> str:
    return gettext("%(value)s（%(low)s 至 %(high)s）") % {"value": value, "low": low, "high": high}
