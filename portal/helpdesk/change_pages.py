"""Contexts of the pages about changes of the policy: the list, the form of values, one change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from portal.accounts.sessions import StaffIdentity
from portal.db.models import ChangeState, PolicyChange
from portal.domain.text import N_
from portal.helpdesk.case_pages import Flash
from portal.helpdesk.change_forms import OUTCOMES, UNITS, Parameter, shown
from portal.helpdesk.change_wording import EVENTS, GROUPS, STATES
from portal.helpdesk.pages import Badge, Bar, Errors
from portal.helpdesk.replay_pages import Replay, replay_of
from portal.helpdesk.roles import APPROVERS, CHANGERS
from portal.helpdesk.wording import RESULTS
from portal.policies.queries import ChangeRow, EventRow, TermRow
from portal.policies.service import EDITABLE, MOST_REPLAYED, OPEN, too_many_by_score


@dataclass(frozen=True, slots=True)
class Listed:
    """One change in the list."""

    id: UUID
    title: str
    badge: Badge
    author: str
    approver: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Term:
    """A policy's time in force; `ended_at` None: still. `undone_by` and `reason` when it came back by a roll-back."""

    version: str
    title: str
    change_id: UUID | None
    began_at: datetime
    ended_at: datetime | None
    undone_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """`draft_id` is the new change's, so that sending the form twice drafts once. `may_roll_back`: there is something
    before what is in force, and this person may go back to it."""

    bar: Bar
    rows: tuple[Listed, ...]
    terms: tuple[Term, ...]
    may_draft: bool
    may_roll_back: bool
    draft_id: UUID
    flash: Flash | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)
    title: str = N_("政策变更")


@dataclass(frozen=True, slots=True)
class Value:
    """One value in the form. `unit` is a message id, empty for a count; `options` of an outcome come from RESULTS."""

    key: str
    label: str
    rows: tuple[str, ...]
    outcome: bool
    unit: str
    typed: str
    before: str
    error: str


@dataclass(frozen=True, slots=True)
class ValueTable:
    """The values of one decision table, or of a file without tables (`id` empty)."""

    id: str
    title: str
    thresholds: tuple[Value, ...]
    rows: tuple["ValueRow", ...]


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One row: when it holds, what it says, and its own values."""

    id: str
    conditions: tuple[str, ...]
    sentence: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class ValuesPage:
    """The form of one file; `groups` are (name, title, how many values differ), `outcomes` codes with message ids."""

    bar: Bar
    id: UUID
    name: str
    group: str
    groups: tuple[tuple[str, str, int], ...]
    tables: tuple[ValueTable, ...]
    outcomes: tuple[tuple[str, str], ...]
    errors: Errors = field(default_factory=dict)
    title: str = N_("修改参数")


@dataclass(frozen=True, slots=True)
class Changed:
    """A value that differs from the base; of an outcome the values are message ids."""

    label: str
    place: str
    rows: tuple[str, ...]
    outcome: bool
    before: str
    after: str
    unit: str


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the history."""

    word: str
    icon: str
    actor: str
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Offered:
    """What this person may do with the change as it stands."""

    edit: bool
    replay: bool
    submit: bool
    approve: bool
    reject: bool
    own: bool


@dataclass(frozen=True, slots=True)
class ChangePage:
    """`problem`: (place, sentence) of why the values make no policy. `by_hand`: a line was changed that had been
    certified."""

    bar: Bar
    id: UUID
    name: str
    reason: str
    badge: Badge
    running: bool
    author: str
    approver: str
    base_version: str
    version: str
    effective_at: datetime | None
    changed: tuple[Changed, ...]
    problem: tuple[str, str] | None
    replay: Replay | None
    replay_count: int
    most_replayed: int
    too_many_by_score: bool
    by_hand: bool
    offered: Offered
    history: tuple[Happened, ...]
    flash: Flash | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)
    title: str = N_("政策变更")


def changes_page(
    bar: Bar, staff: StaffIdentity, changes: Sequence[ChangeRow], terms: Sequence[TermRow], **more: Any
) -> ChangesPage:
    """`more`: flash, typed, errors."""
    undoable = bool(terms) and terms[0].term.change_id is not None
    return ChangesPage(
        bar=bar,
        rows=tuple(
            Listed(
                row.change.id,
                row.change.title,
                Badge(*STATES[row.change.state]),
                row.author,
                row.approver,
                row.change.updated_at,
            )
            for row in changes
        ),
        terms=tuple(
            Term(
                row.term.version,
                row.title,
                row.term.change_id,
                row.term.began_at,
                row.term.ended_at,
                row.rolled_back_by,
                row.term.reason,
            )
            for row in terms
        ),
        may_draft=bool(terms) and staff.role in CHANGERS,
        may_roll_back=undoable and staff.role in CHANGERS,
        draft_id=uuid4(),
        **more,
    )


def values_page(
    bar: Bar, change: PolicyChange, described: Mapping[str, Any], group: str, which: int, **more: Any
) -> ValuesPage:
    """`more`: typed and errors of a form that was refused."""
    typed, errors = more.get("typed", {}), more.get("errors", {})
    everything = parameters_of(described)
    inside = [one for one in everything if one["file"] == group]
    places = {one["key"]: one["file"] for one in everything}
    value = _Values(change.edits, typed, errors, which)
    tables = [table for table in described["tables"] if table["file"] == group] or [None]
    return ValuesPage(
        bar=bar,
        id=change.id,
        name=change.title,
        group=group,
        groups=tuple(
            (name, title, sum(places.get(key) == name for key in change.edits)) for name, title in GROUPS.items()
        ),
        tables=tuple(_value_table(table, inside, value) for table in tables),
        outcomes=tuple((code, RESULTS[code][0]) for code in OUTCOMES),
        errors=errors,
    )


def parameters_of(described: Mapping[str, Any]) -> list[Parameter]:
    """What can be changed; nothing in a description of before this could be."""
    return list(described.get("parameters", ()))


@dataclass(frozen=True, slots=True)
class _Values:
    edits: Mapping[str, Any]
    typed: Mapping[str, str]
    errors: Errors
    which: int

    def of(self, one: Parameter) -> Value:
        """As it was typed, drafted, or stands in the base."""
        key, kind = str(one["key"]), str(one["kind"])
        now = self.edits.get(key, one["value"])
        return Value(
            key=key,
            label=one["en"] if self.which else one["zh"],
            rows=tuple(one["rows"]),
            outcome=kind == "outcome",
            unit=UNITS.get(kind, ""),
            typed=self.typed.get(key, shown(kind, now)),
            before="" if now == one["value"] else shown(kind, one["value"]),
            error=self.errors.get(key, ""),
        )


def _value_table(table: Mapping[str, Any] | None, inside: Sequence[Parameter], values: _Values) -> ValueTable:
    if table is None:
        return ValueTable("", "", tuple(values.of(one) for one in inside), ())
    ours = [one for one in inside if one["table"] == table["id"]]
    by_row = {row["id"]: [one for one in ours if f".{row['id']}." in one["key"]] for row in table["rows"]}
    of_rows = {one["key"] for found in by_row.values() for one in found}
    return ValueTable(
        id=table["id"],
        title=table["title"][values.which],
        thresholds=tuple(values.of(one) for one in ours if one["key"] not in of_rows),
        rows=tuple(_value_row(table, row, by_row[row["id"]], values) for row in table["rows"]),
    )


def _value_row(
    table: Mapping[str, Any], row: Mapping[str, Any], ours: Sequence[Parameter], values: _Values
) -> ValueRow:
    """Conditions are the cells of facts; those of figures come after them and are values themselves."""
    which = values.which
    facts = len(row["cells"]) - sum(one["kind"] != "outcome" for one in ours)
    said = zip(table["columns"][:facts], row["cells"][:facts], strict=True)
    return ValueRow(
        row["id"],
        tuple(f"{column[which]}{': ' if which else '：'}{cell[which]}" for column, cell in said),
        row["sentence"][which],
        tuple(values.of(one) for one in ours),
    )


def change_page(
    bar: Bar,
    staff: StaffIdentity,
    row: ChangeRow,
    events: Sequence[EventRow],
    described: tuple[Mapping[str, Any], Mapping[str, Any]],
    which: int,
    **more: Any,
) -> ChangePage:
    """`described` are the base and, once there is one, the drafted policy; `more`: flash, typed, errors."""
    change = row.change
    base, drafted = described
    problem = change.problem
    return ChangePage(
        bar=bar,
        id=change.id,
        name=change.title,
        reason=change.reason,
        badge=Badge(*STATES[change.state]),
        running=change.state is ChangeState.REPLAYING,
        author=row.author,
        approver=row.approver,
        base_version=change.base_version,
        version=change.version or "",
        effective_at=change.effective_at,
        changed=_changed(change, base, which),
        problem=None if problem is None else (str(problem["place"]), str(problem["en" if which else "zh"])),
        replay=None if change.result is None else replay_of(change.result, drafted, which),
        replay_count=change.replay_count,
        most_replayed=MOST_REPLAYED,
        too_many_by_score=too_many_by_score(change),
        by_hand=any(key.startswith("lanes.") for key in change.edits),
        offered=_offered(change, staff),
        history=tuple(Happened(*EVENTS[one.event.kind], one.actor, one.event.comment, one.event.at) for one in events),
        **more,
    )


def _changed(change: PolicyChange, base: Mapping[str, Any], which: int) -> tuple[Changed, ...]:
    titles = {table["id"]: table["title"][which] for table in base["tables"]}
    return tuple(
        Changed(
            label=one["en"] if which else one["zh"],
            place=titles.get(one["table"], ""),
            rows=tuple(one["rows"]),
            outcome=one["kind"] == "outcome",
            before=_said(one, one["value"]),
            after=_said(one, change.edits[one["key"]]),
            unit=UNITS.get(one["kind"], ""),
        )
        for one in parameters_of(base)
        if one["key"] in change.edits
    )


def _said(one: Parameter, value: int | str) -> str:
    return RESULTS[str(value)][0] if one["kind"] == "outcome" else shown(one["kind"], value)


def _offered(change: PolicyChange, staff: StaffIdentity) -> Offered:
    own = change.author_id == staff.id
    changer = staff.role in CHANGERS
    return Offered(
        edit=own and change.state in EDITABLE,
        replay=changer and change.state in EDITABLE,
        submit=own and change.state is ChangeState.REPLAYED,
        approve=not own and staff.role in APPROVERS and change.state is ChangeState.SUBMITTED,
        reject=staff.role in APPROVERS and change.state in OPEN,
        own=own,
    )
