"""Reading documents back: the current one of each slot, with its fields opened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlmodel import col, select

from portal.db.models import Application, Document, DocumentField, DocumentState, Provenance
from portal.db.uow import UnitOfWork
from portal.documents.wording import refusal_sentence
from portal.domain.errors import NotFound

Level = Literal["high", "medium", "low"]

# Calibrated on the specimens: a line read right scores 0.95 and more, a guess below 0.75.
HIGH = 0.90
MEDIUM = 0.75


@dataclass(frozen=True, slots=True)
class FieldView:
    """`value` in the reader's normal form (workers.ocr.reading); `box` is x0, y0, x1, y1 in pixels of `page`."""

    value: str
    confidence: float
    level: Level
    page: int
    box: tuple[int, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class DocumentView:
    """`sentence` is the message id of a refusal, empty otherwise; `checks` are {id, passed, severity, zh, en}."""

    id: UUID
    slot: str
    state: DocumentState
    quality: str | None
    sentence: str
    kind: str | None
    page_count: int
    created_at: datetime
    fields: dict[str, FieldView]
    checks: tuple[dict[str, Any], ...]


async def list_documents(uow: UnitOfWork, application_id: UUID) -> dict[str, DocumentView]:
    """The current document of each slot."""
    return {document.slot: document for document in await _load(uow, application_id, None)}


async def find_document(uow: UnitOfWork, application_id: UUID, slot: str) -> DocumentView | None:
    """The current document of a slot; None when nothing was sent yet."""
    found = await _load(uow, application_id, slot)
    return found[-1] if found else None


async def get_current(uow: UnitOfWork, application_id: UUID, slot: str) -> Document | None:
    """The row of a slot's current document. The caller holds the application locked."""
    statement = (
        select(Document)
        .where(
            col(Document.application_id) == application_id,
            col(Document.slot) == slot,
            col(Document.state) != DocumentState.REPLACED,
        )
        .order_by(col(Document.created_at).desc())
        .limit(1)
    )
    return (await uow.session.exec(statement)).one_or_none()


async def get_document(uow: UnitOfWork, application_id: UUID, document_id: UUID) -> Document:
    """A document of this application, replaced ones too; raises NotFound."""
    document = await uow.session.get(Document, document_id)
    if document is None or document.application_id != application_id:
        raise NotFound
    return document


async def _load(uow: UnitOfWork, application_id: UUID, slot: str | None) -> list[DocumentView]:
    statement = (
        select(Document, Application.applicant_id)
        .join(Application, col(Application.id) == col(Document.application_id))
        .where(col(Document.application_id) == application_id, col(Document.state) != DocumentState.REPLACED)
        .order_by(col(Document.created_at))
    )
    if slot is not None:
        statement = statement.where(col(Document.slot) == slot)
    rows = (await uow.session.exec(statement)).all()
    if not rows:
        return []
    fields = await _open_fields(uow, rows[0][1], [document.id for document, _ in rows])
    return [_view(document, fields.get(document.id, {})) for document, _ in rows]


async def _open_fields(uow: UnitOfWork, person_id: UUID, ids: list[UUID]) -> dict[UUID, dict[str, FieldView]]:
    cipher = await uow.cipher(person_id)
    opened: dict[UUID, dict[str, FieldView]] = {}
    for row in await uow.session.exec(select(DocumentField).where(col(DocumentField.document_id).in_(ids))):
        opened.setdefault(row.document_id, {})[row.name] = FieldView(
            value=cipher.open(field_place(row.id), row.value),
            confidence=row.confidence,
            level=level_of(row.confidence),
            page=row.page,
            box=tuple(row.box),
            provenance=row.provenance,
        )
    return opened


def field_place(field_id: UUID) -> str:
    """Where a field's value is sealed."""
    return f"document_field.value.{field_id}"


def level_of(confidence: float) -> Level:
    """In words that a person can act on."""
    return "high" if confidence >= HIGH else "medium" if confidence >= MEDIUM else "low"


def _view(document: Document, fields: dict[str, FieldView]) -> DocumentView:
    refused = document.state is DocumentState.REFUSED and document.quality is not None
    return DocumentView(
        id=document.id,
        slot=document.slot,
        state=document.state,
        quality=document.quality,
        sentence=refusal_sentence(document.slot, document.quality) if refused and document.quality else "",
        kind=document.kind,
        page_count=document.page_count,
        created_at=document.created_at,
        fields=fields,
        checks=tuple(document.checks),
    )
