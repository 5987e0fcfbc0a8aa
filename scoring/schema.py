"""The schema file: what the columns of a lender's table mean. Its reference is `scoring/SCHEMA.md`.

Written by hand by somebody who knows the data, so it forgives form (a name alone where a table is expected, a number
for a text) and nothing else: an unknown key is an error that names the nearest known one.
"""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

SCHEMAS = Path(__file__).parent / "schemas"

MISSING = ("", "na", "n/a", "#n/a", "nan", "null", "none", "?", ".", "-", "(null)", "<na>")
"""Never a value, whatever their case, unless `missing.values` replaces them."""


class SchemaError(ValueError):
    """The schema file can't be used; the text says where and what would be right."""


def token(value: object) -> str:
    """A value of the table or the schema as they are compared: trimmed, `1`, `1.0` and `01` alike."""
    text = str(int(value)) if isinstance(value, bool) else str(value).strip()
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _tokens(value: object) -> tuple[str, ...]:
    if isinstance(value, Mapping):  # code = "what it means"
        value = list(value)
    return tuple(token(one) for one in (value if isinstance(value, list | tuple) else [value]))


def _names(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value  # type: ignore[return-value]


Tokens = Annotated[tuple[str, ...], BeforeValidator(_tokens)]
Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Direction = Literal[-1, 0, 1]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class FileForm(_Part):
    """How the file is written. What is None is found out. `columns` names them where the file has no header."""

    delimiter: str | None = None
    encoding: str | None = None
    columns: Names = ()
    decimal: Literal[".", ","] = "."


class Target(_Part):
    """The outcome. Exactly one of `bad` and `good` is needed; with one, everything else is the other."""

    column: str
    bad: Tokens = ()
    good: Tokens = ()


class Columns(_Part):
    """Roles. What has none is an input. `protected` is never an input, only a group that figures are compared by."""

    id: Names = ()
    drop: Names = ()
    protected: Names = ()
    categorical: Names = ()
    numeric: Names = ()
    keep: Names = ()
    weight: str | None = None
    time: str | None = None
    group: str | None = None


class Missing(_Part):
    """Tokens that say "not known": everywhere, and by column."""

    values: Tokens = MISSING
    columns: dict[str, Tokens] = {}


class Codes(_Part):
    """What a month's status says besides months past due, which are positive numbers."""

    idle: Tokens = ("*",)
    in_full: Tokens = ("F",)
    revolved: Tokens = ("N", "0")


class Revolving(_Part):
    """Columns from which `scoring.features` builds the product's own features, each newest month first. `fen`: what
    one unit of the file's money is."""

    limit: str
    status: Names
    balance: Names
    paid: Names
    fen: Annotated[float, Field(gt=0)]
    codes: Codes = Codes()


class Schema(_Part):
    """A checked schema. `source` and `licence` go into the model card, `remarks` too. `product`: the columns are the
    product's own features by name, as decision records keep them; all of them are inputs, whatever they hold."""

    name: str
    target: Target
    title: str = ""
    source: str = ""
    licence: str = ""
    remarks: Names = ()
    file: FileForm = FileForm()
    columns: Columns = Columns()
    missing: Missing = Missing()
    special: dict[str, Tokens] = {}
    monotone: dict[str, Direction] = {}
    labels: dict[str, dict[str, str]] = {}
    recipe: dict[str, float | int] = {}
    revolving: Revolving | None = None
    product: bool = False

    @property
    def named(self) -> dict[str, str]:
        """Every column that the schema speaks of, and where."""
        roles = self.columns
        found = {self.target.column: "target.column"}
        for role in ("id", "drop", "protected", "categorical", "numeric", "keep"):
            found |= dict.fromkeys(getattr(roles, role), f"columns.{role}")
        found |= {name: "columns" for name in (roles.weight, roles.time, roles.group) if name is not None}
        for part in ("special", "monotone", "labels"):
            found |= dict.fromkeys(getattr(self, part), part)
        found |= dict.fromkeys(self.missing.columns, "missing.columns")
        if self.revolving:
            history = self.revolving
            found |= dict.fromkeys((history.limit, *history.status, *history.balance, *history.paid), "revolving")
        return found


def read_schema(path: Path) -> Schema:
    """Raises SchemaError with a sentence."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as broken:
        raise SchemaError(f"The schema {path} can't be read: {broken.strerror}.") from None
    except UnicodeDecodeError:
        raise SchemaError(f"The schema {path} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as broken:
        raise SchemaError(f"The schema {path} is not TOML: {broken}.") from None
    return parse_schema({"name": path.stem} | tree)


def parse_schema(tree: Mapping[str, Any]) -> Schema:
    """From the parsed TOML (or from an artifact's schema.json)."""
    try:
        schema = Schema.model_validate(_tidy(tree))
    except ValidationError as failure:
        raise SchemaError(_sentence(failure)) from None
    _check(schema)
    return schema


_ROLES = ("id", "drop", "protected", "categorical", "numeric", "keep", "weight", "time", "group")
_SYNONYMS = {
    "positive": "bad",
    "bad_values": "bad",
    "negative": "good",
    "good_values": "good",
    "ids": "id",
    "drops": "drop",
    "categories": "categorical",
    "category": "categorical",
    "weights": "weight",
    "date": "time",
    "special_codes": "special",
    "monotonic": "monotone",
    "sensitive": "protected",
}
_DIRECTIONS: dict[object, int] = {"increasing": 1, "up": 1, "+": 1, "decreasing": -1, "down": -1, "-": -1, "free": 0}


def _tidy(tree: Mapping[str, Any]) -> dict[str, Any]:
    top = {_SYNONYMS.get(key, key): value for key, value in tree.items()}
    target = top.get("target")
    target = {"column": target} if isinstance(target, str) else dict(target) if isinstance(target, Mapping) else {}
    target = {{"name": "column"}.get(key, _SYNONYMS.get(key, key)): value for key, value in target.items()}
    for key in ("bad", "good"):
        if key in top:
            target[key] = top.pop(key)
    columns = {_SYNONYMS.get(key, key): value for key, value in dict(top.get("columns", {})).items()}
    columns |= {role: top.pop(role) for role in _ROLES if role in top}
    for role in ("weight", "time", "group"):
        columns[role] = _only(columns.get(role), f"columns.{role}")
    missing = top.get("missing", {})
    if isinstance(missing, list):
        missing = {"values": missing}
    elif not set(missing) <= {"values", "columns"}:
        missing = {"columns": missing}
    return top | {"target": target, "columns": columns, "missing": missing, "monotone": _directions(top)}


def _only(value: object, where: str) -> object:
    if isinstance(value, list):
        if len(value) > 1:
            raise SchemaError(f"{where} takes one column, not {len(value)}.")
        return value[0] if value else None
    if isinstance(value, Mapping):
        return value.get("column")
    return value


def _directions(top: Mapping[str, Any]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in dict(top.get("monotone", {})).items():
        if key in ("increasing", "decreasing") and not isinstance(value, str | int):
            found |= dict.fromkeys(value, _DIRECTIONS[key])
        else:
            found[key] = _DIRECTIONS.get(value, value)
    return found


def _check(schema: Schema) -> None:
    target, roles = schema.target, schema.columns
    if not target.bad and not target.good:
        raise SchemaError("target.bad is missing: list the values of the target that stand for a bad outcome.")
    if both := set(target.bad) & set(target.good):
        raise SchemaError(f"target: {min(both)!r} is listed as bad and as good.")
    if target.column in {*roles.id, *roles.drop, *roles.protected, roles.weight, roles.time}:
        raise SchemaError(f"The target {target.column!r} has another role as well.")
    if both := set(roles.categorical) & set(schema.monotone):
        raise SchemaError(f"{min(both)!r} is categorical, so it can't be monotone.")
    if both := set(roles.protected) & set(schema.monotone):
        raise SchemaError(f"{min(both)!r} is protected, so it is no input and can't be monotone.")
    if schema.product and schema.revolving:
        raise SchemaError("product and revolving: the features are in the columns, or computed from them, not both.")
    if schema.revolving:
        months = {len(schema.revolving.status), len(schema.revolving.balance), len(schema.revolving.paid)}
        if months != {6}:
            raise SchemaError("revolving: status, balance and paid each name six months, newest first.")


def _sentence(failure: ValidationError) -> str:
    first = failure.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(first["loc"][-1]), _known(first["loc"][:-1]), n=1)
        return f"The schema has an unknown key {where!r}." + (f" Do you mean {near[0]!r}?" if near else "")
    if first["type"] == "missing":
        return f"The schema lacks {where!r}."
    return f"The schema's {where!r}: {first['msg'][0].lower()}{first['msg'][1:]}."


def _known(path: Sequence[int | str]) -> list[str]:
    part: Any = Schema
    for key in path:
        part = {"file": FileForm, "target": Target, "columns": Columns, "missing": Missing, "revolving": Revolving}.get(
            str(key), part
        )
    return list(part.model_fields)
