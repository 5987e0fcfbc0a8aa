"""The champion beside its peers on the same folds, and how fast it answers: `make bench-scoring`.

Needs the public table (`--data`, UCI 350); speed alone is measured without it. Every figure stands beside a floor taken
in the same run: peers on the same rows and folds, `Booster.predict` on the same model and rows. Peers get every column
of the table but the id; ours leaves out sex, marital status, age and education. Exits with 1 when a bar is missed.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedKFold

from e2e.bench.peers import PEERS, Floats, Peer
from scoring.calibration import fit_platt
from scoring.design import Design, lay_out
from scoring.features import FeatureVector
from scoring.growing import Recipe, grow, raw_scores
from scoring.metrics import auc, brier, ece
from scoring.model import CHAMPION, Input, load
from scoring.population import draw_cards
from scoring.reasons import explain
from scoring.revolving import measure
from scoring.schema import SCHEMAS, read_schema
from scoring.table import Table, read_table
from scoring.tests.made import dice

DATA = Path(__file__).parents[3] / "shared" / "data" / "taiwan" / "UCI_Credit_Card.csv"
FOLDS, SEED = 5, 42
BARS = {"auc": 0.789, "brier": 0.1333, "ece": 0.006, "one": 1.0, "explained_us": 1_000.0, "batch": 3.0}


def folds(bad: Floats) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """scikit-learn's own, not ours that repeat them."""
    yield from StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(bad, bad)


def figures(pds: Floats, bad: Floats, parts: list[npt.NDArray[np.int64]]) -> dict[str, float]:
    """AUC is the mean of the folds; Brier and calibration are of all rows together."""
    return {
        "auc": float(np.mean([auc(pds[part], bad[part]) for part in parts])),
        "auc_of_all": auc(pds, bad),
        "brier": brier(pds, bad),
        "ece": ece(pds, bad),
    }


def ours(design: Design, recipe: Recipe) -> dict[str, float]:
    """Trees see the other folds' rows; a fold's calibrator sees the other folds' out-of-fold scores."""
    raw, parts = np.empty(len(design.bad)), []
    for inside, outside in folds(design.bad):
        raw[outside] = raw_scores(grow(design, recipe, SEED, rows=inside), design.x[outside])
        parts.append(outside)
    pds = np.empty_like(raw)
    for outside in parts:
        inside = np.setdiff1d(np.arange(len(raw)), outside)
        pds[outside] = fit_platt(raw[inside], design.bad[inside]).pds(raw[outside])
    return figures(pds, design.bad, parts)


def peer(fit: Peer, x: Floats, bad: Floats) -> dict[str, float]:
    """A peer on the same folds."""
    pds, parts = np.empty(len(bad)), []
    for inside, outside in folds(bad):
        pds[outside] = fit(x[inside], bad[inside])(x[outside])
        parts.append(outside)
    return figures(pds, bad, parts)


def raw_columns(table: Table, rows: npt.NDArray[np.int64]) -> Floats:
    """Every column but id and target, as numbers."""
    names = [name for name in table.columns if name not in ("ID", "default.payment.next.month")]
    texts = ([float(text) for text in table.texts(name)] for name in names)
    return np.array(list(texts)).T[rows]


def with_protected(design: Design, names: tuple[str, ...]) -> Design:
    """What sex and marital status would add if they were inputs."""
    columns = [np.array([float(v) for v in design.protected[name]]) for name in names]
    inputs = (*design.inputs, *(Input(name) for name in names))
    return replace(design, inputs=inputs, x=np.column_stack([design.x, *columns]))


def compare(data: Path, *, peers: bool) -> dict[str, dict[str, float]]:
    """Quality, all on the same folds."""
    taiwan = read_schema(SCHEMAS / "taiwan.toml")
    design = lay_out(read_table(data, taiwan), taiwan)
    recipe = Recipe.of(taiwan.recipe)
    found = {"ours": ours(design, recipe)}
    found["ours with sex and marital status"] = ours(with_protected(design, ("SEX", "MARRIAGE")), recipe)
    if peers:
        whole = taiwan.model_copy(update={"columns": taiwan.columns.model_copy(update={"drop": ()})})
        x = raw_columns(read_table(data, whole), design.rows)
        found |= {name: peer(fit, x, design.bad) for name, fit in PEERS.items()}
    return found


def median_us(act: Callable[[int], object], times: int) -> float:
    """Microseconds of the median call."""
    taken = []
    for number in range(times):
        began = time.perf_counter_ns()
        act(number)
        taken.append(time.perf_counter_ns() - began)
    return float(np.median(taken)) / 1_000


def speed(rows: int) -> dict[str, float]:
    """One applicant and a batch, against `Booster.predict` of the same model on the same rows."""
    model = load(CHAMPION)
    booster = lgb.Booster(model_str=model.text)
    some = np.array([list(measure(draw_cards(dice(number)).history).values()) for number in range(500)])
    vectors = [FeatureVector(tuple(map(float, row))) for row in some]

    def explained(number: int) -> None:
        explain(vectors[number % 500], model.score(vectors[number % 500]))

    floor = median_us(lambda n: booster.predict(some[n % 500 : n % 500 + 1], num_threads=1), 4_000)
    one = median_us(lambda n: model.pd(vectors[n % 500]), 4_000)
    rng = np.random.default_rng(1)
    many = some[rng.integers(0, len(some), rows)] * rng.uniform(0.8, 1.2, (rows, some.shape[1]))
    began = time.perf_counter()
    expected = np.asarray(booster.predict(many, raw_score=True, num_threads=2))
    middle = time.perf_counter()
    pds = model.pds(many, threads=2)
    ended = time.perf_counter()
    if not np.array_equal(pds, model.calibrator.pds(expected)):
        raise AssertionError("the batch is not bit-equal to Booster.predict")
    return {
        "booster_us": floor,
        "pd_us": one,
        "one": one / floor,
        "explained_us": median_us(explained, 1_000),
        "batch_rows": float(rows),
        "booster_rows_s": rows / (middle - began),
        "batch_rows_s": rows / (ended - middle),
        "batch": (middle - began) / (ended - middle),
    }


def missed(quality: dict[str, float] | None, quick: dict[str, float]) -> list[str]:
    """Bars that were not reached."""
    found = [name for name in ("one", "explained_us") if quick[name] > BARS[name]]
    found += ["batch"] if quick["batch"] < BARS["batch"] else []
    if quality:
        found += ["auc"] if quality["auc"] < BARS["auc"] else []
        found += [name for name in ("brier", "ece") if quality[name] > BARS[name]]
    return found


def main() -> None:
    """Measure, print a table, and say which bars are missed."""
    parser = argparse.ArgumentParser(prog="make bench-scoring", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="UCI_Credit_Card.csv")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the batch (default: %(default)s)")
    parser.add_argument("--no-peers", action="store_true", help="ours alone")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    quality = compare(options.data, peers=not options.no_peers) if options.data.exists() else {}
    quick = speed(options.rows)
    wrong = missed(quality.get("ours"), quick)
    if options.json:
        print(json.dumps({"quality": quality, "speed": quick, "missed": wrong}, indent=1))
    else:
        _print(quality, quick)
        print(f"Missed: {', '.join(wrong)}" if wrong else "Every bar is reached.")
    sys.exit(1 if wrong else 0)


def _print(quality: dict[str, dict[str, float]], quick: dict[str, Any]) -> None:
    for name, row in quality.items():
        print(f"{name:34}" + "".join(f" {key} {value:.5f}" for key, value in row.items()))
    floor = f"Booster.predict ({quick['booster_us']:.1f} µs)"
    print(f"one applicant: PD {quick['pd_us']:.1f} µs, {quick['one']:.2f} × {floor}")
    print(f"one applicant with reasons: {quick['explained_us']:.0f} µs")
    print(
        f"{quick['batch_rows']:,.0f} rows: {quick['batch_rows_s']:,.0f} rows/s, {quick['batch']:.1f} × Booster.predict "
        f"({quick['booster_rows_s']:,.0f} rows/s), bit-equal"
    )


if __name__ == "__main__":
    main()
