"""What staff do to a case. A look at personal data leaves an event with a reason, in the transaction that shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from PIL import Image
from sqlmodel import col, select

from portal.accounts.sessions import StaffIdentity
from portal.applications.service import claim_request
from portal.db.models import CaseNote, Document, Role
from portal.db.uow import UnitOfWork
from portal.documents.files import FileMissing, FileStore, get_sealed, page_key
from portal.documents.service import DocumentView, list_documents
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.errors import Conflict, Forbidden, NotFound
from portal.domain.events import ActorKind, EventKind
from portal.domain.text import N_
from portal.helpdesk.forms import DecideForm, RevealForm
from portal.helpdesk.personal import clear, read_personal
from portal.helpdesk.queries import Case, HistoryRow, has_revealed
from portal.helpdesk.roles import REVEALERS
from portal.underwriting.queries import open_report
from portal.underwriting.service import decide_referred, restart_step

OPENED_AGAIN = timedelta(hours=1)
PICTURES_OPEN = timedelta(minutes=15)
"""How long the pictures of a document can be fetched after a reason was given for it."""


class ReasonNeeded(Forbidden):
    """A picture was asked for without, or long after, a reason."""

    public = N_("查看材料图片前，请先在案件页选择查看原因。")


class ChangedSince(Conflict):
    """The case is not any more what the officer was looking at."""

    public = N_("这笔申请在您查看期间有了变化，决定没有提交。请看最新情况后再决定。")


@dataclass(frozen=True, slots=True)
class Revealed:
    """In clear, for this one answer. `sizes` are width and height of the document's pages; `report` as it came."""

    kind: str
    values: tuple[str, ...] = ()
    document: DocumentView | None = None
    sizes: tuple[tuple[int, int], ...] = ()
    report: Mapping[str, Any] | None = None


async def open_case(uow: UnitOfWork, case: Case, staff: StaffIdentity, history: Sequence[HistoryRow]) -> None:
    """Write down who looked, once an hour: what the page shows masked and in counts is personal data still."""
    since = now() - OPENED_AGAIN
    recently = any(
        row.event.kind is EventKind.CASE_OPENED and row.event.actor_id == staff.id and row.event.at > since
        for row in history
    )
    if not recently:
        await uow.append(case.application.id, EventKind.CASE_OPENED, actor=staff.id, actor_kind=ActorKind.STAFF)


async def reveal(uow: UnitOfWork, files: FileStore, case: Case, staff: StaffIdentity, form: RevealForm) -> Revealed:
    """Open one kind of personal data for a reason; raises Forbidden by role, NotFound when there is nothing."""
    if Role(staff.role) not in REVEALERS[form.kind]:
        raise Forbidden
    revealed = await _open(uow, files, case, form)
    data: dict[str, Any] = {"field": form.kind, "reason": form.reason}
    if revealed.document is not None:
        data |= {"document": str(revealed.document.id), "slot": revealed.document.slot}
    if form.note:
        data["note"] = str(await write_note(uow, case, staff, form.note))
    await uow.append(
        case.application.id, EventKind.PERSONAL_DATA_REVEALED, actor=staff.id, actor_kind=ActorKind.STAFF, **data
    )
    return revealed


async def _open(uow: UnitOfWork, files: FileStore, case: Case, form: RevealForm) -> Revealed:
    if case.key is None:
        raise NotFound
    if form.document is not None:
        documents = await list_documents(uow, case.application.id)
        document = next((one for one in documents.values() if one.id == form.document), None)
        if document is None:
            raise NotFound
        return Revealed(form.kind, document=document, sizes=await measure(uow, files, case, document))
    if form.kind == "bureau":
        report = await open_report(uow, case.application, case.inquiry) if case.inquiry is not None else None
        if report is None:
            raise NotFound
        return Revealed(form.kind, report=report)
    values = clear(form.kind, await read_personal(uow, case))
    if not values:
        raise NotFound
    return Revealed(form.kind, values)


async def measure(uow: UnitOfWork, files: FileStore, case: Case, document: DocumentView) -> tuple[tuple[int, int], ...]:
    """Width and height of each page, from the header of our own JPEG; pages that are gone end the list."""
    sizes = []
    for number in range(document.page_count):
        try:
            data = await get_sealed(uow, files, case.applicant.id, page_key(document.id, number))
        except FileMissing:
            break
        with Image.open(BytesIO(data)) as picture:
            sizes.append(picture.size)
    return tuple(sizes)


async def read_picture(
    uow: UnitOfWork, files: FileStore, case: Case, staff: StaffIdentity, document_id: UUID, number: int
) -> bytes:
    """One page of a document, for who gave a reason within the last minutes; raises ReasonNeeded, NotFound."""
    statement = select(Document.page_count).where(
        col(Document.id) == document_id, col(Document.application_id) == case.application.id
    )
    pages = (await uow.session.exec(statement)).one_or_none()
    if pages is None or case.key is None or not 0 <= number < pages:
        raise NotFound
    if not await has_revealed(uow, case.application.id, staff.id, document_id, now() - PICTURES_OPEN):
        raise ReasonNeeded
    try:
        return await get_sealed(uow, files, case.applicant.id, page_key(document_id, number))
    except FileMissing:
        raise NotFound from None


async def add_note(uow: UnitOfWork, case: Case, staff: StaffIdentity, text: str, key: str) -> None:
    """Keep what was written, once however often the form is sent; raises NotFound for a person who was erased."""
    if await claim_request(uow, case.application.id, key, "note", text):
        note = await write_note(uow, case, staff, text)
        # Whoever writes has seen that a person was asked for.
        case.application.person_asked_at = None
        await uow.append(
            case.application.id, EventKind.NOTE_ADDED, actor=staff.id, actor_kind=ActorKind.STAFF, note=str(note)
        )


async def write_note(uow: UnitOfWork, case: Case, staff: StaffIdentity, text: str) -> UUID:
    """Sealed for the applicant; the caller names it in an event. Raises NotFound for a person who was erased."""
    if case.key is None:
        raise NotFound
    note = CaseNote(application_id=case.application.id, staff_id=staff.id, text=b"")
    note.text = (await uow.cipher(case.applicant.id)).seal(note_place(note.id), text)
    uow.session.add(note)
    return note.id


def note_place(note_id: UUID) -> str:
    """Where a note is sealed."""
    return f"case_note.text.{note_id}"


async def decide(uow: UnitOfWork, case: Case, staff: StaffIdentity, form: DecideForm, key: str) -> None:
    """The officer's decision, once; raises Invalid, or Conflict when the case is not what was looked at."""
    application = case.application
    # Locked before the key is claimed: two claims would share the row, and then wait for each other to let go of it.
    await uow.session.refresh(application, with_for_update=True)
    body = f"{form.outcome} {form.amount_fen} {form.version} {form.comment}"
    if not await claim_request(uow, application.id, key, "decide", body):
        return
    if application.state is ApplicationState.REFERRED and application.version != form.version:
        raise ChangedSince
    await decide_referred(uow, application.id, staff, form.outcome, form.comment, form.amount_fen)


async def restart(uow: UnitOfWork, case: Case, staff: StaffIdentity, run_id: UUID, key: str) -> None:
    """Make a stuck step due now, once; raises NotFound, or Conflict when it goes on by itself already."""
    if await claim_request(uow, case.application.id, key, "restart", str(run_id)):
        await restart_step(uow, case.application.id, run_id, staff)
