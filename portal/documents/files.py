"""Files at rest: sealed before they leave the process, in a folder or a bucket.

The store knows keys and ciphertext only. A file's ciphertext is bound to its key (`file.<key>`), so one file can't be
passed off as another.
"""

from uuid import UUID

from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from portal.db.uow import UnitOfWork
from portal.domain.errors import Unavailable


class StorageUnavailable(Unavailable):
    """The folder or bucket does not answer."""


class FileMissing(Exception):
    """There is no file under this key."""


class FileStore:
    """`url` is `file:///folder` (made when missing) or `s3://bucket/prefix`; keys are paths with slashes."""

    def __init__(self, url: str) -> None:
        self._store: ObjectStore = from_url(url, mkdir=True) if url.startswith("file:") else from_url(url)

    async def put(self, key: str, data: bytes) -> None:
        """Write or replace; raises StorageUnavailable."""
        try:
            await self._store.put_async(key, data)
        except (BaseError, OSError) as error:
            raise StorageUnavailable from error

    async def get(self, key: str) -> bytes:
        """The whole file; raises FileMissing or StorageUnavailable."""
        try:
            found = await self._store.get_async(key)
            return bytes(await found.bytes_async())
        except FileNotFoundError as error:
            raise FileMissing(key) from error
        except (BaseError, OSError) as error:
            raise StorageUnavailable from error

    async def delete(self, key: str) -> None:
        """Gone afterwards, also if it was gone before; raises StorageUnavailable."""
        try:
            await self._store.delete_async(key)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise StorageUnavailable from error


def place(key: str) -> str:
    """Where a file is sealed."""
    return f"file.{key}"


async def put_sealed(uow: UnitOfWork, files: FileStore, person_id: UUID, key: str, data: bytes) -> None:
    """Seal for the person and write."""
    await files.put(key, (await uow.cipher(person_id)).seal_bytes(place(key), data))


async def get_sealed(uow: UnitOfWork, files: FileStore, person_id: UUID, key: str) -> bytes:
    """Read and open; raises FileMissing, StorageUnavailable or Unsealable."""
    return (await uow.cipher(person_id)).open_bytes(place(key), await files.get(key))


def original_key(document_id: UUID) -> str:
    """What the applicant sent, until it is read."""
    return f"documents/{document_id}/original"


def page_key(document_id: UUID, number: int) -> str:
    """A page as kept: re-encoded, upright, without metadata; numbers count from 0."""
    return f"documents/{document_id}/page-{number}.jpg"


def thumbnail_key(document_id: UUID) -> str:
    """The small picture for lists."""
    return f"documents/{document_id}/thumbnail.jpg"
