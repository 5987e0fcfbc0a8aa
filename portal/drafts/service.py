"""What becomes of a draft that lies untouched: reminded of once after a day, erased after thirty.

Untouched counts from the last thing the applicant did, coming back included, which is why the rows that make both due
are written when the draft is opened and look at its history when their time has come: answering costs nothing more.
"""

import os
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlmodel import col, select

from portal.applications.queries import get_application
from portal.db.models import (
    Answer,
    Applicant,
    Application,
    CaseNote,
    Consent,
    Document,
    Event,
    Exchange,
    Notice,
    NoticeState,
    OneTimeCode,
    PersonKey,
    RequestKey,
    UnfinishedUpload,
    WebSession,
)
from portal.db.uow import UnitOfWork
from portal.documents.files import original_key, page_key, thumbnail_key
from portal.documents.parts import piece_keys
from portal.domain.application import ApplicationState
from portal.domain.clock import CHINA, now
from portal.domain.events import ActorKind, EventKind
from portal.domain.workflow import UNTOUCHED, Step
from portal.notifications.service import notify

_MORNING, _EVENING = 9, 21
"""Hours in China between which a reminder may ring."""

ERASED = (Answer, Consent, RequestKey, UnfinishedUpload, CaseNote, Exchange)
"""Deleted as rows; documents, notices and the application itself need more."""


async def when_due(uow: UnitOfWork, application: Application, step: Step) -> datetime:
    """When this draft has lain untouched for as long as the step waits; a reminder waits for the morning, too."""
    last = await uow.session.exec(
        select(func.coalesce(func.max(Event.at), application.created_at)).where(
            col(Event.application_id) == application.id, col(Event.actor_kind) == ActorKind.APPLICANT
        )
    )
    at = last.one() + UNTOUCHED[step]
    return at if step is not Step.REMIND_DRAFT else by_day(max(at, now()))


def by_day(at: datetime) -> datetime:
    """The same moment, or the next morning when people in China are asleep."""
    local = at.astimezone(CHINA)
    if _MORNING <= local.hour < _EVENING:
        return at
    morning = local.replace(hour=_MORNING, minute=0, second=0, microsecond=0)
    return morning if local.hour < _MORNING else morning + timedelta(days=1)


async def remind(uow: UnitOfWork, application: Application) -> None:
    """Tell the applicant, in the transaction that ends the step: once."""
    await notify(uow, "draft_reminder", application=application)
    await uow.append(application.id, EventKind.DRAFT_REMINDED)


async def close(uow: UnitOfWork, application: Application) -> tuple[str, ...]:
    """Nobody goes on with it from here; the keys of its files. Again after a fault, it is closed already."""
    if application.state is ApplicationState.DRAFT:
        await uow.change_state(application, ApplicationState.WITHDRAWN)
        await uow.cancel_steps(application.id)
    documents = await uow.session.exec(select(Document).where(col(Document.application_id) == application.id))
    uploads = await uow.session.exec(
        select(UnfinishedUpload).where(col(UnfinishedUpload.application_id) == application.id)
    )
    return tuple(key for document in documents for key in _keys(document)) + tuple(
        key for upload in uploads for key in piece_keys(upload)
    )


def _keys(document: Document) -> tuple[str, ...]:
    pages = (page_key(document.id, number) for number in range(document.page_count))
    return (original_key(document.id), thumbnail_key(document.id), *pages)


async def erase(uow: UnitOfWork, application_id: UUID) -> None:
    """Answers, files' rows, readings, consents, notes and messages of a closed draft; of the person, too, unless
    another application of theirs is kept. What stays is the history: codes and times, and an id that names nobody.
    """
    application = await get_application(uow, application_id, for_update=True)
    person = await uow.session.get_one(Applicant, application.applicant_id, with_for_update=True)
    for table in ERASED:
        await uow.session.exec(delete(table).where(col(table.application_id) == application_id))
    await uow.session.exec(delete(Document).where(col(Document.application_id) == application_id))
    await uow.session.exec(
        update(Notice)
        .where(col(Notice.application_id) == application_id)
        .values(recipient=b"", data=b"")
        .execution_options(synchronize_session=False)
    )
    await uow.session.exec(
        update(Notice)
        .where(col(Notice.application_id) == application_id, col(Notice.state) == NoticeState.DUE)
        .values(state=NoticeState.EXPIRED)
        .execution_options(synchronize_session=False)
    )
    application.amount_fen = application.term_months = application.purpose = application.ip_index = None
    application.exchanges, application.person_asked_at = 0, None
    application.erased_at = now()
    await uow.append(application_id, EventKind.DRAFT_ERASED)
    if not await _is_needed(uow, person.id):
        await _forget(uow, person)


async def _is_needed(uow: UnitOfWork, person_id: UUID) -> bool:
    kept = select(Application.id).where(
        col(Application.applicant_id) == person_id, col(Application.erased_at).is_(None)
    )
    return (await uow.session.exec(kept.limit(1))).one_or_none() is not None


async def _forget(uow: UnitOfWork, person: Applicant) -> None:
    """Their key first of all: without it, no backup tells anything of them either."""
    await uow.session.exec(delete(PersonKey).where(col(PersonKey.person_id) == person.id))
    await uow.session.exec(delete(WebSession).where(col(WebSession.applicant_id) == person.id))
    await uow.session.exec(delete(OneTimeCode).where(col(OneTimeCode.mobile_index) == person.mobile_index))
    person.mobile, person.mobile_index = b"", os.urandom(32)
    person.name = person.name_index = person.id_number = person.id_number_index = None
    await uow.session.flush()
