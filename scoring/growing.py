"""Grows monotone LightGBM trees, several seeds averaged into one model file, the same bytes every time."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from scoring.calibration import Calibrator, Floats, fit_platt
from scoring.design import Design
from scoring.model import Input, tree_names
from scoring.schema import SchemaError


@dataclass(frozen=True, slots=True)
class Recipe:
    """How trees are grown; `seeds` forests of `rounds` trees each are averaged."""

    learning_rate: float = 0.06
    num_leaves: int = 8
    min_data_in_leaf: int = 100
    feature_fraction: float = 0.25
    bagging_fraction: float = 0.7
    lambda_l2: float = 10.0
    path_smooth: float = 20.0
    max_bin: int = 127
    rounds: int = 190
    seeds: int = 5

    @staticmethod
    def of(given: Mapping[str, float]) -> "Recipe":
        """From a schema; raises SchemaError for a name that is none."""
        known = asdict(Recipe())
        if strange := set(given) - set(known):
            raise SchemaError(f"recipe has no {min(strange)!r}; it has {', '.join(known)}.")
        return Recipe(**{name: type(known[name])(value) for name, value in given.items()})

    def parameters(self, inputs: Sequence[Input], seed: int, threads: int) -> dict[str, Any]:
        """LightGBM's own names. Deterministic whatever the number of threads."""
        own = {name: value for name, value in asdict(self).items() if name not in ("rounds", "seeds")}
        return own | {
            "objective": "binary",
            "bagging_freq": 1,
            "monotone_constraints": [one.monotone for one in inputs],
            "monotone_constraints_method": "intermediate",
            "deterministic": True,
            "force_row_wise": True,
            "feature_pre_filter": False,
            "num_threads": threads,
            "seed": seed,
            "verbosity": -1,
        }


def dataset(design: Design, recipe: Recipe, threads: int = 1) -> lgb.Dataset:
    """Bins are made once and shared by all seeds."""
    categories = [place for place, one in enumerate(design.inputs) if one.levels]
    return lgb.Dataset(
        design.x,
        label=design.bad,
        weight=design.weight,
        feature_name=tree_names([one.name for one in design.inputs]),
        categorical_feature=categories,
        params=recipe.parameters(design.inputs, 0, threads),
        free_raw_data=False,
    ).construct()


def grow(design: Design, recipe: Recipe, seed: int, threads: int = 1, rows: np.ndarray | None = None) -> str:
    """The model as LightGBM's text. `rows` limits it to some of the design's."""
    part = design if rows is None else design.take(rows)
    data = dataset(part, recipe, threads)
    forests = [
        lgb.train(recipe.parameters(part.inputs, seed + number, threads), data, recipe.rounds).model_to_string()
        for number in range(recipe.seeds)
    ]
    # The text notes the number of threads, on which nothing else in it depends.
    return average(forests).replace(f"[num_threads: {threads}]", "[num_threads: 1]")


_TREES = re.compile(r"^Tree=\d+\n.*?\n\n\n", re.MULTILINE | re.DOTALL)
_SCALED = ("leaf_value=", "internal_value=")


def average(forests: Sequence[str]) -> str:
    """One forest whose log-odds are the mean of several on the same inputs: their trees, each leaf divided."""
    if len(forests) == 1:
        return forests[0]
    trees = [tree for forest in forests for tree in _TREES.findall(forest)]
    scaled = [_scale(tree, number, len(forests)) for number, tree in enumerate(trees)]
    head, tail = forests[0].split("Tree=0\n", 1)[0], forests[0].split("end of trees", 1)[1]
    sizes = " ".join(str(len(tree.encode())) for tree in scaled)
    head = re.sub(r"^tree_sizes=.*$", f"tree_sizes={sizes}", head, flags=re.MULTILINE)
    return head + "".join(scaled) + "end of trees" + tail


def _scale(tree: str, number: int, by: int) -> str:
    lines = tree.split("\n")
    lines[0] = f"Tree={number}"
    for place, line in enumerate(lines):
        for key in _SCALED:
            if line.startswith(key) and line != key:  # a tree without a split has no inner nodes
                values = line.removeprefix(key).split(" ")
                lines[place] = key + " ".join(repr(float(value) / by) for value in values)
    return "\n".join(lines)


def raw_scores(text: str, x: Floats, threads: int = 1) -> Floats:
    """Log-odds of many rows."""
    return np.asarray(lgb.Booster(model_str=text).predict(x, raw_score=True, num_threads=threads), dtype=np.float64)


def folds(bad: Floats, groups: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Each row's fold: those of scikit-learn's `StratifiedKFold(count, shuffle=True, random_state=seed)`, so that
    figures can be compared with other people's; then rows of one group go where the group's first row is."""
    rng = np.random.RandomState(seed)
    outcome = (bad != bad[0]).astype(int)
    shares = [np.bincount(np.sort(outcome)[start::count], minlength=2) for start in range(count)]
    place = np.empty(len(bad), dtype=int)
    for value in (0, 1):
        drawn = np.arange(count).repeat([share[value] for share in shares])
        rng.shuffle(drawn)
        place[outcome == value] = drawn
    _, first, member = np.unique(groups, return_index=True, return_inverse=True)
    return place[first[member]]


@dataclass(frozen=True, slots=True)
class CrossFit:
    """Each row scored by trees that have not seen it. `calibrator` is fitted on all of those scores, `pds` come from
    calibrators that have not seen the row either."""

    raw: Floats
    fold: np.ndarray
    calibrator: Calibrator
    pds: Floats


def cross_fit(
    design: Design,
    recipe: Recipe,
    fold: np.ndarray,
    seed: int,
    threads: int = 1,
    step: Callable[[], None] | None = None,
) -> CrossFit:
    """Out-of-fold scores; each fold's probabilities come from a calibrator fitted on the other folds' scores."""
    raw = np.empty(len(design.bad))
    for number in np.unique(fold):
        inside, outside = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        raw[outside] = raw_scores(grow(design, recipe, seed, threads, inside), design.x[outside], threads)
        if step is not None:
            step()
    out = np.empty(len(raw))
    for number in np.unique(fold):
        inside, outside = fold != number, fold == number
        weight = None if design.weight is None else design.weight[inside]
        out[outside] = fit_platt(raw[inside], design.bad[inside], weight).pds(raw[outside])
    return CrossFit(raw, fold, fit_platt(raw, design.bad, design.weight), out)
