"""From a table and its schema to what trees are grown on: inputs, outcomes, weights, groups.

The same encoding serves training and evaluation: training finds the inputs (`Plan`), evaluation follows them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from scoring.dates import as_days
from scoring.model import Input
from scoring.revolving import FEATURES, IDLE, IN_FULL, NAMES, REVOLVED, History, measure
from scoring.schema import Revolving, Schema, token
from scoring.table import Column, Floats, Table, TableError

MOST_LEVELS = 100
RARE = 10
OTHER = "(other)"


@dataclass(slots=True)
class Design:
    """Rows that can be used. `rows` are their places in the table; `bad` is 1.0 or 0.0; `protected` the groups; `alike`
    is a number for each row, equal where everything but the id is equal."""

    inputs: tuple[Input, ...]
    x: Floats
    bad: Floats
    rows: np.ndarray
    alike: np.ndarray
    weight: Floats | None = None
    time: Floats | None = None
    group: list[str] | None = None
    protected: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def take(self, rows: np.ndarray) -> "Design":
        """Some of the rows."""
        return Design(
            self.inputs,
            self.x[rows],
            self.bad[rows],
            self.rows[rows],
            self.alike[rows],
            None if self.weight is None else self.weight[rows],
            None if self.time is None else self.time[rows],
            None if self.group is None else [self.group[i] for i in rows],
            {name: [values[i] for i in rows] for name, values in self.protected.items()},
            self.notes,
        )


def plan_inputs(table: Table, schema: Schema, used: np.ndarray, notes: list[str]) -> tuple[Input, ...]:
    """The inputs that the table offers, with what is left out said in `notes`."""
    if schema.revolving or schema.product:
        return tuple(Input(feature.name, feature.monotone) for feature in FEATURES)
    roles = schema.columns
    out = {*roles.id, *roles.drop, *roles.protected, roles.weight, roles.time, roles.group, schema.target.column}
    inputs: list[Input] = []
    for name, column in table.columns.items():
        if name in out:
            continue
        found = _plan(column, schema, used, notes)
        inputs += found
    if not inputs:
        raise TableError(f"{table.path.name} has no usable input besides the target and the columns with other roles.")
    return tuple(inputs)


def _plan(column: Column, schema: Schema, used: np.ndarray, notes: list[str]) -> list[Input]:
    name, values = column.name, column.values[used]
    known = values[~np.isnan(values)]
    if not known.size:
        notes.append(f"{name}: left out, because it is missing in every row")
        return []
    if known.size == values.size and known.min() == known.max():
        notes.append(f"{name}: left out, because it is the same in every row")
        return []
    if column.kind == "number":
        codes = schema.special.get(name, ())
        number = Input(name, schema.monotone.get(name, 0), missing=known.size < values.size or bool(codes))
        return [number, *(Input(f"{name}={code}") for code in codes)]
    counts = np.bincount(known.astype(int), minlength=len(column.levels))
    declared = name in schema.columns.categorical
    if not declared and (counts > 0).sum() > max(MOST_LEVELS, known.size // 20):
        notes.append(f"{name}: left out, because it is text with {(counts > 0).sum():,} different values")
        return []
    kept = [level for level, count in sorted(zip(column.levels, counts, strict=True)) if count >= RARE]
    kept = sorted(sorted(kept, key=lambda level: -counts[column.levels.index(level)])[:MOST_LEVELS])
    if len(kept) < (counts > 0).sum():
        rare = int((counts > 0).sum()) - len(kept)
        notes.append(f"{name}: {rare} value(s) with fewer than {RARE} rows each are taken together as {OTHER}")
        kept.append(OTHER)
    if len(kept) < 2 and known.size == values.size:
        notes.append(f"{name}: left out, because nearly all its rows are the same")
        return []
    return [Input(name, 0, missing=known.size < values.size, levels=tuple(kept))]


def lay_out(table: Table, schema: Schema, inputs: Sequence[Input] | None = None) -> Design:
    """Everything of the table that can be used. `inputs` are those of a model, else they are planned.

    Raises TableError when the outcome is not what the schema says, or when nothing is left.
    """
    notes: list[str] = []
    _check_ids(table, schema)
    used = _with_outcome(table, schema, notes)
    bad = _outcome(table, schema)[used]
    planned = tuple(inputs) if inputs is not None else plan_inputs(table, schema, used, notes)
    follow = notes if inputs is not None else []
    x = _histories(table, schema.revolving, used) if schema.revolving else _matrix(table, schema, planned, used, follow)
    told = [schema.revolving is not None or one.name in table.columns for one in planned]  # flags are always known
    empty = np.isnan(x[:, told]).all(axis=1)
    if empty.any():
        line = int(used[np.flatnonzero(empty)[0]])
        notes.append(
            f"{int(empty.sum())} row(s) without a single input known are left out, the first is row {line + 1}"
        )
        x, bad, used = x[~empty], bad[~empty], used[~empty]
    if (schema.revolving or schema.product) and inputs is None:
        gaps = [bool(np.isnan(column).any()) for column in x.T]
        planned = tuple(replace(one, missing=gap) for one, gap in zip(planned, gaps, strict=True))
    if not len(used):
        raise TableError(f"{table.path.name} has no row with an outcome and an input.")
    roles = schema.columns
    return Design(
        planned,
        x,
        bad,
        used,
        _alike(table, schema, used),
        _weights(table, roles.weight, used),
        None if roles.time is None else as_days(table, roles.time)[used],
        None if roles.group is None else [table.texts(roles.group)[i] for i in used],
        {name: _groups(table.columns[name], used) for name in roles.protected},
        notes,
    )


def _alike(table: Table, schema: Schema, used: np.ndarray) -> np.ndarray:
    columns = [column.values[used] for name, column in table.columns.items() if name not in schema.columns.id]
    rows = np.nan_to_num(np.column_stack(columns), nan=-1.7e308)
    _, member = np.unique(rows.view([("", rows.dtype)] * rows.shape[1]).ravel(), return_inverse=True)
    return member


def _check_ids(table: Table, schema: Schema) -> None:
    for name in schema.columns.id:
        values = table.columns[name].values
        known = np.flatnonzero(~np.isnan(values))
        distinct, counts = np.unique(values[known], return_counts=True)
        if len(distinct) < len(known):
            again = int(np.flatnonzero(counts > 1)[0])
            places = known[np.flatnonzero(values[known] == distinct[again])]
            raise TableError(
                f"{name!r} is an id, but {len(known) - len(distinct):,} row(s) repeat one, first rows {places[0] + 1} "
                f"and {places[1] + 1}. Take the repeats out, or name it as columns.group if a person may have several."
            )


def _outcome(table: Table, schema: Schema) -> Floats:
    column, target = table.columns[schema.target.column], schema.target
    found = {level: code for code, level in enumerate(column.levels)}
    for listed in (*target.bad, *target.good):
        if listed not in found and len(target.bad) + len(target.good) == 1:
            seen = ", ".join(sorted(found)[:8])
            raise TableError(f"The target {target.column!r} never is {listed!r}; it is {seen}.")
    strange = [level for level in found if target.bad and target.good and level not in (*target.bad, *target.good)]
    meaning = {
        level: np.nan if level in strange else float(level in target.bad if target.bad else level not in target.good)
        for level in found
    }
    values = np.full(table.rows, np.nan)
    known = ~np.isnan(column.values)
    codes = np.array([meaning[level] for level in column.levels] or [np.nan])
    values[known] = codes[column.values[known].astype(int)]
    return values


def _with_outcome(table: Table, schema: Schema, notes: list[str]) -> np.ndarray:
    outcome = _outcome(table, schema)
    used = np.flatnonzero(~np.isnan(outcome))
    if len(used) < table.rows:
        notes.append(f"{table.rows - len(used):,} row(s) without a known outcome are left out")
    return used


def _matrix(table: Table, schema: Schema, inputs: Sequence[Input], used: np.ndarray, notes: list[str]) -> Floats:
    x = np.empty((len(used), len(inputs)))
    for place, one in enumerate(inputs):
        name, _, code = one.name.partition("=")
        if one.name in table.columns:
            x[:, place] = _encode(table.columns[one.name], one, schema, used, notes)
        elif name in table.columns and code in schema.special.get(name, ()):
            x[:, place] = table.columns[name].values[used] == float(code)
        else:
            raise TableError(f"{table.path.name} lacks the column {one.name!r}, which the model needs.")
    return x


def _encode(column: Column, one: Input, schema: Schema, used: np.ndarray, notes: list[str]) -> Floats:
    values = column.values[used]
    if not one.levels:
        if column.kind != "number":
            texts = sorted(set(column.levels))[:3]
            raise TableError(f"{column.name!r} holds {', '.join(map(repr, texts))} where the model expects numbers.")
        codes = [float(code) for code in schema.special.get(column.name, ())]
        return np.where(np.isin(values, codes), np.nan, values) if codes else values
    places = {level: place for place, level in enumerate(one.levels)}
    other = places.get(OTHER, -1)
    levels = column.levels
    if column.kind == "number":
        known = np.unique(values[~np.isnan(values)])
        levels, values = tuple(token(float(v)) for v in known), _positions(values, known)
    strange = {level for level in levels if level not in places}
    to = np.array([places.get(level, other) for level in levels] or [-1], dtype=np.float64)
    coded = np.full(len(values), np.nan)
    held = ~np.isnan(values)
    coded[held] = to[values[held].astype(int)]
    unknown = held & np.isin(coded, (-1.0,) if other < 0 else (float(other),))
    if unknown.any() and strange:
        how = "as missing" if other < 0 else f"as {OTHER}"
        listed = ", ".join(map(repr, sorted(strange)[:3]))
        notes.append(
            f"{column.name}: {int(unknown.sum())} row(s) hold a category not trained on ({listed}), taken {how}"
        )
    coded[coded < 0] = np.nan
    return coded


def _positions(values: Floats, known: Floats) -> Floats:
    found = np.full(len(values), np.nan)
    held = ~np.isnan(values)
    found[held] = np.searchsorted(known, values[held])
    return found


def _weights(table: Table, name: str | None, used: np.ndarray) -> Floats | None:
    if name is None:
        return None
    weights = table.columns[name].values[used]
    if table.columns[name].kind != "number" or np.isnan(weights).any() or (weights <= 0).any():
        raise TableError(f"The weight {name!r} must be a number above zero in every row.")
    return np.asarray(weights / weights.mean())


def _groups(column: Column, used: np.ndarray) -> list[str]:
    """Values of a protected column; more than twelve numbers become fifths."""
    values = column.values[used]
    numbers = np.full(len(values), np.nan)
    if column.kind == "number":
        numbers = values
    else:
        texts = ["" if np.isnan(v) else column.levels[int(v)] for v in values]
        try:
            numbers = np.array([float(text) if text else np.nan for text in texts])
        except ValueError:
            return texts
    known = numbers[~np.isnan(numbers)]
    if len(np.unique(known)) <= 12:
        return ["" if np.isnan(v) else token(float(v)) for v in numbers]
    edges = np.unique(np.quantile(known, (0, 0.2, 0.4, 0.6, 0.8, 1)))
    place = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, len(edges) - 2)
    return ["" if np.isnan(v) else f"{edges[p]:g}–{edges[p + 1]:g}" for v, p in zip(numbers, place, strict=True)]


def _histories(table: Table, form: Revolving, used: np.ndarray) -> Floats:
    limit = table.columns[form.limit].values
    status = [table.texts(name) for name in form.status]
    balance = [table.columns[name].values for name in form.balance]
    paid = [table.columns[name].values for name in form.paid]
    rows = np.full((len(used), len(FEATURES)), np.nan)
    for place, row in enumerate(used):
        months = [_status(form, column[row], row) for column in status]
        amounts = [float(column[row]) * form.fen for column in (*balance, *paid)]
        if np.isnan(amounts).any() or not limit[row] > 0 or None in months:
            continue
        history = History(
            float(limit[row]) * form.fen,
            tuple(month for month in months if month is not None),
            tuple(max(0.0, amount) for amount in amounts[: len(balance)]),
            tuple(max(0.0, amount) for amount in amounts[len(balance) :]),
        )
        values = measure(history)
        rows[place] = [values[name] for name in NAMES]
    return rows


def _status(form: Revolving, text: str, row: int) -> int | None:
    if not text:
        return None
    for codes, meaning in ((form.codes.idle, IDLE), (form.codes.in_full, IN_FULL), (form.codes.revolved, REVOLVED)):
        if text in codes:
            return meaning
    if text.isdigit() and int(text) > 0:
        return min(8, int(text))
    raise TableError(f"Row {row + 1}: the status {text!r} is neither months past due nor one of revolving.codes.")
