"""Files that arrive in pieces: begun, appended to, finished or dropped. Each piece is sealed in storage by itself, and
the row counts them, so that any portal process can take the next.

All of it is the owner's: whoever looks an upload up says whose it must be.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from itertools import accumulate
from typing import Final
from uuid import UUID

import structlog
from sqlmodel import col, select

from portal.applications.queries import get_application
from portal.db.models import Application, UnfinishedUpload
from portal.db.uow import UnitOfWork, UnitsOfWork
from portal.documents.files import FileStore, get_sealed, put_sealed
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.errors import Conflict, Invalid, NotFound, Unavailable

log = structlog.get_logger()

PIECE_BYTES: Final = 1024 * 1024
"""At most; a piece is in memory as a whole."""
LIFE: Final = timedelta(hours=24)
_PAGE = 50


async def begin_upload(
    uow: UnitOfWork, files: FileStore, application: Application, slot: str, size: int
) -> UnfinishedUpload:
    """Expect a file of so many bytes for a question, in place of any other; raises Conflict after submission."""
    locked = await get_application(uow, application.id, for_update=True)
    if locked.state is not ApplicationState.DRAFT:
        raise Conflict
    statement = select(UnfinishedUpload).where(
        col(UnfinishedUpload.application_id) == locked.id, col(UnfinishedUpload.slot) == slot
    )
    earlier = (await uow.session.exec(statement)).one_or_none()
    if earlier is not None:
        await drop_upload(uow, files, earlier)
    begun = UnfinishedUpload(application_id=locked.id, slot=slot, size_bytes=size)
    uow.session.add(begun)
    return begun


async def get_owned_upload(uow: UnitOfWork, application: Application, slot: str, upload_id: UUID) -> UnfinishedUpload:
    """An upload of this very application and question, not yet expired; raises NotFound.

    Whoever is going to change it has locked the application.
    """
    statement = select(UnfinishedUpload).where(
        col(UnfinishedUpload.id) == upload_id,
        col(UnfinishedUpload.application_id) == application.id,
        col(UnfinishedUpload.slot) == slot,
        col(UnfinishedUpload.created_at) > now() - LIFE,
    )
    found = (await uow.session.exec(statement)).one_or_none()
    if found is None:
        raise NotFound
    return found


async def append_piece(
    uow: UnitOfWork, files: FileStore, person_id: UUID, upload: UnfinishedUpload, data: bytes
) -> None:
    """Keep the next piece; raises Invalid when more comes than was announced.

    A try that failed after it wrote leaves a file that the next try replaces.
    """
    if upload.offset + len(data) > upload.size_bytes:
        raise Invalid
    await put_sealed(uow, files, person_id, _key(upload.id, upload.offset), data)
    upload.pieces = [*upload.pieces, len(data)]


async def read_pieces(
    uow: UnitOfWork, files: FileStore, person_id: UUID, upload: UnfinishedUpload
) -> AsyncIterator[bytes]:
    """What has arrived, one piece in memory at a time; raises as `get_sealed` does."""
    for key in piece_keys(upload)[:-1]:
        yield await get_sealed(uow, files, person_id, key)


async def drop_upload(uow: UnitOfWork, files: FileStore, upload: UnfinishedUpload) -> None:
    """Forget it; its pieces go once this is committed."""
    drop_pieces(uow, files, upload)
    await uow.session.delete(upload)
    await uow.session.flush()


def drop_pieces(uow: UnitOfWork, files: FileStore, upload: UnfinishedUpload) -> None:
    """They have become a document, or nobody wants them; they go once this is committed."""
    uow.after_commit(partial(_delete_quietly, files, piece_keys(upload)))


async def drop_expired_uploads(units: UnitsOfWork, files: FileStore) -> int:
    """What nobody finished within a day, oldest first; the number of rows that went. Several may do this at once."""
    async with units.begin() as uow:
        statement = (
            select(UnfinishedUpload)
            .where(col(UnfinishedUpload.created_at) <= now() - LIFE)
            .order_by(col(UnfinishedUpload.created_at))
            .limit(_PAGE)
            .with_for_update(skip_locked=True)
        )
        expired = (await uow.session.exec(statement)).all()
        for upload in expired:
            await drop_upload(uow, files, upload)
        return len(expired)


def _key(upload_id: UUID, offset: int) -> str:
    return f"uploads/{upload_id}/{offset}"


def piece_keys(upload: UnfinishedUpload) -> tuple[str, ...]:
    """Where its pieces lie. One past the end, too: a piece that was written by a try whose row never was."""
    return tuple(_key(upload.id, offset) for offset in accumulate(upload.pieces, initial=0))


async def _delete_quietly(files: FileStore, keys: tuple[str, ...]) -> None:
    try:
        for key in keys:
            await files.delete(key)
    except Unavailable as error:
        log.warning("pieces_left_behind", key=keys[0], error=type(error).__name__)
