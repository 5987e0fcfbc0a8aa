"""Sending a document, seeing what became of it."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, head, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.applications.queries import get_owned_application
from portal.db.models import Application, UnfinishedUpload
from portal.db.uow import UnitOfWork
from portal.documents.files import FileMissing, FileStore, get_sealed, page_key, thumbnail_key
from portal.documents.forms import (
    HEAD,
    SNIFFED,
    Piece,
    UploadRefused,
    judge,
    read_head,
    read_number,
    read_upload,
    receive_piece,
)
from portal.documents.pages import card_page, upload_page
from portal.documents.parts import (
    LIFE,
    PIECE_BYTES,
    append_piece,
    begin_upload,
    drop_pieces,
    drop_upload,
    get_owned_upload,
    read_pieces,
)
from portal.documents.queries import find_document, get_document
from portal.documents.service import record_refused_upload, upload
from portal.documents.wording import SLOTS
from portal.domain.application import ApplicationState
from portal.domain.errors import Conflict, NotFound
from portal.settings import Settings
from portal.web.auth import Visitor
from portal.web.forms import TAKES_FILES, read_fields
from portal.web.limits import Limiter
from portal.web.templating import Page, is_htmx, redirect, render

# Of one person, however many applications they begin: every one costs seconds of a reader that others wait for.
_UPLOADS = "60/hour"

# Of 1 MB at most; a bad line makes them small.
_PIECES = "2000/hour"

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
        await limiter.check("uploads", str(application.applicant_id), _UPLOADS)
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


class UploadController(Controller):
    """A file in pieces, so that a line that drops costs nothing that has arrived.

    A small part of the IETF's Resumable Uploads for HTTP (draft-ietf-httpbis-resumable-upload): POST announces a file
    of `Upload-Length` bytes, PATCH appends at `Upload-Offset`, HEAD tells how much there is, DELETE drops it. The last
    piece is answered as the plain form is.
    """

    path = "/applications/{reference:str}/documents/{slot:str}/uploads"

    @post("/", status_code=201)
    async def begin(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        slot: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        files: NamedDependency[FileStore],
        settings: NamedDependency[Settings],
        limiter: NamedDependency[Limiter],
    ) -> Response[Any]:
        """Say where the pieces go, or at once that the file is too large."""
        application = await _owned(uow, visitor, reference, slot)
        await limiter.check("uploads", str(application.applicant_id), _UPLOADS)
        size = read_number(request, "upload-length")
        if not 0 < size <= settings.upload_max_bytes:
            refused = UploadRefused(slot, "too_large" if size else "empty")
            return await _refuse(request, uow, application, slot, refused)
        begun = await begin_upload(uow, files, application, slot, size)
        where = f"/applications/{reference}/documents/{slot}/uploads/{begun.id}"
        limits = f"max-append-size={PIECE_BYTES}, max-age={int(LIFE.total_seconds())}"
        return _standing(begun, 201, {"Location": where, "Upload-Limit": limits})

    @head("/{upload_id:uuid}", status_code=204)
    async def look(
        self,
        reference: FromPath[str],
        slot: FromPath[str],
        upload_id: FromPath[UUID],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[None]:
        """How much has arrived."""
        application = await _owned(uow, visitor, reference, slot)
        return _standing(await get_owned_upload(uow, application, slot, upload_id), 204)

    @patch("/{upload_id:uuid}", guards=[receive_piece], status_code=200)
    async def append(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        slot: FromPath[str],
        upload_id: FromPath[UUID],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        files: NamedDependency[FileStore],
        limiter: NamedDependency[Limiter],
    ) -> Response[Any]:
        """Take the next piece; with the last one the chat goes on, or the form says why the file can't be used."""
        application = await _owned(uow, visitor, reference, slot, for_update=True)
        await limiter.check("upload_pieces", str(application.applicant_id), _PIECES)
        arriving = await get_owned_upload(uow, application, slot, upload_id)
        piece: Piece = request.scope["state"]["piece"]
        if piece.offset != arriving.offset or arriving.is_complete:
            return _mismatch(arriving, piece)
        try:
            await _take(uow, files, application, arriving, piece)
        except UploadRefused as refused:
            await drop_upload(uow, files, arriving)
            return await _refuse(request, uow, application, slot, refused)
        if not arriving.is_complete:
            return _standing(arriving, 204)
        return redirect(request, f"/applications/{reference}/chat")

    @delete("/{upload_id:uuid}", status_code=204)
    async def cancel(
        self,
        reference: FromPath[str],
        slot: FromPath[str],
        upload_id: FromPath[UUID],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        files: NamedDependency[FileStore],
    ) -> None:
        """Drop what has arrived; what became a document stays one."""
        application = await _owned(uow, visitor, reference, slot, for_update=True)
        await drop_upload(uow, files, await get_owned_upload(uow, application, slot, upload_id))


async def _take(
    uow: UnitOfWork, files: FileStore, application: Application, arriving: UnfinishedUpload, piece: Piece
) -> None:
    """Judged by its beginning as soon as that is there, so that nobody sends 20 MB of what can't be used."""
    if not piece.data:
        return
    person, slot, size = application.applicant_id, arriving.slot, arriving.size_bytes
    if piece.offset == 0 and len(piece.data) >= SNIFFED:
        judge(piece.data[:HEAD], size, slot)
    await append_piece(uow, files, person, arriving, piece.data)
    if arriving.is_complete:
        media_type = judge(await read_head(read_pieces(uow, files, person, arriving)), size, slot)
        await upload(uow, files, application, slot, read_pieces(uow, files, person, arriving), media_type)
        drop_pieces(uow, files, arriving)


def _standing(arriving: UnfinishedUpload, status: int, headers: dict[str, str] | None = None) -> Response[None]:
    """Nothing but headers: a connection may be too bad for more."""
    told = {
        "Upload-Offset": str(arriving.offset),
        "Upload-Length": str(arriving.size_bytes),
        "Upload-Complete": "?1" if arriving.is_complete else "?0",
        "Cache-Control": "no-store",
    }
    return Response(None, status_code=status, headers=told | (headers or {}))


def _mismatch(arriving: UnfinishedUpload, piece: Piece) -> Response[Any]:
    """The sender missed an answer, or another page of theirs was first: this is where to go on."""
    problem = {
        "type": "https://iana.org/assignments/http-problem-types#mismatching-upload-offset",
        "title": "mismatching upload offset",
        "expected-offset": arriving.offset,
        "provided-offset": piece.offset,
    }
    headers = dict(_standing(arriving, 409).headers)
    return Response(problem, status_code=409, headers=headers, media_type="application/problem+json")


async def _owned(
    uow: UnitOfWork, visitor: Visitor, reference: str, slot: str, *, for_update: bool = False
) -> Application:
    applicant = visitor.require_applicant()
    application = await get_owned_application(uow, reference, applicant, for_update=for_update)
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


CONTROLLERS: tuple[type[Controller], ...] = (DocumentController, UploadController)
