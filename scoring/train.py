"""Trains the model on the synthetic portfolio and writes the artifact.

`python -m scoring.train --seed 7 --out scoring/artifacts/champion`. Same seed, size and libraries: same bytes.
"""

import argparse
import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from scoring.features import FEATURES, NAMES
from scoring.model import FORMAT, MANIFEST, Calibrator, Scorecard, schema
from scoring.portfolio import generate

Floats: TypeAlias = npt.NDArray[np.float64]

SIZE = 24_000
ROUNDS = 130


@dataclass(frozen=True, slots=True)
class Sample:
    """Features as rows in the order of `FEATURES`, and 1.0 for a default."""

    x: Floats
    y: Floats

    def part(self, start: float, stop: float) -> "Sample":
        """Cases between two shares of the sample; they come in random order already."""
        a, b = int(len(self.y) * start), int(len(self.y) * stop)
        return Sample(self.x[a:b], self.y[a:b])

    @property
    def digest(self) -> str:
        """SHA-256 over the little-endian doubles, every NaN as the same one."""
        x = np.where(np.isnan(self.x), np.nan, self.x)
        return hashlib.sha256(x.astype("<f8").tobytes() + self.y.astype("<f8").tobytes()).hexdigest()


def train(out: Path, seed: int, size: int = SIZE, rounds: int = ROUNDS) -> dict[str, Any]:
    """60 % of the cases grow the trees, 20 % calibrate, 20 % are held out for the metrics, which are returned."""
    cases = list(generate(seed, size))
    sample = Sample(
        np.array([case.features.values for case in cases], dtype=np.float64),
        np.array([case.defaulted for case in cases], dtype=np.float64),
    )
    learn, tune, held_out = sample.part(0, 0.6), sample.part(0.6, 0.8), sample.part(0.8, 1)
    booster = grow(learn, seed, rounds)
    calibrator = fit_platt(_raw(booster, tune.x), tune.y)
    raw = _raw(booster, held_out.x)
    pds = np.array([calibrator.pd(float(value)) for value in raw])
    metrics = measure(pds, held_out.y) | {"cases": size, "bad_rate": round(float(sample.y.mean()), 4)}
    model_text = booster.model_to_string()
    files = {
        "model.txt": model_text,
        "calibrator.json": _json({"kind": "platt", "slope": calibrator.slope, "intercept": calibrator.intercept}),
        "schema.json": _json(schema(Scorecard())),
        "metrics.json": _json(metrics),
        "MODEL_CARD.md": card(metrics, seed),
    }
    write_artifact(out, files, {"seed": seed, "size": size, "rounds": rounds, "data_sha256": sample.digest})
    return metrics


def grow(sample: Sample, seed: int, rounds: int) -> lgb.Booster:
    """Monotone trees, single-threaded and seeded so that they are the same every time."""
    parameters = {
        "objective": "binary",
        "learning_rate": 0.06,
        "num_leaves": 12,
        "min_data_in_leaf": 60,
        "lambda_l2": 5.0,
        "monotone_constraints": [feature.monotone for feature in FEATURES],
        "monotone_constraints_method": "basic",
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "seed": seed,
        "verbosity": -1,
    }
    data = lgb.Dataset(sample.x, label=sample.y, feature_name=list(NAMES), params=parameters)
    return lgb.train(parameters, data, num_boost_round=rounds)


def fit_platt(raw: Floats, y: Floats) -> Calibrator:
    """Maximum likelihood by Newton's method with Platt's softened targets; ValueError if the slope isn't positive."""
    good, bad = float((y == 0).sum()), float((y == 1).sum())
    target = np.where(y == 1, (bad + 1) / (bad + 2), 1 / (good + 2))
    design = np.column_stack([raw, np.ones_like(raw)])
    weights = np.array([1.0, 0.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ weights))
        hessian = design.T @ (design * (p * (1 - p))[:, None])
        step = np.linalg.solve(hessian, design.T @ (target - p))
        weights = weights + step
        if float(np.abs(step).max()) < 1e-10:
            break
    if not weights[0] > 0:
        raise ValueError("the trees rank no better than chance")
    return Calibrator(round(float(weights[0]), 9), round(float(weights[1]), 9))


def measure(pds: Floats, y: Floats) -> dict[str, Any]:
    """Discrimination and calibration: AUC, KS, Brier score, log loss, and PD against outcome by fifths."""
    order = np.argsort(pds, kind="stable")
    bad, good = np.cumsum(y[order]) / y.sum(), np.cumsum(1 - y[order]) / (1 - y).sum()
    fifths = [
        {"mean_pd": round(float(pds[rows].mean()), 4), "bad_rate": round(float(y[rows].mean()), 4)}
        for rows in np.array_split(order, 5)
    ]
    return {
        "auc": round(auc(pds, y), 4),
        "ks": round(float(np.abs(bad - good).max()), 4),
        "brier": round(float(np.mean((pds - y) ** 2)), 4),
        "log_loss": round(float(-np.mean(y * np.log(pds) + (1 - y) * np.log(1 - pds))), 4),
        "held_out_cases": len(y),
        "calibration_by_fifth": fifths,
    }


def auc(pds: Floats, y: Floats) -> float:
    """The chance that a bad case has the higher PD, ties counting half (Mann–Whitney)."""
    bad, good = np.sort(pds[y == 1]), np.sort(pds[y == 0])
    below = np.searchsorted(good, bad, side="left").sum() + np.searchsorted(good, bad, side="right").sum()
    return float(below) / 2 / (len(bad) * len(good))


def card(metrics: Mapping[str, Any], seed: int) -> str:
    """The model card: what it is, how good, and what it must not be used for."""
    return f"""# Model card: champion

**Trained on synthetic data. It must not be used for real lending.** The portfolio is made up by
`scoring/portfolio.py`; its relations are assumptions, so the figures below say nothing about real borrowers.

- Task: probability of default within 12 months of a personal loan; LightGBM trees with monotone constraints,
  Platt calibration, {len(FEATURES)} features. Seed {seed}, {metrics["cases"]} cases, of which {metrics["bad_rate"]:.1%}
  defaulted.
- On {metrics["held_out_cases"]} held-out synthetic cases: AUC {metrics["auc"]:.3f}, KS {metrics["ks"]:.3f}, Brier
  {metrics["brier"]:.4f}, log loss {metrics["log_loss"]:.4f}.
- Points: 600 at odds of 50 good to 1 bad, 20 points double the odds.
- Never inputs: sex, marital status, education, ethnicity, address, name, age.
- Known limits: no reject inference, no real base rate, no test across groups of people, no history of drift.
- Made by `python -m scoring.train --seed {seed} --out scoring/artifacts/champion`.
"""


def write_artifact(out: Path, files: Mapping[str, str], training: Mapping[str, Any]) -> None:
    """The files, and the manifest that seals them."""
    out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (out / name).write_bytes(text.encode())
    manifest = {
        "format": FORMAT,
        "sha256": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()},
        "training": dict(training),
        "libraries": {
            "python": platform.python_version(),
            "lightgbm": lgb.__version__,
            "numpy": np.__version__,
        },
    }
    (out / MANIFEST).write_bytes(_json(manifest).encode())


def _raw(booster: lgb.Booster, x: Floats) -> Floats:
    return np.asarray(booster.predict(x, raw_score=True, num_threads=1), dtype=np.float64)


def _json(tree: Mapping[str, Any]) -> str:
    return json.dumps(tree, indent=1, sort_keys=True, allow_nan=False) + "\n"


def main() -> None:
    """Train and print the metrics."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    print(json.dumps(train(options.out, options.seed, options.size), indent=1))


if __name__ == "__main__":
    main()
