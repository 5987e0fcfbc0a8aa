"""Streams under seal: whatever was done to the ciphertext, it does not open."""

import os
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.db.vault import CHUNK, PersonCipher, Unsealable

CIPHER = PersonCipher(os.urandom(32))
HEADER, SEALED = 33, CHUNK + 16
PLAIN = os.urandom(3 * CHUNK + 100)


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def seal(data: bytes, size: int = 10_000, cipher: PersonCipher = CIPHER) -> bytes:
    return b"".join([piece async for piece in cipher.seal_stream("file.a", pieces(data, size))])


async def open_(envelope: bytes, size: int = 7_777, place: str = "file.a", cipher: PersonCipher = CIPHER) -> bytes:
    return b"".join([piece async for piece in cipher.open_stream(place, pieces(envelope, size))])


@given(
    length=st.sampled_from([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1]),
    into=st.sampled_from([1, 1000, CHUNK, 5 * CHUNK]),
    out=st.sampled_from([17, SEALED, SEALED + 1, 5 * CHUNK]),
)
async def test_any_length_in_pieces_of_any_size(length: int, into: int, out: int) -> None:
    data = PLAIN[:length]
    envelope = await seal(data, into)
    assert await open_(envelope, out) == data
    assert CIPHER.open_bytes("file.a", envelope) == data


async def _changes() -> dict[str, bytes]:
    whole, other = await seal(PLAIN), await seal(PLAIN)
    chunks = [whole[at : at + SEALED] for at in range(HEADER, len(whole), SEALED)]
    foreign = [other[at : at + SEALED] for at in range(HEADER, len(other), SEALED)]
    header = whole[:HEADER]
    return {
        "nothing": b"",
        "only a header": header,
        "half a header": header[:20],
        "another version": b"\x03" + whole[1:],
        "another salt": header[:-1] + bytes([header[-1] ^ 1]) + whole[HEADER:],
        "the end cut off": whole[:-1],
        "the last chunk cut off": header + b"".join(chunks[:-1]),
        "something added": whole + b"\x00",
        "a chunk added": whole + chunks[0],
        "a chunk left out": header + b"".join(chunks[1:]),
        "two chunks swapped": header + chunks[1] + chunks[0] + chunks[2] + chunks[3],
        "a chunk twice": header + chunks[0] + chunks[0] + chunks[2] + chunks[3],
        "a chunk of another file": header + chunks[0] + foreign[1] + chunks[2] + chunks[3],
        "a bit turned": whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:],
    }


async def test_a_changed_stream_does_not_open() -> None:
    for change, envelope in (await _changes()).items():
        with pytest.raises(Unsealable):
            raise AssertionError(f"{change}: {len(await open_(envelope))}")
        with pytest.raises(Unsealable):
            raise AssertionError(f"{change}: {len(CIPHER.open_bytes('file.a', envelope))}")


async def test_a_stream_opens_only_in_its_place_and_for_its_person() -> None:
    envelope = await seal(PLAIN)
    with pytest.raises(Unsealable):
        await open_(envelope, place="file.b")
    with pytest.raises(Unsealable):
        await open_(envelope, cipher=PersonCipher(os.urandom(32)))
    with pytest.raises(Unsealable):
        await open_(CIPHER.seal_bytes("file.a", PLAIN))


async def test_the_same_file_never_looks_the_same() -> None:
    assert await seal(b"same") != await seal(b"same")
