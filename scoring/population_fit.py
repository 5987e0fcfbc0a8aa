"""`python -m scoring.population_fit --data UCI_Credit_Card.csv`: fits `population.json` anew. Shares of a table's rows
only, each over at least `LEAST` of them, so that no figure is about a person."""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from scoring.calibration import Floats
from scoring.design import lay_out
from scoring.population import LEVELS, PARAMETERS
from scoring.revolving import MONTHS, NAMES
from scoring.schema import SCHEMAS, Schema, read_schema
from scoring.table import Table, read_table

POINTS = np.linspace(0, 1, 41)
LEAST = 40
LINE = (
    "delay_now",
    "delay_weighted",
    "months_since_1_late",
    "months_since_2_late",
    "utilisation_now",
    "repaid_share_3m",
    "months_in_full",
    "status_change",
)


def fit(data: Path, schema: Schema) -> dict[str, Any]:
    """Everything that `scoring.population` draws by."""
    table = read_table(data, schema)
    limit, status, balance, paid = _months(table, schema)
    used, edges = balance / limit[:, None], np.quantile(limit, (1 / 3, 2 / 3))
    size = np.searchsorted(edges, limit, side="right")
    design = lay_out(table, schema)
    return {
        "limit": _points(limit),
        "sizes": edges.tolist(),
        "first": {str(s): _shares(status[size == s, -1]) for s in range(3)},
        "next": {str(s): _moves(status[size == s][:, 1:]) for s in range(3)},
        "last": {str(s): _moves(status[size == s], newest=True) for s in range(3)},
        "use": {kind: _points(used[:, -1][rows[:, -1]]) for kind, rows in _kinds(status).items()},
        "paid_first": {kind: _points((paid[:, -1] / limit)[rows[:, -1]]) for kind, rows in _kinds(status).items()},
        "spent": {
            kind: _by_level(used[:, 1:], used[:, :-1] - used[:, 1:] + paid[:, :-1] / limit[:, None], rows[:, :-1])
            for kind, rows in _kinds(status).items()
        },
        "repaid": {
            kind: _by_level(used[:, 1:], _ratio(paid[:, :-1], balance[:, 1:]), rows[:, 1:])
            for kind, rows in _kinds(status).items()
        },
        "outcome": _line(design.x, design.bad),
    }


def _months(table: Table, schema: Schema) -> tuple[Floats, np.ndarray, Floats, Floats]:
    form = schema.revolving
    if form is None:
        raise ValueError("the schema has no revolving accounts")
    limit = table.columns[form.limit].values * form.fen
    status = np.array([[int(text) for text in table.texts(name)] for name in form.status]).T
    amounts = [
        np.maximum(0, np.array([table.columns[name].values for name in names]).T * form.fen)
        for names in (form.balance, form.paid)
    ]
    return limit, status, amounts[0], amounts[1]


def _kinds(status: np.ndarray) -> dict[str, np.ndarray]:
    return {"idle": status == -2, "in_full": status == -1, "revolved": status == 0, "late": status > 0}


def _points(values: Floats) -> list[float]:
    return [float(f"{v:.4g}") for v in np.quantile(values, POINTS)]


def _shares(values: np.ndarray) -> dict[str, float]:
    return {str(v): round(n / len(values), 5) for v, n in sorted(Counter(values.tolist()).items()) if n >= 3}


def _moves(status: np.ndarray, *, newest: bool = False) -> dict[str, dict[str, float]]:
    """From a month's status and whether the one before was late to the next month's."""
    found: dict[str, list[int]] = {}
    last = 0 if newest else MONTHS - 3
    for to in range(last + 1):
        for row in status:
            before = int(row[to + 2] > 0) if to + 2 < len(row) else 0
            found.setdefault(f"{row[to + 1]}|{before}", []).append(int(row[to]))
            found.setdefault(f"{row[to + 1]}|0", []).append(int(row[to]))
    return {key: _shares(np.array(values)) for key, values in sorted(found.items()) if len(values) >= LEAST}


def _by_level(used: Floats, values: Floats, rows: np.ndarray) -> dict[str, list[float]]:
    place = np.where(used > 0, np.searchsorted(LEVELS, used, side="right") - 1, 0)
    found = {}
    for level in range(len(LEVELS)):
        held = values[rows & (place == level)]
        held = held if len(held) >= LEAST else values[rows]
        found[str(level)] = _points(held)
    return found


def _ratio(paid: Floats, asked: Floats) -> Floats:
    return np.where(asked > 0, np.minimum(3, paid / np.maximum(asked, 1)), 0.0)


def _line(x: Floats, bad: Floats) -> dict[str, Any]:
    """Logistic regression by Newton's method."""
    part = np.column_stack([np.nan_to_num(x[:, NAMES.index(name)], nan=1.0) for name in LINE] + [np.ones(len(bad))])
    weights = np.zeros(part.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-part @ weights))
        hessian = part.T @ (part * (p * (1 - p))[:, None]) + 1e-6 * np.eye(part.shape[1])
        weights = weights + np.linalg.solve(hessian, part.T @ (bad - p))
    rounded = [round(float(w), 5) for w in weights]
    return {"intercept": rounded[-1], "weights": dict(zip(LINE, rounded[:-1], strict=True))}


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    fitted = fit(options.data, read_schema(SCHEMAS / "taiwan.toml"))
    PARAMETERS.write_text(json.dumps(fitted, indent=None, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
