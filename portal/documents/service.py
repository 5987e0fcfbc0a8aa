"""What happens to a document: sent, read or refused, its fields confirmed or corrected."""

from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import BitString
from sqlmodel import col, select

from portal.applications.queries import get_application
from portal.applications.service import store_answer
from portal.db.models import Answer, Application, Document, DocumentField, DocumentState
from portal.db.uow import UnitOfWork
from portal.documents.fields import correct_field, record_field_answer
from portal.documents.files import FileStore, original_key, page_key, put_sealed_stream, thumbnail_key
from portal.documents.queries import (
    MEDIUM,
    DocumentView,
    FieldView,
    field_place,
    find_document,
    get_current,
    get_document,
    list_documents,
)
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.errors import Conflict, Unavailable
from portal.domain.events import ActorKind, EventKind
from portal.domain.workflow import Step

__all__ = [
    "DocumentView",
    "FieldView",
    "ReadField",
    "ReadingRecord",
    "correct_field",
    "discard_set_aside",
    "find_document",
    "forget_original",
    "get_document",
    "list_documents",
    "record_field_answer",
    "record_reading",
    "record_refused_upload",
    "upload",
]

log = structlog.get_logger()

OK: Final = "ok"

_INCOME = frozenset({"payslip", "income_certificate", "bank_statement", "fund_statement"})

FITTING: Mapping[str, frozenset[str]] = {
    "id_front": frozenset({"id_card_front"}),
    "id_back": frozenset({"id_card_back"}),
    "income_proof": _INCOME,
    "income_extra": _INCOME,
}
"""Which kinds of document answer which question."""

_ID_SIDES = frozenset({"id_card_front", "id_card_back"})


@dataclass(frozen=True, slots=True)
class ReadField:
    """One fact as read: value in normal form, confidence 0…1, box x0, y0, x1, y1 in pixels of the page."""

    value: str
    confidence: float
    page: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class ReadingRecord:
    """What a reader found. `quality` is `ok` or the id of a refusal; `checks` are {id, passed, severity, zh, en}.

    `fingerprint` is 64 hexadecimal digits, empty for a page without a background."""

    kind: str
    quality: str
    fields: Mapping[str, ReadField] = field(default_factory=dict)
    checks: tuple[dict[str, Any], ...] = ()
    page_count: int = 0
    read_ms: int = 0
    fingerprint: str = ""


async def upload(
    uow: UnitOfWork,
    files: FileStore,
    application: Application,
    slot: str,
    data: bytes | AsyncIterable[bytes],
    media_type: str,
) -> Document:
    """Keep the file sealed, answer the question with it, and make its reading due; raises Conflict after submission.

    The same file sent again (a double tap, a retry) is the same document: a form's key would also refuse a better
    photo sent from a page that the browser kept, so the content is what counts.
    """
    locked = await get_application(uow, application.id, for_update=True)
    if locked.state is not ApplicationState.DRAFT:
        raise Conflict
    current = await get_current(uow, locked.id, slot)
    document = Document(application_id=locked.id, slot=slot, media_type=media_type, size_bytes=0, sha256="")
    key = document.original_key = original_key(document.id)
    pieces = _whole(data) if isinstance(data, bytes) else data
    stored = await put_sealed_stream(uow, files, locked.applicant_id, key, pieces)
    if current is not None and current.sha256 == stored.sha256 and current.state is not DocumentState.REFUSED:
        uow.after_commit(partial(_delete_quietly, files, key))
        if current.set_aside:
            current.set_aside = False
            await store_answer(uow, locked, slot, str(current.id))
        return current
    document.size_bytes, document.sha256 = stored.size, stored.sha256
    refused = current is not None and current.state is DocumentState.REFUSED
    if current is not None:
        # Its reading, if still due, finds it replaced and only tidies up.
        current.state = DocumentState.REPLACED
        _erase_pictures(uow, files, current, current.page_count)
    uow.session.add(document)
    await uow.append(
        locked.id,
        EventKind.DOCUMENT_UPLOADED,
        actor=locked.applicant_id,
        actor_kind=ActorKind.APPLICANT,
        slot=slot,
        document=str(document.id),
        bytes=stored.size,
        media_type=media_type,
    )
    # What was typed while a photograph was being read that then turned out to be useless does not rest on it.
    await store_answer(uow, locked, slot, str(document.id), never_counted=refused)
    await uow.make_due(Step.READ_DOCUMENT, locked.id, subject_id=document.id)
    return document


async def discard_set_aside(uow: UnitOfWork, files: FileStore, application: Application) -> None:
    """What does not count when the application is handed in never will: answers and pictures go (PIPL 19)."""
    gone = (col(Answer.application_id) == application.id) & col(Answer.set_aside).is_not(None)
    await uow.session.exec(delete(Answer).where(gone))
    aside = select(Document).where(col(Document.application_id) == application.id, col(Document.set_aside).is_(True))
    for document in await uow.session.exec(aside):
        document.state, document.set_aside = DocumentState.REPLACED, False
        _erase_pictures(uow, files, document, document.page_count)


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def record_refused_upload(uow: UnitOfWork, application: Application, slot: str, reason: str) -> None:
    """A file that was not even kept: one line of history, so that staff see what somebody struggles with."""
    await uow.append(
        application.id,
        EventKind.DOCUMENT_REFUSED,
        actor=application.applicant_id,
        actor_kind=ActorKind.APPLICANT,
        slot=slot,
        reason=reason,
    )


async def record_reading(
    uow: UnitOfWork, files: FileStore, document_id: UUID, reading: ReadingRecord, day: date
) -> DocumentState:
    """Write what was read, or why it can't be used; the original goes once this is committed.

    A document that was replaced while it was being read stays replaced.
    """
    document = await uow.session.get_one(Document, document_id, with_for_update=True, populate_existing=True)
    if document.state is DocumentState.REPLACED:
        forget_original(uow, files, document)
        _erase_pictures(uow, files, document, reading.page_count)
        return document.state
    refusal = find_refusal(document.slot, reading, day)
    document.state = DocumentState.REFUSED if refusal else DocumentState.READ
    document.quality = refusal or OK
    document.kind, document.checks = reading.kind, list(reading.checks)
    document.fingerprint = BitString.from_bytes(bytes.fromhex(reading.fingerprint)) if reading.fingerprint else None
    document.page_count, document.read_ms, document.read_at = reading.page_count, reading.read_ms, now()
    await _write_fields(uow, document, {} if refusal else reading.fields)
    forget_original(uow, files, document)
    await uow.append(
        document.application_id,
        EventKind.DOCUMENT_REFUSED if refusal else EventKind.DOCUMENT_READ,
        slot=document.slot,
        document=str(document.id),
        document_kind=reading.kind,
        read_ms=reading.read_ms,
        **({"reason": refusal} if refusal else {"fields": len(reading.fields)}),
    )
    return document.state


def find_refusal(slot: str, reading: ReadingRecord, day: date) -> str | None:
    """Why the document can't serve here, None when it can. `day` is the date in China.

    A card is expired only if its date was read well enough: a misread date is for a person to look at.
    """
    if reading.quality != OK:
        return reading.quality
    if reading.kind not in FITTING[slot]:
        other_side = slot in ("id_front", "id_back") and reading.kind in _ID_SIDES
        return "wrong_side" if other_side else "wrong_kind"
    end = reading.fields.get("valid_to") if slot == "id_back" else None
    if end is not None and end.confidence >= MEDIUM and end.value < day.isoformat():
        return "expired"
    return None


def forget_original(uow: UnitOfWork, files: FileStore, document: Document) -> None:
    """The file as sent may carry a place and a time in its metadata; the pages kept don't."""
    key, document.original_key = document.original_key, None
    if key is not None:
        uow.after_commit(partial(_delete_quietly, files, key))


def _erase_pictures(uow: UnitOfWork, files: FileStore, document: Document, pages: int) -> None:
    """A document that was replaced proves nothing, so its pictures go at once (PIPL 19: no longer than needed). Its
    hashes and the event stay: that it was sent, and whether another person sends it too."""
    document.page_count = 0
    for key in (*(page_key(document.id, number) for number in range(pages)), thumbnail_key(document.id)):
        uow.after_commit(partial(_delete_quietly, files, key))


async def _delete_quietly(files: FileStore, key: str) -> None:
    try:
        await files.delete(key)
    except Unavailable as error:
        log.warning("file_left_behind", key=key, error=type(error).__name__)


async def _write_fields(uow: UnitOfWork, document: Document, fields: Mapping[str, ReadField]) -> None:
    application = await get_application(uow, document.application_id)
    cipher = await uow.cipher(application.applicant_id)
    await uow.session.exec(delete(DocumentField).where(col(DocumentField.document_id) == document.id))
    for name, read in fields.items():
        row = DocumentField(
            document_id=document.id,
            name=name,
            value=b"",
            confidence=round(read.confidence, 4),
            page=read.page,
            box=list(read.box),
        )
        row.value = cipher.seal(field_place(row.id), read.value)
        uow.session.add(row)
