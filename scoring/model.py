"""The credit model: verified on loading, one applicant in microseconds, a score that can be taken apart exactly.

Load in a spawned process: LightGBM hangs after fork.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np

from scoring.artifact import ArtifactError, read_artifact
from scoring.batch import compile_forest
from scoring.calibration import Calibrator, Floats
from scoring.features import NAMES, FeatureVector
from scoring.fields import InputError
from scoring.trees import Trees, TreesError

CHAMPION = Path(__file__).parent / "artifacts" / "champion"

__all__ = ["CHAMPION", "ArtifactError", "Model", "NotScorable", "Score", "Scorecard", "load", "open_model"]


class NotScorable(InputError):
    """A value that the model has always been shown is missing or infinite. There is no score then, not a guess."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Points = base + pdo · log2(odds / base_odds), odds being good : bad; clipped. `bands`: a grade and the PD it
    includes at most, best first; the last one takes the rest."""

    base_points: int = 600
    base_odds: int = 50
    pdo: int = 20
    min_points: int = 300
    max_points: int = 850
    bands: tuple[tuple[str, float], ...] = (("A", 0.07), ("B", 0.11), ("C", 0.16), ("D", 0.3), ("E", 1.0))

    def points(self, pd: float) -> int:
        """Higher is better; every 20 points double the odds."""
        raw = self.base_points + self.pdo * math.log2((1 - pd) / pd / self.base_odds)
        return min(self.max_points, max(self.min_points, round(raw)))

    def grade(self, pd: float) -> str:
        """The first band that includes the PD."""
        return next(grade for grade, most in self.bands if pd <= most)

    def tree(self) -> dict[str, Any]:
        """Its part of `schema.json`."""
        figures = {
            name: getattr(self, name) for name in ("base_points", "base_odds", "pdo", "min_points", "max_points")
        }
        return figures | {"bands": [list(band) for band in self.bands]}

    @staticmethod
    def of(tree: Mapping[str, Any]) -> "Scorecard":
        """ValueError or KeyError unless it is whole."""
        bands = tuple((str(grade), float(most)) for grade, most in tree["bands"])
        if not bands or bands[-1][1] < 1 or sorted(most for _, most in bands) != [most for _, most in bands]:
            raise ValueError("not bands of PD")
        return Scorecard(**{**tree, "bands": bands})


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the trees. `missing`: training saw it missing, so a missing value has a meaning. `levels` are a
    category's, by code; `specials` are values taken out of the numbers into the flag inputs that follow."""

    name: str
    monotone: int = 0
    missing: bool = False
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """`pd`: probability of default. `contributions`: exact TreeSHAP in log-odds of default after calibration, one per
    feature, rounded to six decimals."""

    pd: float
    points: int
    grade: str
    contributions: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A verified model; `hash` is its identity in every decision it takes part in. `schema` is the file it was trained
    by, `reasons` the groups its inputs are told in."""

    hash: str
    calibrator: Calibrator
    scorecard: Scorecard
    inputs: tuple[Input, ...]
    metrics: dict[str, Any]
    schema: dict[str, Any]
    reasons: dict[str, Any]
    text: str
    trees: Trees
    manifest: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs in order."""
        return tuple(one.name for one in self.inputs)

    def pd(self, features: FeatureVector) -> float:
        """The probability alone, a few microseconds. Raises NotScorable."""
        values = features.values
        if not math.isfinite(sum(values)):
            self._refuse(values)
        return self.calibrator.pd(self.trees.raw(values))

    def score(self, features: FeatureVector) -> Score:
        """Probability, points, grade and where they come from; under a millisecond. Raises NotScorable."""
        pd = self.pd(features)
        shap = self.trees.contributions(features.values)
        slope = self.calibrator.slope
        # Adding 0.0 turns -0.0 into 0.0.
        parts = tuple((one.name, round(part * slope, 6) + 0.0) for one, part in zip(self.inputs, shap, strict=False))
        return Score(pd, self.scorecard.points(pd), self.scorecard.grade(pd), parts)

    def pds(self, rows: Floats, *, threads: int = 1) -> Floats:
        """Many rows in the order of `names`. Values that are missing or infinite are the caller's to check."""
        forest = _forest(self.text)
        if forest is not None:
            return self.calibrator.pds(forest.raw(rows, threads))
        raw = lgb.Booster(model_str=self.text).predict(rows, raw_score=True, num_threads=threads)
        return self.calibrator.pds(np.asarray(raw, dtype=np.float64))

    def _refuse(self, values: tuple[float, ...]) -> None:
        for one, value in zip(self.inputs, values, strict=True):
            if math.isinf(value):
                raise NotScorable(one.name, "infinite")
            if math.isnan(value) and not one.missing:
                raise NotScorable(one.name, "not known, and the model was never shown it missing")
        if all(math.isnan(value) for value in values):
            raise NotScorable("(all)", "nothing is known")


_forest = lru_cache(maxsize=4)(compile_forest)


def load(directory: Path, expected_hash: str | None = None) -> Model:
    """The model that decides: raises ArtifactError as `open_model` does, and also when it wants other features than
    the product computes from a bureau report, or can't be watched for drift."""
    model = open_model(directory, expected_hash)
    if model.names != NAMES:
        absent = sorted(set(model.names) - set(NAMES))
        wants = f"wants {absent[0]!r}, which no report can supply" if absent else "wants the features in another order"
        raise ArtifactError(f"the model {wants}")
    if set(model.metrics.get("baseline", ())) != {"(score)", *NAMES}:
        raise ArtifactError("the model does not tell how its inputs were distributed in training: drift can't be seen")
    return model


def open_model(directory: Path, expected_hash: str | None = None) -> Model:
    """Any model that `xindai score train` made. Raises ArtifactError when it is missing, altered, cut short, not the
    one expected, or not of one piece."""
    artifact = read_artifact(directory, expected_hash)
    described = artifact.json("schema.json")
    try:
        inputs = tuple(Input(**{**one, "levels": tuple(one["levels"])}) for one in described["inputs"])
        scorecard = Scorecard.of(described["scorecard"])
        calibrator = Calibrator.of(artifact.json("calibrator.json"))
        text = artifact.contents["model.txt"].decode()
        trees = Trees(text)
        model = Model(
            artifact.hash,
            calibrator,
            scorecard,
            inputs,
            dict(artifact.json("metrics.json")),
            dict(described["schema"]),
            dict(artifact.json("reasons.json")),
            text,
            trees,
            dict(artifact.json("manifest.json")),
        )
    except (KeyError, TypeError, ValueError, TreesError):
        raise ArtifactError("a file of the artifact can't be read") from None
    named = next((line for line in text.splitlines() if line.startswith("feature_names=")), "")
    if len(inputs) != trees.width or named.removeprefix("feature_names=").split(" ") != tree_names(model.names):
        raise ArtifactError("the trees were not grown on the inputs of the schema")
    return model


def tree_names(names: Sequence[str]) -> list[str]:
    """Columns' names as LightGBM's text can hold them, none twice."""
    found: list[str] = []
    for name in names:
        safe = "".join(c if c.isalnum() or c in "_." else "_" for c in name)
        found.append(safe if safe not in found else f"{safe}_{len(found)}")
    return found
