"""Reading documents back: the current one of each slot, with its fields opened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, bindparam
from sqlmodel import col, select

from portal.db.models import Application, Document, DocumentField, DocumentState, FieldChange, Provenance, Staff
from portal.db.together import Query, Rows, read_together
from portal.db.uow import UnitOfWork
from portal.db.vault import PersonCipher
from portal.documents.wording import refusal_sentence
from portal.domain.clock import now
from portal.domain.errors import NotFound

Level = Literal["high", "medium", "low"]

# Calibrated on the specimens: a line read right scores 0.95 and more, a guess below 0.75.
HIGH = 0.90
MEDIUM = 0.75


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn in a field's life, the reading first: `value` None where it was confirmed as it stood, `by` the name
    of staff, `reason` a code of portal.helpdesk.wording."""

    provenance: Provenance
    value: str | None
    at: datetime
    by: str = ""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class FieldView:
    """`value` is what counts as evidence, in the reader's normal form (workers.ocr.reading): as it was read, until
    staff corrected it; what the applicant says instead is in `history`. `box` is x0, y0, x1, y1 in pixels of `page`."""

    value: str
    confidence: float
    level: Level
    page: int
    box: tuple[int, ...]
    provenance: Provenance
    history: tuple[Turn, ...] = ()

    @property
    def is_sure(self) -> bool:
        """Whether anything may rest on it: read surely, read well and then confirmed, or looked up by staff."""
        if self.provenance is Provenance.STAFF_CORRECTED:
            return True
        return self.level == "high" or (self.level == "medium" and self.provenance is Provenance.CONFIRMED)

    @property
    def frame(self) -> tuple[int, int, int, int] | None:
        """The box with a margin, so that nothing is cut off its strokes; None where nothing was read."""
        if len(self.box) != 4:
            return None
        left, top, right, bottom = self.box
        margin = max(6, round(0.35 * (bottom - top)))
        return left - margin, top - margin, right + margin, bottom + margin


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


_CURRENT = (
    col(Document.application_id) == bindparam("application_id"),
    col(Document.state) != DocumentState.REPLACED,
    col(Document.set_aside).is_(False),
)
DOCUMENTS: tuple[Query, ...] = (
    select(Document, Application.applicant_id)
    .join(Application, col(Application.id) == col(Document.application_id))
    .where(*_CURRENT)
    .order_by(col(Document.created_at)),
    select(DocumentField, Document.read_at)
    .join(Document, col(Document.id) == col(DocumentField.document_id))
    .where(*_CURRENT),
    select(FieldChange, Staff.name)
    .join(DocumentField, col(DocumentField.id) == col(FieldChange.field_id))
    .join(Document, col(Document.id) == col(DocumentField.document_id))
    .join(Staff, col(Staff.id) == col(FieldChange.staff_id), isouter=True)
    .where(*_CURRENT)
    .order_by(col(FieldChange.at)),
)
"""The current documents, what was read from them, and what became of that: for `open_documents`."""


async def list_documents(uow: UnitOfWork, application_id: UUID) -> dict[str, DocumentView]:
    """The current document of each slot."""
    found = await read_together(uow.session, *DOCUMENTS, application_id=application_id)
    # Whose they are is known once there are any; without, nobody's key is needed.
    return open_documents(await uow.cipher(found[0][0].applicant_id), *found) if found[0] else {}


async def find_document(uow: UnitOfWork, application_id: UUID, slot: str) -> DocumentView | None:
    """The current document of a slot; None when nothing was sent yet."""
    return (await list_documents(uow, application_id)).get(slot)


def open_documents(cipher: PersonCipher, documents: Rows, fields: Rows, changes: Rows) -> dict[str, DocumentView]:
    """The current document of each slot, from the rows of `DOCUMENTS`."""
    turns: dict[UUID, list[Turn]] = {}
    for row in changes:
        value = None if row.value is None else cipher.open(change_place(row.id), row.value)
        turns.setdefault(row.field_id, []).append(Turn(row.provenance, value, row.at, row.name or "", row.reason))
    opened: dict[UUID, dict[str, FieldView]] = {}
    for row in fields:
        first = Turn(Provenance.READ, cipher.open(field_place(row.id), row.value), row.read_at or now())
        opened.setdefault(row.document_id, {})[row.name] = _field_view(row, (first, *turns.get(row.id, ())))
    return {row.slot: _view(row, opened.get(row.id, {})) for row in documents}


async def get_current(uow: UnitOfWork, application_id: UUID, slot: str) -> Document | None:
    """The row of a slot's current document, one set aside too. The caller holds the application locked."""
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


def _field_view(row: Row[Any], history: tuple[Turn, ...]) -> FieldView:
    counted = [turn.value for turn in history if turn.provenance in (Provenance.READ, Provenance.STAFF_CORRECTED)]
    return FieldView(
        value=next(value for value in reversed(counted) if value is not None),
        confidence=row.confidence,
        level=level_of(row.confidence),
        page=row.page,
        box=tuple(row.box),
        provenance=row.provenance,
        history=history,
    )


def field_place(field_id: UUID) -> str:
    """Where a field's value is sealed."""
    return f"document_field.value.{field_id}"


def change_place(change_id: UUID) -> str:
    """Where what it was changed to is sealed."""
    return f"field_change.value.{change_id}"


def level_of(confidence: float) -> Level:
    """In words that a person can act on."""
    return "high" if confidence >= HIGH else "medium" if confidence >= MEDIUM else "low"


def _view(document: Row[Any], fields: dict[str, FieldView]) -> DocumentView:
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
