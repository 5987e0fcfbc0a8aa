"""A field's life after it was read: confirmed or corrected by the applicant, then perhaps corrected by staff.

What was read stays in the field's row; each turn is a row of its own (FieldChange), so that nothing sealed is lost.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from portal.accounts.sessions import StaffIdentity
from portal.applications.queries import get_application
from portal.db.models import Application, Document, DocumentField, DocumentState, FieldChange, Provenance
from portal.db.uow import UnitOfWork
from portal.documents.queries import change_place, field_place
from portal.domain.application import ApplicationState
from portal.domain.errors import Conflict, NotFound
from portal.domain.events import ActorKind, EventKind

CORRECTABLE = frozenset({ApplicationState.SUBMITTED, ApplicationState.REFERRED})
"""Before, the applicant corrects; after, the decision is made and stays as it was made."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Who corrects and why: `reason` is a code, `note` the id of a sealed case note."""

    staff: StaffIdentity
    reason: str
    note: UUID | None = None


async def record_field_answer(
    uow: UnitOfWork, document_id: UUID, name: str, provenance: Provenance, value: str | None = None
) -> None:
    """The applicant has answered with what was read, or with something else: `value`, in normal form.

    Nothing happens when the field was not read, or when this was said before.
    """
    row = await _find_field(uow, document_id, name)
    if row is None or (row.provenance is provenance and value is None):
        return
    document = await uow.session.get_one(Document, document_id)
    application = await get_application(uow, document.application_id)
    row.provenance = provenance
    await _add_change(uow, application, FieldChange(field_id=row.id, provenance=provenance), value)
    await uow.append(
        application.id,
        EventKind.DOCUMENT_CONFIRMED,
        actor=application.applicant_id,
        actor_kind=ActorKind.APPLICANT,
        slot=document.slot,
        field=name,
        provenance=provenance.value,
        confidence=row.confidence,
    )


async def correct_field(
    uow: UnitOfWork,
    application: Application,
    document_id: UUID,
    name: str,
    value: str,
    correction: Correction,
) -> FieldChange:
    """What a member of staff reads on the picture, in normal form; also where the reader found nothing.

    The caller holds the application locked. Raises NotFound, or Conflict when it is not being examined any more.
    """
    if application.state not in CORRECTABLE:
        raise Conflict
    document = await uow.session.get(Document, document_id)
    if document is None or document.application_id != application.id or document.state is not DocumentState.READ:
        raise NotFound
    row = await _find_field(uow, document_id, name)
    if row is None:
        row = DocumentField(document_id=document_id, name=name, value=b"", confidence=0.0)
        row.value = (await uow.cipher(application.applicant_id)).seal(field_place(row.id), "")
        uow.session.add(row)
    row.provenance = Provenance.STAFF_CORRECTED
    change = FieldChange(
        field_id=row.id, provenance=row.provenance, staff_id=correction.staff.id, reason=correction.reason
    )
    await _add_change(uow, application, change, value)
    note: dict[str, Any] = {"note": str(correction.note)} if correction.note else {}
    await uow.append(
        application.id,
        EventKind.DOCUMENT_CORRECTED,
        actor=correction.staff.id,
        actor_kind=ActorKind.STAFF,
        slot=document.slot,
        field=name,
        reason=correction.reason,
        confidence=row.confidence,
        **note,
    )
    return change


async def _find_field(uow: UnitOfWork, document_id: UUID, name: str) -> DocumentField | None:
    statement = select(DocumentField).where(
        col(DocumentField.document_id) == document_id, col(DocumentField.name) == name
    )
    return (await uow.session.exec(statement)).one_or_none()


async def _add_change(uow: UnitOfWork, application: Application, change: FieldChange, value: str | None) -> None:
    if value is not None:
        change.value = (await uow.cipher(application.applicant_id)).seal(change_place(change.id), value)
    await uow.session.flush()
    uow.session.add(change)
