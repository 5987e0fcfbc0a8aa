"""A forest over many rows: each tree a handful of byte operations over thousands of rows at once.

Every value becomes the number of thresholds below it, one byte. A node then is one comparison of a column of bytes; it
rules out, where it is true, the leaves of its left side, and the leaf a row falls into is the leftmost not ruled out
(QuickScorer, Lucchese et al. 2015, turned on its side). Leaves are added up tree by tree, as LightGBM adds them, so the
sums are equal bit for bit. Forests it has no form for (categories, more than 16 leaves) are LightGBM's own to predict.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ROWS = 8_192
"""Worked on together: a few arrays of so many bytes stay in the processor's cache."""

_CATEGORICAL, _DEFAULT_LEFT, _MISSING_SHIFT = 1, 2, 2
_MISSING_NONE, _MISSING_NAN = 0, 2
_MOST_LEAVES = 16
_MOST_THRESHOLDS = 250
_MISSING_LOW, _MISSING_HIGH = 0, 255


@dataclass(frozen=True, slots=True)
class _Node:
    """True where the byte of column `place` is above `least`; then the leaves of `out` are ruled out."""

    place: int
    least: int
    out: int


@dataclass(frozen=True, slots=True)
class _Tree:
    nodes: tuple[_Node, ...]
    values: Floats
    """By the set of leaves ruled out: the value of the leftmost other one."""


@dataclass(frozen=True, slots=True)
class _Column:
    """Bytes of one feature. `missing` is the byte of NaN, None where NaN counts as zero."""

    feature: int
    thresholds: Floats
    missing: int | None


@dataclass(frozen=True, slots=True)
class Batch:
    """A forest in the form above."""

    columns: tuple[_Column, ...]
    trees: tuple[_Tree, ...]

    def raw(self, rows: Floats, threads: int = 1) -> Floats:
        """Log-odds of each row; the work is shared by `threads`, numpy leaves them to run side by side."""
        out = np.zeros(len(rows))
        starts = range(0, len(rows), ROWS)
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(lambda start: self._add(rows[start : start + ROWS], out[start : start + ROWS]), starts):
                pass
        return out

    def _add(self, rows: Floats, out: Floats) -> None:
        columns = [_bytes(column, rows[:, column.feature]) for column in self.columns]
        above = np.empty(len(rows), dtype=bool)
        wide = len(self.trees[0].values) > 256
        ruled_out: npt.NDArray[np.integer[Any]] = np.empty(len(rows), dtype=np.uint16 if wide else np.uint8)
        step = np.empty_like(ruled_out)
        leaf = np.empty(len(rows))
        for tree in self.trees:
            ruled_out.fill(0)
            for node in tree.nodes:
                np.greater(columns[node.place], node.least, out=above)
                np.multiply(above.view(np.uint8), ruled_out.dtype.type(node.out), out=step)
                np.bitwise_or(ruled_out, step, out=ruled_out)
            tree.values.take(ruled_out, out=leaf, mode="clip")
            out += leaf


def compile_forest(text: str) -> Batch | None:
    """From LightGBM's text; None for a forest that this form can't hold."""
    parsed = [_fields(part) for part in text.split("\nTree=")[1:]]
    if not parsed or any(int(tree["num_leaves"]) > _MOST_LEAVES or int(tree["num_cat"]) for tree in parsed):
        return None
    kinds = {int(kind) for tree in parsed for kind in _list(tree, "decision_type")}
    if any(kind & _CATEGORICAL or kind >> _MISSING_SHIFT not in (_MISSING_NONE, _MISSING_NAN) for kind in kinds):
        return None
    thresholds: dict[int, set[float]] = {}
    for tree in parsed:
        for feature, threshold in zip(_list(tree, "split_feature"), _list(tree, "threshold"), strict=True):
            thresholds.setdefault(int(feature), set()).add(float(threshold))
    if any(len(found) > _MOST_THRESHOLDS for found in thresholds.values()):
        return None
    columns: dict[tuple[int, int | None], int] = {}
    ordered = {feature: np.array(sorted(found)) for feature, found in thresholds.items()}
    most = max(int(tree["num_leaves"]) for tree in parsed)
    trees = tuple(_tree(tree, ordered, columns, 8 if most <= 8 else _MOST_LEAVES) for tree in parsed)
    return Batch(tuple(_Column(feature, ordered[feature], missing) for feature, missing in columns), trees)


def _bytes(column: _Column, values: Floats) -> npt.NDArray[np.uint8]:
    unknown = np.isnan(values)
    places = np.searchsorted(column.thresholds, np.where(unknown, 0.0, values), side="left")
    # One up, so that a missing value can stand below or above everything.
    found = (places + 1).astype(np.uint8)
    if column.missing is not None:
        found[unknown] = column.missing
    return found


def _fields(part: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in part.split("\n\n", 1)[0].splitlines() if "=" in line)


def _list(tree: dict[str, str], name: str) -> list[str]:
    return tree.get(name, "").split()


def _tree(
    tree: dict[str, str], thresholds: dict[int, Floats], columns: dict[tuple[int, int | None], int], width: int
) -> _Tree:
    left, right = ([int(child) for child in _list(tree, name)] for name in ("left_child", "right_child"))
    order = list(_leaves(0, left, right)) if left else [0]
    bit = {leaf: 1 << place for place, leaf in enumerate(order)}
    nodes = []
    for number, (feature, threshold, kind) in enumerate(
        zip(_list(tree, "split_feature"), _list(tree, "threshold"), _list(tree, "decision_type"), strict=True)
    ):
        known = thresholds[int(feature)]
        place = int(np.searchsorted(known, float(threshold)))
        missing: int | None = None
        if int(kind) >> _MISSING_SHIFT == _MISSING_NAN:
            missing = _MISSING_LOW if int(kind) & _DEFAULT_LEFT else _MISSING_HIGH
        column = columns.setdefault((int(feature), missing), len(columns))
        out = sum(bit[leaf] for leaf in _leaves(left[number], left, right))
        nodes.append(_Node(column, place + 1, out))
    values = np.array([float(value) for value in _list(tree, "leaf_value")])
    return _Tree(tuple(nodes), _by_set(values[order], width))


def _leaves(node: int, left: list[int], right: list[int]) -> Iterator[int]:
    """Below a node, from the left; LightGBM writes a leaf as the complement of its number."""
    if node < 0:
        yield ~node
    else:
        yield from _leaves(left[node], left, right)
        yield from _leaves(right[node], left, right)


def _by_set(values: Floats, width: int) -> Floats:
    sets = np.arange(1 << width)
    place = np.zeros(len(sets), dtype=int)
    for leaf in reversed(range(len(values))):
        place[(sets >> leaf) & 1 == 0] = leaf
    return np.asarray(values[place])
