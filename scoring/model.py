"""The credit model as an artifact on disk: loaded whole and verified, or not at all.

The directory holds text and JSON only (never pickle): the LightGBM trees, a Platt calibrator, the schema with the
scorecard, metrics, a card for people, and a manifest with the SHA-256 of each. The model's identity is the SHA-256
of the manifest. Load in a spawned process: LightGBM hangs after fork.
"""

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np

from scoring.features import FEATURES, NAMES, FeatureVector

FORMAT = 1
MANIFEST = "manifest.json"
FILES = ("MODEL_CARD.md", "calibrator.json", "metrics.json", "model.txt", "schema.json")
CHAMPION = Path(__file__).parent / "artifacts" / "champion"


class ArtifactError(RuntimeError):
    """The artifact is incomplete, altered, or made for other features than this code computes."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Points = base + pdo · log2(odds / base_odds), odds being good : bad; clipped. `bands`: a grade and the PD it
    includes at most, best first; the last one takes the rest."""

    base_points: int = 600
    base_odds: int = 50
    pdo: int = 20
    min_points: int = 300
    max_points: int = 850
    bands: tuple[tuple[str, float], ...] = (("A", 0.02), ("B", 0.045), ("C", 0.08), ("D", 0.15), ("E", 1.0))

    def points(self, pd: float) -> int:
        """Higher is better; every 20 points double the odds."""
        raw = self.base_points + self.pdo * math.log2((1 - pd) / pd / self.base_odds)
        return min(self.max_points, max(self.min_points, round(raw)))

    def grade(self, pd: float) -> str:
        """The first band that includes the PD."""
        return next(grade for grade, most in self.bands if pd <= most)


@dataclass(frozen=True, slots=True)
class Score:
    """`pd`: probability of default in 12 months. `contributions`: TreeSHAP in log-odds of default after calibration,
    one per feature. All figures are rounded to six decimals, so that equal inputs store equal bytes."""

    pd: float
    points: int
    grade: str
    contributions: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Calibrator:
    """Platt scaling: P(default) = 1 / (1 + exp(-(slope · raw + intercept))), raw being the trees' log-odds."""

    slope: float
    intercept: float

    def pd(self, raw: float) -> float:
        """Kept inside (0.0001, 0.9999): no model is surer than that."""
        value = 1 / (1 + math.exp(-(self.slope * raw + self.intercept)))
        return round(min(0.9999, max(0.0001, value)), 6)


@dataclass(frozen=True, slots=True)
class Model:
    """A verified model; `hash` is its identity in every decision it takes part in."""

    hash: str
    calibrator: Calibrator
    scorecard: Scorecard
    metrics: dict[str, Any]
    booster: lgb.Booster

    def score(self, features: FeatureVector) -> Score:
        """Deterministic, single-threaded; NaN features take the trees' missing branch."""
        row = np.array([features.values], dtype=np.float64)
        shap = self.booster.predict(row, pred_contrib=True, num_threads=1)[0]
        raw = float(self.booster.predict(row, raw_score=True, num_threads=1)[0])
        pd = self.calibrator.pd(raw)
        # Adding 0.0 turns -0.0 into 0.0.
        parts = tuple(
            (name, round(float(part) * self.calibrator.slope, 6) + 0.0) for name, part in zip(NAMES, shap, strict=False)
        )
        return Score(pd, self.scorecard.points(pd), self.scorecard.grade(pd), parts)


def schema(scorecard: Scorecard) -> dict[str, Any]:
    """What `schema.json` holds: the features in order, their constraints, and the scorecard."""
    return {
        "features": [{"name": f.name, "monotone": f.monotone} for f in FEATURES],
        "scorecard": {
            "base_points": scorecard.base_points,
            "base_odds": scorecard.base_odds,
            "pdo": scorecard.pdo,
            "min_points": scorecard.min_points,
            "max_points": scorecard.max_points,
            "bands": [list(band) for band in scorecard.bands],
        },
    }


def load(directory: Path, expected_hash: str | None = None) -> Model:
    """Raises ArtifactError on a missing, extra, truncated or altered file, on a schema that isn't this code's,
    and when the artifact is not the one expected."""
    contents = _verified_files(directory)
    digest = hashlib.sha256(contents[MANIFEST]).hexdigest()
    if expected_hash is not None and digest != expected_hash:
        raise ArtifactError("another model than the one asked for")
    try:
        described = json.loads(contents["schema.json"])
        card = described["scorecard"]
        bands = tuple((str(grade), float(most)) for grade, most in card["bands"])
        scorecard = Scorecard(**{**card, "bands": bands})
        if described != schema(scorecard):
            raise ArtifactError("the schema is not the one of this code")
        platt = json.loads(contents["calibrator.json"])
        calibrator = Calibrator(float(platt["slope"]), float(platt["intercept"]))
        metrics = json.loads(contents["metrics.json"])
        booster = lgb.Booster(model_str=contents["model.txt"].decode())
    except (KeyError, TypeError, ValueError, lgb.basic.LightGBMError) as broken:
        raise ArtifactError("a file of the artifact can't be read") from broken
    if tuple(booster.feature_name()) != NAMES or not calibrator.slope > 0:
        raise ArtifactError("the trees were not grown on these features")
    return Model(digest, calibrator, scorecard, metrics, booster)


def _verified_files(directory: Path) -> dict[str, bytes]:
    try:
        manifest = (directory / MANIFEST).read_bytes()
        listed = json.loads(manifest)
        if listed["format"] != FORMAT or sorted(listed["sha256"]) != sorted(FILES):
            raise ArtifactError("the manifest lists other files than an artifact has")
        contents = {name: (directory / name).read_bytes() for name in FILES}
    except (OSError, KeyError, TypeError, ValueError) as broken:
        raise ArtifactError("the artifact is incomplete") from broken
    for name, content in contents.items():
        if hashlib.sha256(content).hexdigest() != listed["sha256"][name]:
            raise ArtifactError(f"{name} is not the file that was published")
    return contents | {MANIFEST: manifest}
