"""Sending a document, seeing what became of it."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.applications.queries import get_owned_application
from portal.db.models import Application
from portal.db.uow import UnitOfWork
from portal.documents.files import FileMissing, FileStore, get_sealed, page_key, thumbnail_key
from portal.documents.forms import UploadRefused, read_upload
from portal.documents.pages import card_page, upload_page
from portal.documents.queries import find_document, get_document
from portal.documents.service import record_refused_upload, upload
from portal.documents.wording import SLOTS
from portal.domain.application import ApplicationState
from portal.domain.errors import Conflict, NotFound
from portal.web.auth import Visitor
from portal.web.forms import TAKES_FILES, read_fields
from portal.web.limits import Limiter
from portal.web.templating import Page, is_htmx, redirect, render

# Every one costs seconds of a reader that others wait for.
_UPLOADS = "60/hour"

# The reader re-encodes every picture; a browser must still not guess, cache or frame it.
_PICTURE_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": "inline",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


class DocumentController(Controller):
    """The applicant's own documents."""

    path = "/applications/{reference:str}/documents"

    @post("/{slot:str}", status_code=200, opt=TAKES_FILES)
    async def send(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        slot: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        files: NamedDependency[FileStore],
        limiter: NamedDependency[Limiter],
    ) -> Response[Any]:
        """Take the file and go on with the chat, or say why it can't be used: nothing else is lost."""
        application = await _owned(uow, visitor, reference, slot)
        if application.state is not ApplicationState.DRAFT:
            raise Conflict
        await limiter.check("uploads", str(application.id), _UPLOADS)
        try:
            sent = await read_upload(await read_fields(request), slot)
        except UploadRefused as refused:
            return await _refuse(request, uow, application, slot, refused)
        await upload(uow, files, application, slot, sent.pieces, sent.media_type)
        return redirect(request, f"/applications/{reference}/chat")

    @get("/{slot:str}/card")
    async def show_card(
        self,
        reference: FromPath[str],
        slot: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Page:
        """The fragment that the chat holds."""
        application = await _owned(uow, visitor, reference, slot)
        document = await find_document(uow, application.id, slot)
        draft = application.state is ApplicationState.DRAFT
        response = render("documents/_card.html", card_page(reference, slot, document, editable=draft))
        response.headers["Cache-Control"] = "no-store"
        return response

    @get("/{document_id:uuid}/pages/{number:int}")
    async def show_page(
        self,
        reference: FromPath[str],
        document_id: FromPath[UUID],
        number: FromPath[int],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        files: NamedDependency[FileStore],
    ) -> Response[bytes]:
        """One page as kept, counted from 0."""
        return await _picture(uow, visitor, files, reference, document_id, number)

    @get("/{document_id:uuid}/thumbnail")
    async def show_thumbnail(
        self,
        reference: FromPath[str],
        document_id: FromPath[UUID],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        files: NamedDependency[FileStore],
    ) -> Response[bytes]:
        """The small picture."""
        return await _picture(uow, visitor, files, reference, document_id, None)


async def _owned(uow: UnitOfWork, visitor: Visitor, reference: str, slot: str) -> Application:
    application = await get_owned_application(uow, reference, visitor.require_applicant())
    if slot not in SLOTS:
        raise NotFound
    return application


async def _refuse(
    request: Request[Any, Any, Any], uow: UnitOfWork, application: Application, slot: str, refused: UploadRefused
) -> Page:
    """The form again with the sentence: in place for htmx, as a page of its own for a plain form."""
    await record_refused_upload(uow, application, slot, refused.reason)
    page = upload_page(application.reference, slot, error=refused.public)
    name = "documents/_upload.html" if is_htmx(request) else "documents/refused.html"
    return render(name, page, refused.status)


async def _picture(
    uow: UnitOfWork, visitor: Visitor, files: FileStore, reference: str, document_id: UUID, number: int | None
) -> Response[bytes]:
    """Raises NotFound for other people's pictures and for pages that are not there."""
    application = await get_owned_application(uow, reference, visitor.require_applicant())
    document = await get_document(uow, application.id, document_id)
    if not 0 <= (number or 0) < document.page_count:
        raise NotFound
    key = thumbnail_key(document.id) if number is None else page_key(document.id, number)
    try:
        picture = await get_sealed(uow, files, application.applicant_id, key)
    except FileMissing:
        raise NotFound from None
    return Response(picture, media_type="image/jpeg", headers=_PICTURE_HEADERS)


CONTROLLERS: tuple[type[Controller], ...] = (DocumentController,)
