"""The model card: one HTML file with its plots inside, to read in any browser and to print."""

from html import escape
from string import Template
from typing import Any

from scoring.charts import draw_all
from scoring.evidence import Evidence
from scoring.schema import Schema
from scoring.table import Table

_PLOTS = {
    "roc": "ROC",
    "precision_recall": "Precision and recall",
    "calibration": "Calibration in 15 bins",
    "ks": "Kolmogorov–Smirnov",
    "lift": "Lift by tenths",
    "distribution": "Score distribution",
    "contributions": "What moves the score: exact TreeSHAP of 300 cases",
    "stability": "Stability over the folds",
}
_FIGURES = {
    "auc": "AUC",
    "gini": "Gini",
    "ks": "KS",
    "brier": "Brier score",
    "ece": "Expected calibration error, 15 bins",
    "log_loss": "Log loss",
    "bad_rate": "Bad rate",
    "mean_pd": "Mean PD",
    "cases": "Cases",
    "bads": "Bads",
}

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Model card: $name</title>
<style>
body { margin: 0 auto; max-width: 1216px; padding: 24px 16px; background: #faf9f6; color: #1c2530;
  font: 15px/1.55 "PingFang SC", "Noto Sans SC", system-ui, sans-serif; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 20px; margin: 32px 0 8px; }
h3 { font-size: 15px; margin: 0 0 4px; }
p, ul { max-width: 72ch; } .quiet { color: #5b6672; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; background: #fff; }
th, td { padding: 4px 10px; border: 1px solid #e6e3dc; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
p { overflow-wrap: anywhere; } .scroll { overflow-x: auto; }
.plots, .group { display: grid; gap: 12px; align-items: start; }
.plots { grid-template-columns: repeat(auto-fill, minmax(min(100%, 310px), 1fr)); }
.group { grid-template-columns: minmax(0, 310px) minmax(0, 1fr); margin: 0 0 16px; }
.halves { display: flex; flex-wrap: wrap; gap: 12px; align-items: flex-start; }
figure { margin: 0; padding: 12px; background: #fff; border: 1px solid #e6e3dc; border-radius: 10px; }
figure.wide { grid-column: span 2; } figure svg { display: block; width: 100%; height: auto; }
@media (max-width: 700px) { figure.wide { grid-column: auto; } .group { grid-template-columns: minmax(0, 1fr); } }
</style>
</head>
<body>
<h1>$title</h1>
<p class="quiet">$about</p>
$remarks
<h2>How good</h2>
<p>$method</p>
<div class="scroll">$figures</div>
<h2>What was found in the data</h2>
$notes
<h2>Plots</h2>
<div class="plots">$plots</div>
<h2>Grades</h2>
<div class="scroll">$grades</div>
<h2>Protected groups</h2>
<p>$protected</p>
$fairness
<h2>Inputs by weight</h2>
<div class="scroll halves">$inputs</div>
<h2>How it was made</h2>
<p class="quiet">$made</p>
</body>
</html>
""")


def render_card(schema: Schema, evidence: Evidence, table: Table) -> str:
    """The whole page; the same text for the same model."""
    figures = evidence.figures
    plots = draw_all(evidence)
    general = "".join(_figure(title, plots[name], wide=name == "contributions") for name, title in _PLOTS.items())
    about = f"{schema.source} Licence: {schema.licence}." if schema.licence else schema.source
    recipe = ", ".join(f"{key} {value}" for key, value in figures["recipe"].items())
    return _PAGE.substitute(
        name=escape(schema.name),
        title=escape(schema.title or schema.name),
        about=escape(about),
        remarks="".join(f"<p>{escape(remark)}</p>" for remark in schema.remarks),
        method=escape(_method(figures)),
        figures=_figures(figures),
        notes=_list([*figures.get("notes", ())]) or "<p>Nothing out of the ordinary.</p>",
        plots=general,
        grades=_rows(figures["grades"]),
        protected=escape(_protected(figures)),
        fairness="".join(
            f"<div class='group'>{_figure(name, plots[f'fairness {name}'])}"
            f"<div class='scroll'>{_rows([_group(row) for row in rows])}</div></div>"
            for name, rows in figures["fairness"].items()
        ),
        inputs="".join(_rows(figures["importance"][start : start + 20]) for start in (0, 20)),
        made=escape(f"Monotone LightGBM trees ({recipe}), Platt calibration. Training data SHA-256 {table.sha256}."),
    )


def _method(figures: dict[str, Any]) -> str:
    measured = figures["cross_validation"]
    text = (
        f"Measured on {measured['cases']:,} cases ({measured['bads']:,} bad) by {measured['folds']}-fold "
        "cross-validation: every case is scored by trees and by a calibrator that have not seen it."
    )
    if "out_of_time" in figures:
        text += f" The latest {figures['out_of_time']['cases']:,} cases were kept out of training altogether."
    return text


def _figures(figures: dict[str, Any]) -> str:
    columns = {"cross-validation": figures["cross_validation"]}
    if "out_of_time" in figures:
        columns["later"] = figures["out_of_time"]
    rows = [
        {"figure": label} | {name: column[key] for name, column in columns.items()} for key, label in _FIGURES.items()
    ]
    return _rows(rows)


def _protected(figures: dict[str, Any]) -> str:
    cost = figures.get("left_out")
    if cost is None:
        return "The data names no protected column, so nothing can be said about groups."
    return (
        f"Never inputs: {', '.join(cost['columns'])}. With them as inputs the mean AUC of the folds would be "
        f"{cost['auc_with']:.4f}, without them it is {cost['auc_without']:.4f}: leaving them out costs "
        f"{cost['auc_with'] - cost['auc_without']:+.4f}. Groups are compared at a PD of "
        f"{figures['fairness_threshold']:.1%}, under which half of all cases lie: which share of each is below it, of "
        "all and of those who repaid. Groups carry the data's own codes."
    )


def _group(row: dict[str, Any]) -> dict[str, Any]:
    """A group's line, each share with its interval in one cell."""
    both = {
        label: f"{row[key]:.1%} ({row[f'{key}_interval'][0]:.1%}–{row[f'{key}_interval'][1]:.1%})" if key in row else ""
        for key, label in (("approved", "below, all"), ("good_approved", "below, repaid"))
    }
    ranking = f"{row['auc']:.3f} ({row['auc_interval'][0]:.3f}–{row['auc_interval'][1]:.3f})" if "auc" in row else ""
    return {key: row[key] for key in ("group", "cases", "bad_rate", "mean_pd")} | both | {"AUC": ranking}


def _figure(title: str, svg: str, *, wide: bool = False) -> str:
    kind = ' class="wide"' if wide else ""
    return f"<figure{kind}><h3>{escape(title)}</h3>{svg}</figure>"


def _list(sentences: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in sentences)}</ul>" if sentences else ""


def _rows(rows: list[dict[str, Any]]) -> str:
    heads = list(dict.fromkeys(key for row in rows for key in row))
    top = "".join(f"<th>{escape(head.replace('_', ' '))}</th>" for head in heads)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(row.get(head))}</td>' for head in heads)}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    if isinstance(value, list):
        return "–".join(_cell(one) for one in value)
    if isinstance(value, float):
        return f"{value:.4f}"
    return "" if value is None else escape(f"{value:,}" if isinstance(value, int) else str(value))
