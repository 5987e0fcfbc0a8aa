"""Decided cases as models saw them, opened from the decisions' sealed records one page at a time."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from portal.applications.queries import answer_place
from portal.db.models import Answer, Application, Decision, Lane, LoanOutcome, PersonKey, ShadowScore, Verdict
from portal.db.uow import UnitOfWork
from portal.domain.clock import CHINA
from portal.domain.identity import IdNumber, age_on
from portal.underwriting.findings import snapshot_place

_PAGE = 100


@dataclass(frozen=True, slots=True)
class Person:
    """What a report compares groups by, from the ID number; never an input of a model or of a rule."""

    sex: str
    age: int
    region: str


@dataclass(frozen=True, slots=True)
class Case:
    """The first automatic decision on an application that had a score. `features` None where a value was missing;
    `person` None where the ID number is not known."""

    decision_id: UUID
    application_id: UUID
    decided_at: datetime
    model: str
    lane: Lane
    pd: float
    grade: str
    features: Mapping[str, float | None]
    person: Person | None


def decided_between(since: datetime, until: datetime) -> ColumnElement[bool]:
    """Which cases: from `since` up to but without `until`."""
    return (col(Decision.decided_at) >= since) & (col(Decision.decided_at) < until)


def judged_by(day: date) -> ColumnElement[bool]:
    """Which cases: those whose loan had turned out good or bad by a day."""
    return exists().where(
        col(LoanOutcome.application_id) == col(Decision.application_id),
        col(LoanOutcome.verdict) != Verdict.OPEN,
        col(LoanOutcome.as_of) <= day,
    )


async def list_verdicts(uow: UnitOfWork, day: date) -> Mapping[UUID, Verdict]:
    """Loans that had turned out by a day, by application."""
    statement = select(LoanOutcome.application_id, LoanOutcome.verdict).where(
        col(LoanOutcome.verdict) != Verdict.OPEN, col(LoanOutcome.as_of) <= day
    )
    return {application_id: Verdict(verdict) for application_id, verdict in await uow.session.exec(statement)}


async def list_shadow_lanes(uow: UnitOfWork, which: ColumnElement[bool]) -> Mapping[tuple[UUID, str], Lane]:
    """Where challengers would have sent cases, by decision and model."""
    statement = (
        select(ShadowScore)
        .join(Decision, col(Decision.id) == col(ShadowScore.decision_id))
        .where(which, col(ShadowScore.lane).is_not(None))
    )
    return {
        (row.decision_id, row.version): row.lane for row in await uow.session.exec(statement) if row.lane is not None
    }


async def read_cases(uow: UnitOfWork, which: ColumnElement[bool], *, most: int) -> AsyncIterator[Case]:
    """The newest first. Erased people are left out."""
    earlier = aliased(Decision)
    again = exists().where(
        col(earlier.application_id) == col(Decision.application_id),
        col(earlier.staff_id).is_(None),
        col(earlier.decided_at) < col(Decision.decided_at),
    )
    statement = (
        select(Decision, Application.applicant_id, PersonKey, Answer)
        .join(Application, col(Application.id) == col(Decision.application_id))
        .join(PersonKey, col(PersonKey.person_id) == col(Application.applicant_id))
        .join(
            Answer,
            (col(Answer.application_id) == col(Application.id)) & (col(Answer.slot) == "id_number"),
            isouter=True,
        )
        .where(
            which,
            col(Decision.staff_id).is_(None),
            col(Decision.pd).is_not(None),
            col(Decision.snapshot).is_not(None),
            ~again,
        )
        .order_by(col(Decision.decided_at).desc())
        .limit(most)
        .execution_options(yield_per=_PAGE)
    )
    async for decision, person_id, key, answer in await uow.session.stream(statement):
        cipher = uow.keys.unwrap(person_id, key.key_id, key.wrapped)
        record = json.loads(cipher.open_bytes(snapshot_place(decision.id), decision.snapshot or b""))
        number = None if answer is None else json.loads(cipher.open(answer_place(*_key(answer)), answer.value))
        yield _case(decision, record["features"], _person(number, decision.decided_at.astimezone(CHINA).date()))


def _key(answer: Answer) -> tuple[UUID, str]:
    return answer.application_id, answer.slot


def _case(decision: Any, features: Mapping[str, float | None], person: Person | None) -> Case:
    return Case(
        decision.id,
        decision.application_id,
        decision.decided_at,
        decision.model_hash or "",
        decision.lane,
        decision.pd,
        decision.grade or "",
        features,
        person,
    )


def _person(number: object, day: date) -> Person | None:
    if not isinstance(number, str):
        return None
    known = IdNumber(number)
    return Person(known.sex, age_on(known.birth_date, day), known.region)
