"""The credit policy as a versioned folder, checked whole and against the law before it is used.

`policy.toml` holds what tables and programs share, `lanes.toml` the score's thresholds with their derivation, the JSON
files decision tables (scoring.rulebook). Every key must be present and none may be unknown, so a misspelt one can't
fall back to something else.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, with_config

from scoring.fields import Code, Fen, read
from scoring.fraud import FraudLimits
from scoring.rulebook.errors import PolicyError
from scoring.rulebook.graphs import RulesFile, Table, load_rules
from scoring.rulebook.law import check_law

__all__ = ["STANDARD", "Policy", "PolicyError", "load_policy", "read_folder"]

STANDARD = Path(__file__).parent / "policies" / "standard"
POLICY, LANES, MEANS, PRICE = "policy.toml", "lanes.toml", "means", "price"

_closed = with_config(ConfigDict(extra="forbid"))
Ppm = Annotated[int, Field(strict=True, ge=0, le=1_000_001)]

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "authorisation": ("authorised",),
    "id_checksum": ("id_checksum_valid",),
    "id_validity": ("id_days_left",),
    "identity_match": ("identity_matches",),
    "documents": ("mismatches",),
    "age": ("age", "age_at_end"),
    "product": ("amount_fen", "term_months"),
    "employment": ("employment",),
    "watch_list": ("watch_listed",),
    "fraud": ("fraud_action",),
    "bureau_file": ("report_age_days", "bureau_found"),
    "written_off": ("written_off_accounts",),
    "current_delinquency": ("months_past_due_now",),
    "payment_history": ("worst_past_due_24m", "late_months_24m"),
    "public_records": ("enforcements", "other_public_records"),
    "inquiries": ("inquiring_3m",),
    "debt": ("debt_to_income",),
    "score": ("pd_ppm", "grade"),
    "income_proof": ("verified_income_fen",),
    "affordability": ("offer",),
    "means": ("dti_bp", "residual_fen"),
    "rate": (),
    "amount": (),
}
"""Tables that every policy has, and the facts they have to ask about at least."""


@_closed
@dataclass(frozen=True, slots=True)
class Product:
    """What can be asked for. A counter-offer is a multiple of the step."""

    min_amount_fen: Annotated[int, Field(strict=True, ge=1)]
    max_amount_fen: Fen
    amount_step_fen: Annotated[int, Field(strict=True, ge=1)]


@_closed
@dataclass(frozen=True, slots=True)
class DriftLimits:
    """Automatic approval is halted when the population stability index of the score or of an input goes above
    `max_psi` over the cases of the last `window_days`, provided that there are `min_cases`. 0.25 is the customary
    reading of a shifted population; of a steady one, a thousand cases show 0.01 by chance (nine degrees of freedom
    over the count)."""

    max_psi: Annotated[float, Field(strict=True, gt=0, le=10)] = 0.25
    min_cases: Annotated[int, Field(strict=True, ge=100)] = 1_000
    window_days: Annotated[int, Field(strict=True, ge=1, le=366)] = 30


@_closed
@dataclass(frozen=True, slots=True)
class PolicyFile:
    """The content of `policy.toml`, section by section; `rules` names the files in the order of the trace. Policies of
    before drift was watched say nothing about it."""

    id: Code
    version: Code
    rules: tuple[Code, ...]
    product: Product
    fraud: FraudLimits
    drift: DriftLimits = DriftLimits()


@_closed
@dataclass(frozen=True, slots=True)
class Lanes:
    """Probabilities of default in parts per million: approved up to the first, declined from the second. 0 approves
    nobody and 1,000,001 declines nobody by score. `derivation` is what `xindai score lanes` wrote about them."""

    approve_max_pd_ppm: Ppm
    decline_min_pd_ppm: Ppm
    derivation: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MeansLimits:
    """From the one passing row of the table `means`."""

    max_dti_bp: int
    min_residual_fen: int


@dataclass(frozen=True, slots=True)
class Policy:
    """A checked policy. `version` is `<id>-<version>+<first 12 hex digits of the folder's SHA-256>`, `rules_version`
    the same digits over the tables alone. `rules` are in the order of the trace; `means` and `price` find the offer."""

    version: str
    rules_version: str
    limits: PolicyFile
    lanes: Lanes
    rules: tuple[RulesFile, ...]
    means: RulesFile
    price: RulesFile
    means_limits: MeansLimits

    @property
    def tables(self) -> dict[str, Table]:
        """Every table by its id, those of the trace first and in its order."""
        return {table.id: table for file in (*self.rules, self.means) for table in file.tables}


_POLICY = TypeAdapter(PolicyFile)
_LANES = TypeAdapter(Lanes)


def read_folder(folder: Path) -> dict[str, bytes]:
    """The policy's files by name, in order; raises PolicyError when the folder can't be read."""
    try:
        names = sorted(path.name for path in folder.iterdir() if path.suffix in (".json", ".toml"))
        return {name: (folder / name).read_bytes() for name in names}
    except OSError:
        raise PolicyError("(folder)", "not readable", "政策文件夹无法读取") from None


def load_policy(folder: Path = STANDARD) -> Policy:
    """Raises PolicyError naming the place, with the citation when a legal bound is crossed."""
    files = read_folder(folder)
    limits = read(_POLICY, _toml(files, POLICY), PolicyError)
    lanes = read(_LANES, _toml(files, LANES), PolicyError)
    _check_sense(limits, lanes)
    names = [*limits.rules, MEANS]
    if len(set(names)) != len(names) or {f"{name}.json" for name in names} != files.keys() - {POLICY, LANES}:
        raise PolicyError("rules", "they must name each JSON file but means.json once", "rules 应列出每个规则文件一次")
    settings = _settings(limits, lanes)
    written = {key: f"{value:_}" for key, value in settings.items()}
    loaded = {
        name: load_rules(name, _text(files, f"{name}.json"), written, before_offer=name == PRICE) for name in names
    }
    _check_tables(loaded)
    check_law({name: file.tables for name, file in loaded.items()}, settings)
    tables = {name: content for name, content in files.items() if name.endswith(".json")}
    return Policy(
        version=f"{limits.id}-{limits.version}+{_digest(files)}",
        rules_version=_digest(tables),
        limits=limits,
        lanes=lanes,
        rules=tuple(loaded[name] for name in limits.rules),
        means=loaded[MEANS],
        price=loaded[PRICE],
        means_limits=_means_limits(loaded[MEANS]),
    )


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name}\x00{len(content)}\x00".encode() + content)
    return digest.hexdigest()[:12]


def _text(files: Mapping[str, bytes], name: str) -> str:
    try:
        return files[name].decode()
    except (KeyError, UnicodeDecodeError):
        raise PolicyError(name, "missing or not UTF-8", f"{name} 缺失或不是 UTF-8") from None


def _toml(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(files, name))
    except tomllib.TOMLDecodeError as broken:
        raise PolicyError(name, f"not readable as TOML: {broken}", f"{name} 不是可读的 TOML 文件") from None


def _settings(limits: PolicyFile, lanes: Lanes) -> dict[str, int]:
    """What cells may name."""
    product = {f"product.{name}": int(getattr(limits.product, name)) for name in Product.__slots__}
    return product | {
        "lanes.approve_max_pd_ppm": lanes.approve_max_pd_ppm,
        "lanes.decline_min_pd_ppm": lanes.decline_min_pd_ppm,
    }


def _check_tables(files: Mapping[str, RulesFile]) -> None:
    tables: dict[str, Table] = {}
    for table in chain.from_iterable(file.tables for file in files.values()):
        if table.id in tables:
            raise PolicyError(table.id, "two tables have this id", f"有两张表的编号都是 {table.id}")
        tables[table.id] = table
    for name, facts in REQUIRED.items():
        asked = {fact.name for fact in tables[name].facts} if name in tables else set()
        if name not in tables or not asked >= set(facts):
            wanted = ", ".join(facts)
            raise PolicyError(name, f"the table is missing or does not ask about {wanted}", f"缺少表 {name} 或其资料列")
    homes = {MEANS: {"means"}, PRICE: {"rate", "amount"}}
    for home, wanted_tables in homes.items():
        if home not in files or {table.id for table in files[home].tables} != wanted_tables:
            raise PolicyError(
                home, f"it holds {', '.join(sorted(wanted_tables))} and nothing else", f"{home} 的内容不对"
            )
    for name, figure in (("rate", "annual_rate_bp"), ("amount", "max_amount_fen")):
        if tables[name].figures != (figure,):
            raise PolicyError(name, f"each row gives one {figure}", f"表 {name} 的每一行应给出 {figure}")


def _means_limits(means: RulesFile) -> MeansLimits:
    """A larger loan must never be easier to carry, so what passes is everything below one limit and above another."""
    table = means.tables[0]
    passing = [row for row in table.rows if row.gives["outcome"] == "pass"]
    spans = [cell.spans for row in passing for cell in row.cells]
    (dti, residual), domains = (spans if len(spans) == 2 else ((), ())), [fact.domain for fact in table.facts]
    if len(dti) != 1 or len(residual) != 1 or dti[0][0] != domains[0][0] or residual[0][1] != domains[1][1]:
        problem = "exactly one row passes, up to a share of income and from an amount left over"
        raise PolicyError("means", problem, "应只有一行通过：还款占比不超过某值、结余不少于某值")
    return MeansLimits(dti[0][1], residual[0][0])


def _check_sense(limits: PolicyFile, lanes: Lanes) -> None:
    product = limits.product
    if not product.min_amount_fen <= product.max_amount_fen:
        raise PolicyError("product.max_amount_fen", "below the least amount", "最高金额低于最低金额")
    if product.min_amount_fen % product.amount_step_fen:
        raise PolicyError("product.min_amount_fen", "not a multiple of the step", "最低金额不是步长的整数倍")
    if not lanes.approve_max_pd_ppm + 1 < lanes.decline_min_pd_ppm:
        problem = "between the two lines there must be room for a person to decide"
        raise PolicyError("lanes.decline_min_pd_ppm", problem, "拒绝线应高于通过线，并给人工审核留出区间")
