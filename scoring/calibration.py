"""From the trees' log-odds to a probability that means what it says."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LEAST, MOST = 0.0001, 0.9999
"""No model is surer than that."""


@dataclass(frozen=True, slots=True)
class Calibrator:
    """P(bad) = 1 / (1 + exp(-(slope · raw + intercept))), raw being the trees' log-odds (Platt 1999).

    A line in log-odds keeps the order of cases, and keeps exact contributions exact: they are multiplied by the slope.
    """

    slope: float
    intercept: float

    def pd(self, raw: float) -> float:
        """One row. Rounded to twelve decimals, so that a last bit of `exp` on another machine doesn't show."""
        value = 1 / (1 + math.exp(-(self.slope * raw + self.intercept)))
        return round(min(MOST, max(LEAST, value)), 12)

    def pds(self, raw: Floats) -> Floats:
        """Many rows, unrounded."""
        return np.clip(1 / (1 + np.exp(-(self.slope * raw + self.intercept))), LEAST, MOST)

    def tree(self) -> dict[str, Any]:
        """What `calibrator.json` holds."""
        return {"kind": "platt", "slope": self.slope, "intercept": self.intercept}

    @staticmethod
    def of(tree: Mapping[str, Any]) -> "Calibrator":
        """ValueError unless it is one that keeps the order."""
        slope, intercept = float(tree["slope"]), float(tree["intercept"])
        if tree["kind"] != "platt" or not 0 < slope < math.inf or not math.isfinite(intercept):
            raise ValueError("not a calibrator")
        return Calibrator(slope, intercept)


def fit_platt(raw: Floats, bad: Floats, weight: Floats | None = None) -> Calibrator:
    """Maximum likelihood by Newton's method on rows that the trees have not seen; ValueError if they rank no better
    than chance."""
    w = np.ones_like(bad) if weight is None else weight
    design = np.column_stack([raw, np.ones_like(raw)])
    line = np.array([1.0, 0.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ line))
        hessian = design.T @ (design * (w * p * (1 - p))[:, None]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, design.T @ (w * (bad - p)))
        line = line + np.clip(step, -2, 2)
        if float(np.abs(step).max()) < 1e-10:
            break
    if not line[0] > 0:
        raise ValueError("the trees rank no better than chance")
    return Calibrator(round(float(line[0]), 9), round(float(line[1]), 9))
