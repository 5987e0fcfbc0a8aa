"""Files at rest: sealed before they leave the process, in a folder or a bucket.

The store knows keys and ciphertext only. A file's ciphertext is bound to its key (`file.<key>`), so one file can't be
passed off as another.
"""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from portal.db.uow import UnitOfWork
from portal.domain.errors import Unavailable

_PART = 5 * 1024 * 1024
"""The least S3 takes as one part of an upload; two of them may be in memory for one file."""


class StorageUnavailable(Unavailable):
    """The folder or bucket does not answer."""


class FileMissing(Exception):
    """There is no file under this key."""


class FileStore:
    """`url` is `file:///folder` (made when missing) or `s3://bucket/prefix`; keys are paths with slashes.

    A bucket's endpoint, region and credentials are the usual `AWS_…` variables'.
    """

    def __init__(self, url: str) -> None:
        self._store: ObjectStore = _open_store(url)

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

    async def put_stream(self, key: str, pieces: AsyncIterable[bytes]) -> None:
        """Write or replace what comes, without ever holding it whole; raises StorageUnavailable.

        When `pieces` raises, its error passes and the file stays as it was.
        """
        try:
            # Not put_async with an iterator: it is driven from another thread, and ends the process at times when the
            # iterator raises (obstore 0.12).
            async with obstore.open_writer_async(self._store, key, buffer_size=_PART, max_concurrency=1) as writer:
                async for piece in pieces:
                    await writer.write(piece)
        except (BaseError, OSError) as error:
            raise StorageUnavailable from error

    async def get_stream(self, key: str) -> AsyncIterator[bytes]:
        """The file in pieces as they arrive; raises FileMissing or StorageUnavailable, at any piece."""
        try:
            async for piece in (await self._store.get_async(key)).stream(min_chunk_size=256 * 1024):
                yield bytes(piece)
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


def _open_store(url: str) -> ObjectStore:
    if url.startswith("file:"):
        return from_url(url, mkdir=True)
    # Somebody waits for the answer: the default is to try for three minutes.
    return from_url(url, retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=10)})


@dataclass(frozen=True, slots=True)
class Stored:
    """What a stream held before it was sealed: bytes, and their SHA-256 in hex."""

    size: int
    sha256: str


def place(key: str) -> str:
    """Where a file is sealed."""
    return f"file.{key}"


async def put_sealed(uow: UnitOfWork, files: FileStore, person_id: UUID, key: str, data: bytes) -> None:
    """Seal for the person and write."""
    await files.put(key, (await uow.cipher(person_id)).seal_bytes(place(key), data))


async def put_sealed_stream(
    uow: UnitOfWork, files: FileStore, person_id: UUID, key: str, pieces: AsyncIterable[bytes]
) -> Stored:
    """Seal for the person and write while it comes, in pieces of any size; raises StorageUnavailable.

    What `pieces` raises (too large, too slow, the client left) passes, and nothing is kept. `get_sealed` reads it too.
    """
    size, digest = 0, sha256()

    async def count() -> AsyncIterator[bytes]:
        nonlocal size
        async for piece in pieces:
            size += len(piece)
            digest.update(piece)
            yield piece

    await files.put_stream(key, (await uow.cipher(person_id)).seal_stream(place(key), count()))
    return Stored(size, digest.hexdigest())


async def get_sealed_stream(uow: UnitOfWork, files: FileStore, person_id: UUID, key: str) -> AsyncIterator[bytes]:
    """Read and open what `put_sealed_stream` wrote, in pieces; raises as `get_sealed` does, at any piece."""
    async for chunk in (await uow.cipher(person_id)).open_stream(place(key), files.get_stream(key)):
        yield chunk


async def get_sealed(uow: UnitOfWork, files: FileStore, person_id: UUID, key: str) -> bytes:
    """Read and open; raises FileMissing, StorageUnavailable or Unsealable."""
    return (await uow.cipher(person_id)).open_bytes(place(key), await files.get(key))


def answers_key(application_id: UUID) -> str:
    """The sheet of answers, drawn once the application is handed in."""
    return f"applications/{application_id}/answers.pdf"


def original_key(document_id: UUID) -> str:
    """What the applicant sent, until it is read."""
    return f"documents/{document_id}/original"


def page_key(document_id: UUID, number: int) -> str:
    """A page as kept: re-encoded, upright, without metadata; numbers count from 0."""
    return f"documents/{document_id}/page-{number}.jpg"


def thumbnail_key(document_id: UUID) -> str:
    """The small picture for lists."""
    return f"documents/{document_id}/thumbnail.jpg"
