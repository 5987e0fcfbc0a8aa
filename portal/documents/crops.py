"""The piece of a picture that a value was read from, to stand beside the value. The applicant's own only."""

from functools import partial
from io import BytesIO
from uuid import UUID

from anyio import to_thread
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from PIL import Image

from portal.applications.queries import get_owned_application
from portal.db.uow import UnitOfWork
from portal.documents.files import FileMissing, FileStore, get_sealed, page_key
from portal.documents.queries import list_documents
from portal.domain.errors import NotFound
from portal.web.auth import Visitor

_HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": "inline",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
# A line of print needs no more on a phone; a field that fills a page is not sent whole.
_WIDEST = 900


class CropController(Controller):
    """Named by the field, not by coordinates: nobody walks over a picture with it."""

    path = "/applications/{reference:str}/documents/{document_id:uuid}/crops"

    @get("/{name:str}")
    async def show_crop(
        self,
        reference: FromPath[str],
        document_id: FromPath[UUID],
        name: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        files: NamedDependency[FileStore],
    ) -> Response[bytes]:
        """Raises NotFound for other people's documents, and where nothing was read or kept."""
        application = await get_owned_application(uow, reference, visitor.require_applicant())
        current = await list_documents(uow, application.id)
        document = next((one for one in current.values() if one.id == document_id), None)
        field = document.fields.get(name) if document is not None else None
        if document is None or field is None or field.frame is None or field.page >= document.page_count:
            raise NotFound
        try:
            page = await get_sealed(uow, files, application.applicant_id, page_key(document.id, field.page))
        except FileMissing:
            raise NotFound from None
        return Response(
            await to_thread.run_sync(partial(cut_out, page, field.frame)), media_type="image/jpeg", headers=_HEADERS
        )


def cut_out(jpeg: bytes, frame: tuple[int, int, int, int]) -> bytes:
    """The frame of one of our own JPEGs, as a JPEG; what of it lies outside the page is left off."""
    left, top, right, bottom = frame
    with Image.open(BytesIO(jpeg), formats=["JPEG"]) as page:
        box = (max(0, left), max(0, top), min(page.width, right), min(page.height, bottom))
        if box[0] >= box[2] or box[1] >= box[3]:
            raise NotFound
        piece = page.crop(box)
    piece.thumbnail((_WIDEST, _WIDEST))
    out = BytesIO()
    piece.save(out, "JPEG", quality=85)
    return out.getvalue()
