"""Finding cases and reading all of one. Rows of a list leave here masked; a case's rows are masked by its page."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col

from portal.applications.queries import answer_place
from portal.db.models import (
    Answer,
    Applicant,
    Application,
    BureauInquiry,
    CaseNote,
    Contract,
    Decision,
    Document,
    Event,
    Notice,
    Offer,
    Payout,
    PersonKey,
    Staff,
    StepRun,
)
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.errors import NotFound
from portal.domain.events import EventKind
from portal.domain.identity import mask_name
from portal.domain.workflow import Step, StepState
from portal.helpdesk.forms import Search
from portal.helpdesk.wording import ALL

PAGE_SIZE = 25
COUNT_CAP = 1_000
"""Counting stops here: a queue of a million is "1000+", and the page costs the same."""
PAGES = COUNT_CAP // PAGE_SIZE

CLOCKS: dict[ApplicationState, tuple[timedelta, timedelta]] = {
    ApplicationState.SUBMITTED: (timedelta(minutes=5), timedelta(minutes=30)),
    ApplicationState.REFERRED: (timedelta(hours=4), timedelta(hours=24)),
    ApplicationState.SIGNED: (timedelta(minutes=10), timedelta(hours=1)),
}
"""States in which the applicant waits for us: after the first span it needs attention, after the second it is late."""

_STUCK = (StepState.PARKED, StepState.FAILED)


@dataclass(frozen=True, slots=True)
class Stuck:
    """A step that does not go on by itself, or not yet."""

    step: Step
    state: StepState
    reason: str | None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of the queue; `name` is masked, None until it was given (or the person was erased)."""

    reference: str
    name: str | None
    amount_fen: int | None
    term_months: int | None
    state: ApplicationState
    updated_at: datetime
    stuck: Stuck | None


@dataclass(frozen=True, slots=True)
class Filter:
    """`segment` is a state or ALL, `need` a code of wording.NEEDS or nothing; `page` counts from 1."""

    segment: str = ALL
    need: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Case:
    """Everything of one application that exists once. `key` is held so that opening takes no further statement;
    None when the person was erased. `others` counts the person's other applications."""

    application: Application
    applicant: Applicant
    key: PersonKey | None
    inquiry: BureauInquiry | None
    offer: Offer | None
    contract: Contract | None
    payout: Payout | None
    others: int


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """An event, who did it (a name when it was staff) and the sealed note that came with it."""

    event: Event
    staff_name: str | None
    note_id: UUID | None
    note: bytes | None


@dataclass(frozen=True, slots=True)
class RunRow:
    """A step's row with what it is about: a notice to send, or the slot of a document to read."""

    run: StepRun
    notice: Notice | None
    slot: str | None


async def count_cases(uow: UnitOfWork) -> dict[str, int]:
    """How many in each segment and need, in one statement, each counted up to COUNT_CAP."""
    wanted = {ALL: None, **{state.value: col(Application.state) == state for state in ApplicationState}}
    branches = [_counted(key, select(literal(1)).select_from(Application), where) for key, where in wanted.items()]
    for state in _STUCK:
        runs = select(col(StepRun.application_id)).distinct()
        branches.append(_counted(state.value, runs, and_(col(StepRun.state) == state, _of_an_application())))
    for need, wanted_now in _OF_APPLICATIONS.items():
        branches.append(_counted(need, select(literal(1)).select_from(Application), wanted_now()))
    return dict(await _fetch(uow, union_all(*branches)))


async def _fetch(uow: UnitOfWork, statement: Any) -> Sequence[Any]:
    """All rows of a statement with more columns than the typed overloads know."""
    rows: Sequence[Any] = (await uow.session.exec(statement)).all()
    return rows


def _counted(key: str, statement: Any, where: ColumnElement[bool] | None) -> Any:
    limited = (statement if where is None else statement.where(where)).limit(COUNT_CAP).subquery()
    return select(literal(key), select(func.count()).select_from(limited).scalar_subquery())


def _of_an_application() -> ColumnElement[bool]:
    return col(StepRun.application_id).is_not(None)


def _overdue() -> ColumnElement[bool]:
    return or_(
        *(
            and_(col(Application.state) == state, col(Application.updated_at) < now() - late)
            for state, (_, late) in CLOCKS.items()
        )
    )


def _wants_person() -> ColumnElement[bool]:
    return col(Application.person_asked_at).is_not(None)


_OF_APPLICATIONS = {"overdue": _overdue, "person": _wants_person}
"""Needs that an application has itself; the others are its steps'."""


async def list_cases(uow: UnitOfWork, which: Filter) -> list[CaseRow]:
    """One page. Where people wait for us, who waited longest comes first; elsewhere the newest change."""
    conditions: list[ColumnElement[bool]] = []
    if which.segment != ALL:
        conditions.append(col(Application.state) == ApplicationState(which.segment))
    if which.need in _OF_APPLICATIONS:
        conditions.append(_OF_APPLICATIONS[which.need]())
    elif which.need:
        run = and_(col(StepRun.application_id) == Application.id, col(StepRun.state) == StepState(which.need))
        conditions.append(exists().where(run))
    waiting = bool(which.need) or which.segment in CLOCKS
    order = (col(Application.updated_at), col(Application.id))
    return await _rows(
        uow,
        *conditions,
        order=order if waiting else tuple(column.desc() for column in order),
        offset=(which.page - 1) * PAGE_SIZE,
    )


async def search_cases(uow: UnitOfWork, search: Search) -> list[CaseRow]:
    """By exact value through the blind index, newest first; an ID number is found where it was answered, too."""
    if search.kind == "reference":
        return await _rows(uow, col(Application.reference) == search.value)
    index = uow.keys.blind_index(search.kind, search.value)
    if search.kind == "mobile":
        return await _rows(uow, col(Applicant.mobile_index) == index)
    if search.kind == "name":
        return await _rows(uow, col(Applicant.name_index) == index)
    answered = exists().where(
        col(Answer.application_id) == Application.id,
        col(Answer.slot) == "id_number",
        col(Answer.value_index) == index,
    )
    return await _rows(uow, or_(col(Applicant.id_number_index) == index, answered))


async def list_cases_of_same_person(uow: UnitOfWork, reference: str) -> list[CaseRow]:
    """All applications of the person behind this one."""
    person = select(col(Application.applicant_id)).where(col(Application.reference) == reference).scalar_subquery()
    return await _rows(uow, col(Application.applicant_id) == person)


async def _rows(
    uow: UnitOfWork, *conditions: ColumnElement[bool], order: tuple[Any, ...] = (), offset: int = 0
) -> list[CaseRow]:
    stuck = (
        select(StepRun.step, StepRun.state, StepRun.reason)  # type: ignore[call-overload]
        .where(col(StepRun.application_id) == Application.id, col(StepRun.state).in_(_STUCK))
        .order_by((col(StepRun.state) == StepState.FAILED).desc(), col(StepRun.created_at).desc())
        .limit(1)
        .correlate(Application)
        .lateral("stuck")
    )
    given = aliased(Answer)
    named = and_(col(given.application_id) == Application.id, col(given.slot) == "name")
    statement = (
        select(Application, col(given.value), PersonKey, stuck.c.step, stuck.c.state, stuck.c.reason)
        .join(Applicant, col(Applicant.id) == col(Application.applicant_id))
        .join(given, named, isouter=True)
        .join(PersonKey, col(PersonKey.person_id) == col(Applicant.id), isouter=True)
        .join(stuck, literal(True), isouter=True)
        .where(*conditions)
        .order_by(*(order or (col(Application.updated_at).desc(), col(Application.id))))
        .offset(offset)
        .limit(PAGE_SIZE)
    )
    return [await _case_row(uow, *row) for row in await _fetch(uow, statement)]


async def _case_row(
    uow: UnitOfWork,
    application: Application,
    sealed_name: bytes | None,
    key: PersonKey | None,
    step: Step | None,
    state: StepState,
    reason: str | None,
) -> CaseRow:
    name = None
    if key is not None and sealed_name is not None:
        # The key came along with the row, so the cipher costs no statement.
        cipher = await uow.cipher(application.applicant_id)
        name = mask_name(json.loads(cipher.open(answer_place(application.id, "name"), sealed_name)))
    return CaseRow(
        reference=application.reference,
        name=name,
        amount_fen=application.amount_fen,
        term_months=application.term_months,
        state=application.state,
        updated_at=application.updated_at,
        stuck=None if step is None else Stuck(step, state, reason),
    )


async def get_case(uow: UnitOfWork, reference: str) -> Case:
    """One statement for what exists once; raises NotFound."""
    newest = (
        select(col(Offer.id))
        .where(col(Offer.application_id) == Application.id)
        .order_by(col(Offer.created_at).desc())
        .limit(1)
        .correlate(Application)
        .scalar_subquery()
    )
    other = aliased(Application)
    others = (
        select(func.count())
        .select_from(other)
        .where(col(other.applicant_id) == Application.applicant_id, col(other.id) != Application.id)
        .correlate(Application)
        .scalar_subquery()
    )
    statement = (
        select(Application, Applicant, PersonKey, BureauInquiry, Offer, Contract, Payout, others)
        .join(Applicant, col(Applicant.id) == col(Application.applicant_id))
        .join(PersonKey, col(PersonKey.person_id) == col(Applicant.id), isouter=True)
        .join(BureauInquiry, col(BureauInquiry.application_id) == col(Application.id), isouter=True)
        .join(Offer, col(Offer.id) == newest, isouter=True)
        .join(Contract, col(Contract.offer_id) == col(Offer.id), isouter=True)
        .join(Payout, col(Payout.application_id) == col(Application.id), isouter=True)
        .where(col(Application.reference) == reference)
    )
    rows = await _fetch(uow, statement)
    if not rows:
        raise NotFound
    return Case(*rows[0])


async def list_history(uow: UnitOfWork, application_id: UUID) -> list[HistoryRow]:
    """Every event in order, with the name of staff and the note written with it."""
    noted = and_(
        col(CaseNote.application_id) == col(Event.application_id),
        cast(col(CaseNote.id), String) == col(Event.data)["note"].astext,
    )
    statement = (
        select(Event, Staff.name, CaseNote.id, CaseNote.text)  # type: ignore[call-overload]
        .join(Staff, col(Staff.id) == col(Event.actor_id), isouter=True)
        .join(CaseNote, noted, isouter=True)
        .where(col(Event.application_id) == application_id)
        .order_by(col(Event.seq))
    )
    return [HistoryRow(*row) for row in await _fetch(uow, statement)]


async def list_runs(uow: UnitOfWork, application_id: UUID) -> list[RunRow]:
    """Every step's row, oldest first."""
    statement = (
        select(StepRun, Notice, Document.slot)  # type: ignore[call-overload]
        .join(Notice, col(Notice.id) == col(StepRun.subject_id), isouter=True)
        .join(Document, col(Document.id) == col(StepRun.subject_id), isouter=True)
        .where(col(StepRun.application_id) == application_id)
        .order_by(col(StepRun.created_at))
        .execution_options(populate_existing=True)
    )
    return [RunRow(*row) for row in await _fetch(uow, statement)]


async def list_decisions(uow: UnitOfWork, application_id: UUID) -> list[tuple[Decision, str | None]]:
    """Newest first, with the officer's name."""
    statement = (
        select(Decision, Staff.name)  # type: ignore[call-overload]
        .join(Staff, col(Staff.id) == col(Decision.staff_id), isouter=True)
        .where(col(Decision.application_id) == application_id)
        .order_by(col(Decision.decided_at).desc())
    )
    return [(decision, name) for decision, name in await _fetch(uow, statement)]


async def has_revealed(uow: UnitOfWork, application_id: UUID, staff_id: UUID, document: UUID, since: datetime) -> bool:
    """Whether this member of staff gave a reason for looking at this document since then."""
    event = exists().where(
        col(Event.application_id) == application_id,
        col(Event.kind) == EventKind.PERSONAL_DATA_REVEALED,
        col(Event.actor_id) == staff_id,
        col(Event.data)["document"].astext == str(document),
        col(Event.at) > since,
    )
    return bool((await _fetch(uow, select(event)))[0][0])


async def list_staff(uow: UnitOfWork) -> list[Staff]:
    """Everybody, by role and login."""
    return [staff for (staff,) in await _fetch(uow, select(Staff).order_by(col(Staff.role), col(Staff.login)))]
