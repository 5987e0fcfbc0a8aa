"""What in a table looks too good to be true: inputs that know the outcome, missing flags that do, rows seen twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from scoring.design import Design
from scoring.metrics import auc
from scoring.table import Floats

ECHO = 0.99
SUSPECT = 0.9
MISSING_SUSPECT = 0.75
_PRIOR = 20.0


@dataclass(frozen=True, slots=True)
class Suspect:
    """`auc` is that of the single input (or of its missing flag), in the better direction. An echo is left out."""

    name: str
    kind: Literal["echo", "leak", "missing"]
    auc: float

    @property
    def sentence(self) -> str:
        """What was found, for the log and the card."""
        if self.kind == "echo":
            return (
                f"{self.name}: alone tells the outcome (AUC {self.auc:.3f}): an echo of the target, left out. List it "
                "under columns.keep if it really is known before the outcome."
            )
        if self.kind == "leak":
            return f"{self.name}: alone reaches AUC {self.auc:.3f}; make sure that it is known before the outcome."
        return (
            f"{self.name}: whether it is missing reaches AUC {self.auc:.3f} alone; make sure that it isn't filled in "
            "or cleared because of the outcome."
        )


def find_suspects(design: Design) -> tuple[Suspect, ...]:
    """The strongest first."""
    found = []
    for place, one in enumerate(design.inputs):
        values = design.x[:, place]
        missing = np.isnan(values)
        alone = single_auc(values, design.bad, categorical=bool(one.levels))
        if alone >= SUSPECT:
            found.append(Suspect(one.name, "echo" if alone >= ECHO else "leak", round(alone, 4)))
        if missing.any() and not missing.all():
            flag = auc(missing.astype(float), design.bad)
            flag = max(flag, 1 - flag)
            if flag >= MISSING_SUSPECT:
                found.append(Suspect(one.name, "echo" if flag >= ECHO else "missing", round(flag, 4)))
    return tuple(sorted(found, key=lambda one: -one.auc))


def single_auc(values: Floats, bad: Floats, *, categorical: bool) -> float:
    """Of one input by itself, in the better direction; missing is a value of its own (ranked by its bad rate)."""
    missing = np.isnan(values)
    if categorical:
        codes = np.where(missing, np.nanmax(np.append(values[~missing], -1)) + 1, values).astype(int)
        cases, bads = np.bincount(codes), np.bincount(codes, bad)
        mean = bad.mean()
        # Without a row's own outcome, or a category of one row would know it.
        rates = (bads[codes] - bad + _PRIOR * mean) / (cases[codes] - 1 + _PRIOR)
        return auc(rates, bad)
    known = ~missing
    if not known.any() or not 0 < bad[known].sum() < known.sum():
        return 0.5
    alone = auc(values[known], bad[known])
    share = known.mean()
    return float(share * max(alone, 1 - alone) + (1 - share) * 0.5)


def group_numbers(design: Design) -> np.ndarray:
    """Rows of one number must share a fold: a person's, where the schema names a group, else repeats of one row."""
    if design.group is None:
        return design.alike
    _, member = np.unique(np.array(design.group, dtype=object).astype(str), return_inverse=True)
    return member


def without(design: Design, names: Sequence[str]) -> Design:
    """The design without some inputs."""
    kept = [place for place, one in enumerate(design.inputs) if one.name not in names]
    design.inputs = tuple(design.inputs[place] for place in kept)
    design.x = design.x[:, kept]
    return design
