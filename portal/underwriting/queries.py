"""Everything a decision rests on, read from the rows into the JSON form that scoring.decision.assess takes."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from portal.applications.queries import read_answers
from portal.applications.service import NOT_PUBLIC
from portal.db.models import (
    Answer,
    Application,
    BureauInquiry,
    Consent,
    Decision,
    Document,
    DocumentState,
    InquiryState,
    StepRun,
    WatchEntry,
)
from portal.db.uow import UnitOfWork
from portal.documents.service import list_documents
from portal.domain.application import OPEN_STATES, ApplicationState
from portal.domain.workflow import Step, StepState
from portal.underwriting.evidence import Facts, examine
from portal.underwriting.loans import OwnLoans, read_own_loans

_DAY = timedelta(days=1)

NEAR_BITS = 12
"""Of 256, in which fingerprints of one photograph may differ (measured in workers.ocr.fingerprint)."""


async def assemble_inputs(uow: UnitOfWork, application: Application, day: date, window_days: int) -> dict[str, Any]:
    """The whole assessment's inputs: amounts in fen, dates as ISO text, None for what is not known.

    `day` is the lender's day; `window_days` how far back other people's applications are looked at.
    """
    answers = await read_answers(uow, application)
    facts = examine(await list_documents(uow, application.id), answers, day)
    loans = await read_own_loans(uow, application, answers, day)
    inquiry = await find_inquiry(uow, application.id)
    answered = inquiry is not None and inquiry.state is InquiryState.ANSWERED
    report = await open_report(uow, application, inquiry) if inquiry is not None and answered else None
    return {
        "as_of": day.isoformat(),
        "application": _application(application, answers, facts, loans),
        "evidence": {
            "birth_date": _iso(facts.birth_date),
            "id_checksum_valid": facts.id_checksum_valid,
            "id_expires_on": _iso(facts.id_expires_on),
            "identity_matches": facts.identity_matches,
            # A report exists only where an authorisation was consumed for it.
            "authorised": report is not None,
            "mismatches": list(facts.mismatches),
        },
        "report": report,
        "fraud": await read_fraud_inputs(uow, application, answers, facts, loans, window_days),
    }


async def examine_documents(uow: UnitOfWork, application: Application, day: date) -> Facts:
    """What the documents prove on `day`."""
    return examine(await list_documents(uow, application.id), await read_answers(uow, application), day)


async def read_fraud_inputs(
    uow: UnitOfWork,
    application: Application,
    answers: Mapping[str, Any],
    facts: Facts,
    loans: OwnLoans | None,
    window_days: int,
) -> dict[str, Any]:
    """Counts over other people's applications as they were when this one was submitted, so that they stay the same.

    People are told apart by the ID number they answered with. A browser carries no identifier of a device.
    """
    number, card = answers.get("id_number"), answers.get("bank_card")
    unknown = number is None or application.submitted_at is None
    at = application.submitted_at or application.created_at
    person = uow.keys.blind_index("id_number", str(number))
    since = at - timedelta(days=window_days)

    async def people(*conditions: ColumnElement[bool]) -> int | None:
        return None if unknown else await _count_people(uow, application.id, person, since, at, *conditions)

    ip, shown = application.ip_index, facts.verified_income_fen
    return {
        "watch_listed": None if number is None else await _is_watched(uow, person),
        "open_applications_same_id": None if unknown else await _count_open(uow, application.id, person, at),
        "running_loans_same_id": loans and loans.running,
        "people_same_device": None,
        "people_same_ip": 0 if ip == NOT_PUBLIC else ip and await people(col(Application.ip_index) == ip),
        "people_same_bank_card": card and await people(_has_card(uow.keys.blind_index("bank_card", str(card)))),
        "people_same_phone": await people(col(Application.applicant_id) == application.applicant_id),
        "names_match": facts.names_match,
        "corrected_fields": list(facts.corrected_fields),
        "declared_income_fen": answers.get("monthly_income"),
        "proven_income_fen": shown,
        "duplicate_documents": None if unknown else len(await list_copies(uow, application)),
        "submissions_24h": None if unknown else await _count_submissions(uow, application, person, at),
    }


async def list_unread(uow: UnitOfWork, application_id: UUID) -> list[UUID]:
    """Documents still to be read. One whose reading was given up is not waited for."""
    given_up = exists().where(
        col(StepRun.subject_id) == col(Document.id),
        col(StepRun.step) == Step.READ_DOCUMENT,
        col(StepRun.state).in_([StepState.FAILED, StepState.CANCELLED]),
    )
    statement = select(Document.id).where(
        col(Document.application_id) == application_id, col(Document.state) == DocumentState.UPLOADED, ~given_up
    )
    return list(await uow.session.exec(statement))


async def find_inquiry(uow: UnitOfWork, application_id: UUID) -> BureauInquiry | None:
    """The application's query of the bureau, intended or answered."""
    statement = select(BureauInquiry).where(col(BureauInquiry.application_id) == application_id)
    return (await uow.session.exec(statement)).one_or_none()


async def open_report(uow: UnitOfWork, application: Application, inquiry: BureauInquiry) -> dict[str, Any] | None:
    """The bureau's report as it came."""
    if inquiry.report is None:
        return None
    cipher = await uow.cipher(application.applicant_id)
    report: dict[str, Any] = json.loads(cipher.open(report_place(inquiry.id), inquiry.report))
    return report


def report_place(inquiry_id: UUID) -> str:
    """Where a report is sealed."""
    return f"bureau_inquiry.report.{inquiry_id}"


async def list_authorisations(uow: UnitOfWork, application_id: UUID, kind: str) -> list[Consent]:
    """All consents of a kind, newest first, locked: an authorisation is consumed by one query only."""
    statement = (
        select(Consent)
        .where(col(Consent.application_id) == application_id, col(Consent.kind) == kind)
        .order_by(col(Consent.granted_at).desc())
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(await uow.session.exec(statement))


async def find_automatic_decision(uow: UnitOfWork, application_id: UUID) -> Decision | None:
    """The policy's own decision; None before there is one."""
    statement = (
        select(Decision)
        .where(col(Decision.application_id) == application_id, col(Decision.staff_id).is_(None))
        .order_by(col(Decision.decided_at).desc())
        .limit(1)
    )
    return (await uow.session.exec(statement)).one_or_none()


def _application(
    application: Application, answers: Mapping[str, Any], facts: Facts, loans: OwnLoans | None
) -> dict[str, Any]:
    return {
        "amount_fen": application.amount_fen,
        "term_months": application.term_months,
        "declared_income_fen": answers.get("monthly_income"),
        "verified_income_fen": facts.verified_income_fen,
        "housing_cost_fen": answers.get("housing_cost"),
        "other_debt_fen": answers.get("other_debt"),
        "own_instalments_fen": loans and loans.instalments_fen,
        "employment": answers.get("employment"),
        "employment_months": None,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


async def _is_watched(uow: UnitOfWork, person: bytes) -> bool:
    return await uow.session.get(WatchEntry, person) is not None


async def _count_people(
    uow: UnitOfWork, application_id: UUID, person: bytes, since: datetime, until: datetime, *conditions: Any
) -> int:
    """Distinct other ID numbers on applications submitted in the window that meet the conditions."""
    number = _numbers()
    statement = (
        select(func.count(func.distinct(number.c.value_index)))
        .select_from(Application)
        .join(number, number.c.application_id == col(Application.id))
        .where(
            col(Application.id) != application_id,
            col(Application.submitted_at) >= since,
            col(Application.submitted_at) <= until,
            number.c.value_index != person,
            *conditions,
        )
    )
    return (await uow.session.exec(statement)).one()


def _numbers() -> Any:
    """The answers that tell people apart."""
    return (
        select(Answer.application_id, Answer.value_index)
        .where(col(Answer.slot) == "id_number", col(Answer.value_index).is_not(None))
        .subquery()
    )


def _has_card(index: bytes) -> ColumnElement[bool]:
    return exists().where(
        col(Answer.application_id) == col(Application.id),
        col(Answer.slot) == "bank_card",
        col(Answer.value_index) == index,
    )


async def _count_open(uow: UnitOfWork, application_id: UUID, person: bytes, until: datetime) -> int:
    """Other applications of the same ID number that were handed in before and are not settled."""
    number = _numbers()
    statement = (
        select(func.count())
        .select_from(Application)
        .join(number, number.c.application_id == col(Application.id))
        .where(
            col(Application.id) != application_id,
            col(Application.state).in_(OPEN_STATES - {ApplicationState.DRAFT}),
            col(Application.submitted_at) <= until,
            number.c.value_index == person,
        )
    )
    return (await uow.session.exec(statement)).one()


async def _count_submissions(uow: UnitOfWork, application: Application, person: bytes, until: datetime) -> int:
    """Submissions by this ID number or phone in the 24 hours up to this one, this one included."""
    number = _numbers()
    statement = (
        select(func.count())
        .select_from(Application)
        .join(number, number.c.application_id == col(Application.id), isouter=True)
        .where(
            col(Application.submitted_at) > until - _DAY,
            col(Application.submitted_at) <= until,
            or_(number.c.value_index == person, col(Application.applicant_id) == application.applicant_id),
        )
    )
    return (await uow.session.exec(statement)).one()


async def list_copies(uow: UnitOfWork, application: Application) -> list[tuple[str, str]]:
    """Other people's documents that show one of our pictures, the same file or the same photograph: the slot of ours
    and the reference of theirs, for staff. A person's own pictures in another application are theirs to send."""
    answer = await uow.session.get(Answer, (application.id, "id_number"))
    person = answer.value_index if answer is not None else None
    ours, theirs = aliased(Document), aliased(Document)
    number = _numbers()
    near = func.bit_count(col(ours.fingerprint).op("#")(col(theirs.fingerprint))) <= NEAR_BITS
    statement = (
        select(ours.slot, Application.reference)
        .distinct()
        .select_from(ours)
        .join(theirs, or_(col(theirs.sha256) == col(ours.sha256), near))
        .join(Application, col(Application.id) == col(theirs.application_id))
        .join(number, number.c.application_id == col(theirs.application_id))
        .where(
            col(ours.application_id) == application.id,
            col(theirs.application_id) != application.id,
            col(ours.state) != DocumentState.REPLACED,
            number.c.value_index != person,
        )
        .order_by(ours.slot, Application.reference)
    )
    return [(slot, reference) for slot, reference in await uow.session.exec(statement)]
