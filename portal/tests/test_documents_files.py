"""Files at rest, in a folder and in a bucket: what goes in comes out, and half a file never does."""

import os
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from portal.db.uow import UnitsOfWork
from portal.db.vault import Unsealable
from portal.documents.files import (
    FileMissing,
    FileStore,
    StorageUnavailable,
    get_sealed,
    get_sealed_stream,
    put_sealed,
    put_sealed_stream,
)
from portal.testing.factories import make_draft
from portal.testing.s3 import S3

LARGE = os.urandom(11 * 1024 * 1024)
KEY = "documents/a/original"


class ClientGone(Exception):
    pass


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "bucket":
        return FileStore(request.getfixturevalue("bucket_url"))
    return FileStore((tmp_path / "有 空格" / "files").as_uri())


async def pieces(data: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def broken(data: bytes) -> AsyncIterator[bytes]:
    async for piece in pieces(data):
        yield piece
    raise ClientGone


async def collected(stream: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in stream])


async def test_a_file_is_written_replaced_and_deleted_twice(store: FileStore) -> None:
    await store.put("a/b", b"1")
    await store.put("a/b", b"2")
    assert await store.get("a/b") == b"2"
    await store.delete("a/b")
    await store.delete("a/b")
    with pytest.raises(FileMissing):
        await store.get("a/b")
    with pytest.raises(FileMissing):
        await collected(store.get_stream("a/b"))


@pytest.mark.parametrize("data", [b"", b"short", LARGE], ids=["nothing", "one part", "several parts"])
async def test_what_is_streamed_in_is_streamed_out(store: FileStore, data: bytes) -> None:
    await store.put_stream("a/b", pieces(data))
    assert await store.get("a/b") == data
    assert await collected(store.get_stream("a/b")) == data


@pytest.mark.parametrize("data", [b"short", LARGE], ids=["one part", "several parts"])
async def test_a_stream_that_breaks_off_leaves_what_was_there(store: FileStore, data: bytes) -> None:
    with pytest.raises(ClientGone):
        await store.put_stream("a/b", broken(data))
    with pytest.raises(FileMissing):
        await store.get("a/b")
    await store.put("a/b", b"before")
    with pytest.raises(ClientGone):
        await store.put_stream("a/b", broken(data))
    assert await store.get("a/b") == b"before"


async def test_a_broken_stream_leaves_no_rest_behind(bucket_url: str, s3: S3, tmp_path: Path) -> None:
    for url in (bucket_url, tmp_path.as_uri()):
        with pytest.raises(ClientGone):
            await FileStore(url).put_stream("a/b", broken(LARGE))
    assert s3.count_unfinished() == 0
    assert not any(names for _, _, names in os.walk(tmp_path))


async def test_a_bucket_that_is_away_is_said_to_be(bucket_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    store = FileStore(bucket_url)
    for act in (store.put("a", b"1"), store.put_stream("a", pieces(b"1")), store.get("a"), store.delete("a")):
        with pytest.raises(StorageUnavailable):
            await act


async def test_a_file_opens_only_under_its_own_key_and_person(units: UnitsOfWork, store: FileStore) -> None:
    one, other = await make_draft(units), await make_draft(units)
    async with units.begin() as uow:
        await put_sealed(uow, store, one.applicant_id, "documents/a/page-0.jpg", b"plain")
        await put_sealed_stream(uow, store, one.applicant_id, KEY, pieces(b"plain"))
        for key in ("documents/a/page-0.jpg", KEY):
            assert await get_sealed(uow, store, one.applicant_id, key) == b"plain"
            await store.put("documents/b/page-0.jpg", await store.get(key))
            with pytest.raises(Unsealable):
                await get_sealed(uow, store, one.applicant_id, "documents/b/page-0.jpg")
            with pytest.raises(Unsealable):
                await get_sealed(uow, store, other.applicant_id, key)


async def test_a_large_original_is_sealed_on_its_way(units: UnitsOfWork, store: FileStore) -> None:
    person = (await make_draft(units)).applicant_id
    async with units.begin() as uow:
        stored = await put_sealed_stream(uow, store, person, KEY, pieces(LARGE))
        assert (stored.size, stored.sha256) == (len(LARGE), sha256(LARGE).hexdigest())
        kept = await store.get(KEY)
        assert LARGE[:64] not in kept
        assert len(LARGE) < len(kept) < len(LARGE) * 1.001
        assert await get_sealed(uow, store, person, KEY) == LARGE
        assert await collected(get_sealed_stream(uow, store, person, KEY)) == LARGE
        await store.put(KEY, kept[:-1])
        with pytest.raises(Unsealable):
            await collected(get_sealed_stream(uow, store, person, KEY))
