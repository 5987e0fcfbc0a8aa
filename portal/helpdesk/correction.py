"""Correcting what the reader made of a picture: an officer looks, says what stands there, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.accounts.sessions import StaffIdentity
from portal.applications.queries import get_application, read_answers
from portal.applications.service import claim_request
from portal.db.uow import UnitOfWork
from portal.documents.fields import Correction
from portal.documents.files import FileStore
from portal.documents.service import DocumentView, correct_field, list_documents
from portal.documents.wording import AMOUNTS, FIELDS, SEXES, SLOTS
from portal.domain.clock import now
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.identity import IdNumber, parse_name
from portal.domain.text import N_
from portal.helpdesk.document_pages import FieldPage, field_names, field_row, sheets_of
from portal.helpdesk.pages import bar_of
from portal.helpdesk.queries import Case, get_case, has_revealed
from portal.helpdesk.roles import DECIDERS
from portal.helpdesk.service import PICTURES_OPEN, ReasonNeeded, measure, write_note
from portal.helpdesk.wording import CORRECTIONS, OTHER
from portal.script.amounts import parse_yuan
from portal.script.days import parse_last_day
from portal.underwriting.service import examine_again
from portal.web.auth import Visitor
from portal.web.forms import read_fields
from portal.web.templating import Page, redirect, render

_DAYS = frozenset({"birth_date", "valid_from", "valid_to", "issued_on", "period_from", "period_to"})
_MOST = 100


@dataclass(frozen=True, slots=True)
class CorrectForm:
    """`value` is in the reader's normal form; `reason` a code of CORRECTIONS."""

    value: str
    reason: str
    note: str

    @classmethod
    def parse(cls, name: str, fields: Mapping[str, str]) -> "CorrectForm":
        """Raises Invalid."""
        try:
            value = parse_value(name, fields.get("value", ""))
        except Invalid as error:
            raise Invalid({"value": error.public}) from None
        reason, note = fields.get("reason", ""), fields.get("note", "")
        if reason not in CORRECTIONS:
            raise Invalid({"reason": N_("请选择更正的原因。")})
        if reason == OTHER and len(note) < 4:
            raise Invalid({"note": N_("请写明更正的原因，至少 4 个字。")})
        return cls(value, reason, note[:2_000])


def parse_value(name: str, text: str) -> str:
    """What staff type for a field, in the normal form of workers.ocr.reading; raises Invalid."""
    if name in AMOUNTS:
        return str(parse_yuan(text))
    if name == "name":
        return parse_name(text)
    if name == "id_number":
        return IdNumber.parse(text).value
    if name in _DAYS:
        return parse_last_day(text)
    plain = " ".join(text.split())
    if name == "sex":
        plain = next((code for code, word in SEXES.items() if plain.upper() in (code, word)), "")
    if not 0 < len(plain) <= _MOST:
        raise Invalid(public=N_("请按图片上的写法填写。"))
    return plain


@dataclass(frozen=True, slots=True)
class Opened:
    """A field of a document whose pictures the reader gave a reason for."""

    case: Case
    document: DocumentView
    name: str


class CorrectionController(Controller):
    """One field of one document."""

    path = "/helpdesk/cases/{reference:str}/documents/{document_id:uuid}/fields/{name:str}"

    @get()
    async def show(
        self,
        reference: FromPath[str],
        document_id: FromPath[UUID],
        name: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        files: NamedDependency[FileStore],
    ) -> Page:
        """The value beside its picture, its history, and the form; within minutes after a reason was given."""
        staff = visitor.require_staff(*DECIDERS)
        opened = await _open(uow, staff, reference, document_id, name)
        return render("helpdesk/field.html", await _page(uow, files, staff, opened))

    @post(status_code=200)
    async def correct(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        document_id: FromPath[UUID],
        name: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        files: NamedDependency[FileStore],
    ) -> Response[Any]:
        """Keep the correction beside the reading, and have everything checked again."""
        staff, fields = visitor.require_staff(*DECIDERS), await read_fields(request)
        opened = await _open(uow, staff, reference, document_id, name)
        try:
            await _correct(uow, staff, opened, CorrectForm.parse(name, fields), fields.get("_key", ""))
        except (Invalid, Conflict) as error:
            page = await _page(uow, files, staff, opened)
            errors = (error.fields if isinstance(error, Invalid) else {}) or {"value": error.public}
            value, reason, note = (fields.get(one, "") for one in ("value", "reason", "note"))
            page = replace(page, value=value, reason=reason, note=note, errors=errors)
            return render("helpdesk/field.html", page, error.status)
        return redirect(request, f"/helpdesk/cases/{reference}?done=corrected#documents")


async def _open(uow: UnitOfWork, staff: StaffIdentity, reference: str, document_id: UUID, name: str) -> Opened:
    """Raises NotFound for what is not a field of this case's document, ReasonNeeded without a fresh reason."""
    case = await get_case(uow, reference)
    documents = await list_documents(uow, case.application.id) if case.key is not None else {}
    document = next((one for one in documents.values() if one.id == document_id), None)
    if document is None or name not in field_names(document):
        raise NotFound
    if not await has_revealed(uow, case.application.id, staff.id, document_id, now() - PICTURES_OPEN):
        raise ReasonNeeded
    return Opened(case, document, name)


async def _correct(uow: UnitOfWork, staff: StaffIdentity, opened: Opened, form: CorrectForm, key: str) -> None:
    application = await get_application(uow, opened.case.application.id, for_update=True)
    if not await claim_request(uow, application.id, key, f"correct:{opened.name}", f"{form.value} {form.reason}"):
        return
    note = await write_note(uow, opened.case, staff, form.note) if form.note else None
    change = await correct_field(
        uow, application, opened.document.id, opened.name, form.value, Correction(staff, form.reason, note)
    )
    await examine_again(uow, application, change.id)


async def _page(uow: UnitOfWork, files: FileStore, staff: StaffIdentity, opened: Opened) -> FieldPage:
    document, application = opened.document, opened.case.application
    answers = await read_answers(uow, application)
    row = field_row(1, opened.name, document, answers, in_clear=True)
    sheets = sheets_of(await measure(uow, files, opened.case, document), (row,))
    return FieldPage(
        bar=bar_of(staff),
        title=FIELDS[opened.name],
        reference=application.reference,
        document=document.id,
        name=opened.name,
        paper=SLOTS[document.slot],
        row=row,
        sheet=sheets[row.page] if row.page < len(sheets) else None,
        reasons=tuple(CORRECTIONS.items()),
    )
