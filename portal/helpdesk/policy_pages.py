"""The policy in force, as its tables: from the description that a worker keeps beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.domain.text import N_
from portal.helpdesk.pages import Badge, Bar
from portal.helpdesk.wording import RESULTS
from portal.policies.queries import TermRow

FILES: Mapping[str, str] = {
    "knock_out": N_("准入"),
    "exposure": N_("负债与查询"),
    "score": N_("评分"),
    "affordability": N_("收入与还款能力"),
    "price": N_("定价"),
    "means": N_("每个金额能否负担"),
}
FIGURES: Mapping[str, str] = {
    "automation": N_("自动决定的占比"),
    "approval": N_("自动通过的占比"),
    "decline": N_("仅凭评分拒绝的占比"),
    "bad_rate": N_("自动通过中的坏账率"),
    "accuracy": N_("自动决定的准确率"),
    "bad_capture": N_("坏客户中未被自动通过的占比"),
    "decline_precision": N_("被拒绝者中确为坏客户的占比"),
}


@dataclass(frozen=True, slots=True)
class TableRow:
    """Cells in the order of the columns; `sentence` with its facts as 〈…〉."""

    id: str
    cells: tuple[str, ...]
    badge: Badge
    sentence: str


@dataclass(frozen=True, slots=True)
class RuleTable:
    """One decision table, `headings` as the table macro takes them. `staff`: its results are not told to applicants."""

    id: str
    title: str
    basis: str
    staff: bool
    headings: tuple[tuple[str, str], ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The tables of one file; `title` is a message id."""

    id: str
    title: str
    tables: tuple[RuleTable, ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """A figure that the thresholds were chosen for, with its band; `title` is a message id."""

    title: str
    value: str
    band: str


@dataclass(frozen=True, slots=True)
class LaneLines:
    """The two thresholds; empty where nobody is decided so. `origin` and `confidence` say how they came about."""

    approve: str
    decline: str
    origin: str
    base_rate: str
    count: str
    confidence: str
    promises: tuple[Promise, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """What the law allows at most or asks at least."""

    words: str
    citation: str
    effective_on: date


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """`lanes` None: no worker has said yet what is in force. `since` is when it began, `change` the title of the change
    that made it, `undone_by` and `reason` when it came back by a roll-back."""

    bar: Bar
    version: str
    rules_version: str
    lanes: LaneLines | None
    bounds: tuple[Bound, ...]
    groups: tuple[RuleGroup, ...]
    since: datetime | None = None
    change: str = ""
    undone_by: str = ""
    reason: str = ""
    title: str = N_("审批政策")


def policy_page(
    bar: Bar, found: tuple[str, Mapping[str, Any]] | None, language: str, terms: Sequence[TermRow] = ()
) -> PolicyPage:
    """`found` and `terms` as portal.policies reads them, the term in force first."""
    if found is None:
        return PolicyPage(bar, "", "", None, (), ())
    version, described = found
    which = 1 if language == "en" else 0
    tables = described["tables"]
    files = list(dict.fromkeys(table["file"] for table in tables))
    return PolicyPage(
        bar=bar,
        version=version,
        rules_version=described["rules_version"],
        lanes=_lanes(described["lanes"]),
        bounds=tuple(
            Bound(one["words"][which], one["citation"], date.fromisoformat(one["effective_on"]))
            for one in described["bounds"]
        ),
        groups=tuple(
            RuleGroup(file, FILES.get(file, file), tuple(_table(one, which) for one in tables if one["file"] == file))
            for file in files
        ),
        since=terms[0].term.began_at if terms else None,
        change=terms[0].title if terms else "",
        undone_by=terms[0].rolled_back_by if terms else "",
        reason=terms[0].term.reason if terms else "",
    )


def _table(table: Mapping[str, Any], which: int) -> RuleTable:
    return RuleTable(
        id=table["id"],
        title=table["title"][which],
        basis=table["basis"][which],
        staff=table["staff"],
        headings=tuple((column[which], "") for column in table["columns"]),
        rows=tuple(
            TableRow(
                row["id"], tuple(cell[which] for cell in row["cells"]), _badge(row["outcome"]), row["sentence"][which]
            )
            for row in table["rows"]
        ),
    )


def _badge(outcome: str) -> Badge:
    return Badge(*RESULTS[outcome])


def _lanes(lanes: Mapping[str, Any]) -> LaneLines:
    made: Mapping[str, Any] = lanes["derivation"]
    approve, decline = float(lanes["approve_max_pd"]), float(lanes["decline_min_pd"])
    figures: Mapping[str, Sequence[float]] = made.get("figures", {})
    return LaneLines(
        approve=f"{approve:.2%}" if approve > 0 else "",
        decline=f"{decline:.2%}" if decline <= 1 else "",
        origin=str(made.get("cases", "")),
        base_rate=f"{made['base_rate']:.2%}" if "base_rate" in made else "",
        count=f"{made.get('count', 0):,}",
        confidence=f"{made['confidence']:.0%}" if "confidence" in made else "",
        promises=tuple(
            # JSONB keeps no order; these are told in ours.
            Promise(title, f"{figures[name][0]:.2%}", f"{figures[name][1]:.2%}–{figures[name][2]:.2%}")
            for name, title in FIGURES.items()
            if name in figures
        ),
    )
