"""Personal data at rest: AES-256-GCM under one data key a person, wrapped by a key ring; blind indexes for search.

Envelope layout `1 byte version | 12 bytes nonce | ciphertext and tag`. The associated data names the place
(`table.column.row`), so a ciphertext moved to another row or column does not open. Destroying a person's row in
`person_key` makes everything sealed for them unreadable, in backups too once those expire (PIPL 47).

What is too large to be whole in memory is sealed as `1 byte version | 32 bytes salt | chunks`, by the STREAM
construction (Hoang, Reyhanitabar, Rogaway and Vizár, Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, CRYPTO 2015): each chunk's nonce is its number and whether it is the last, so that none can be cut
off, left out, moved or taken from elsewhere. The key is the file's own, HKDF-SHA-256 of the person's key and the salt;
therefore counting from zero never repeats a nonce.
"""

import base64
import hmac
import os
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SYSTEM_PERSON = UUID(int=0)
"""Owner of what belongs to no applicant yet: one-time codes on their way out, staff secrets."""

CHUNK = 64 * 1024
"""Bytes of plaintext in every chunk of a stream but the last."""

_VERSION = b"\x01"
_STREAM = b"\x02"
_SALT = 32
_SEALED_CHUNK = CHUNK + 16


class Unsealable(Exception):
    """A ciphertext that was changed, moved, or whose key is gone."""


def _seal(key: bytes, place: str, plain: bytes) -> bytes:
    nonce = os.urandom(12)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plain, place.encode())


def _open(key: bytes, place: str, envelope: bytes) -> bytes:
    if envelope[:1] != _VERSION:
        raise Unsealable("unknown envelope version")
    try:
        return AESGCM(key).decrypt(envelope[1:13], envelope[13:], place.encode())
    except InvalidTag:
        raise Unsealable(f"does not open at {place.split('.', maxsplit=1)[0]}") from None


class _Chunks:
    """One stream's chunks, in order; `seal` and `open` are called for each once."""

    def __init__(self, key: bytes, salt: bytes, place: str) -> None:
        self._aead = AESGCM(HKDF(SHA256(), 32, salt, b"xindai stream").derive(key))
        self._place = place.encode()
        self._number = 0

    def seal(self, chunk: bytes, *, last: bool) -> bytes:
        return self._aead.encrypt(self._next_nonce(last), chunk, self._place)

    def open(self, chunk: bytes, *, last: bool) -> bytes:
        try:
            return self._aead.decrypt(self._next_nonce(last), chunk, self._place)
        except InvalidTag:
            raise Unsealable("a chunk does not open") from None

    def _next_nonce(self, last: bool) -> bytes:
        nonce = self._number.to_bytes(11, "big") + bytes([last])
        self._number += 1
        return nonce


def _take(buffer: bytearray, size: int) -> bytes:
    taken = bytes(buffer[:size])
    del buffer[:size]
    return taken


class PersonCipher:
    """Seals and opens one person's data."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, place: str, text: str) -> bytes:
        """Encrypt a text for one place, `table.column.row`."""
        return _seal(self._key, place, text.encode())

    def open(self, place: str, envelope: bytes) -> str:
        """Decrypt; raises Unsealable when the ciphertext was changed or belongs elsewhere."""
        return _open(self._key, place, envelope).decode()

    def seal_bytes(self, place: str, data: bytes) -> bytes:
        """Encrypt a file or an image."""
        return _seal(self._key, place, data)

    def open_bytes(self, place: str, envelope: bytes) -> bytes:
        """Decrypt a file or an image, also one sealed as a stream; raises Unsealable."""
        if envelope[:1] != _STREAM:
            return _open(self._key, place, envelope)
        chunks, start = _Chunks(self._key, envelope[1 : 1 + _SALT], place), 1 + _SALT
        last = start + max(0, len(envelope) - start - 1) // _SEALED_CHUNK * _SEALED_CHUNK
        return b"".join(
            chunks.open(envelope[at : at + _SEALED_CHUNK], last=at == last)
            for at in range(start, last + 1, _SEALED_CHUNK)
        )

    async def seal_stream(self, place: str, pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """Encrypt what comes, in pieces of any size, holding one chunk at a time."""
        salt, rest = os.urandom(_SALT), bytearray()
        chunks = _Chunks(self._key, salt, place)
        yield _STREAM + salt
        async for piece in pieces:
            rest += piece
            while len(rest) > CHUNK:  # exactly one chunk may be the last
                yield chunks.seal(_take(rest, CHUNK), last=False)
        yield chunks.seal(bytes(rest), last=True)

    async def open_stream(self, place: str, pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """Decrypt what `seal_stream` made, in pieces of any size; raises Unsealable.

        Every chunk that comes out is authentic, but only the end says that nothing is missing: whoever takes chunks
        before it must be able to take them back.
        """
        chunks, rest = None, bytearray()
        async for piece in pieces:
            rest += piece
            if chunks is None and len(rest) > _SALT:
                if _take(rest, 1) != _STREAM:
                    raise Unsealable("not sealed as a stream")
                chunks = _Chunks(self._key, _take(rest, _SALT), place)
            while chunks is not None and len(rest) > _SEALED_CHUNK:
                yield chunks.open(_take(rest, _SEALED_CHUNK), last=False)
        if chunks is None:
            raise Unsealable("a stream without its beginning")
        yield chunks.open(bytes(rest), last=True)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Key-encryption keys by id; the first is the one new data keys are wrapped with."""

    keys: Mapping[str, bytes]
    index_key: bytes

    @classmethod
    def from_config(cls, data_keys: str, index_secret: str) -> "KeyRing":
        """Parse `id:base64,id:base64` (32 bytes each); the index key is derived from the secret."""
        keys = {}
        for entry in data_keys.split(","):
            key_id, _, encoded = entry.strip().partition(":")
            keys[key_id] = base64.b64decode(encoded)
        if not keys or any(len(key) != 32 for key in keys.values()):
            raise ValueError("XINDAI_DATA_KEYS must hold id:base64 pairs of 32-byte keys")
        return cls(keys, hmac.digest(index_secret.encode(), b"xindai blind index", "sha256"))

    @property
    def current(self) -> str:
        """Id of the key new data keys are wrapped with."""
        return next(iter(self.keys))

    def new_data_key(self, person: UUID) -> tuple[str, bytes, PersonCipher]:
        """A fresh data key: (key id, wrapped key, cipher)."""
        key = os.urandom(32)
        return self.current, _seal(self.keys[self.current], f"person_key.{person}", key), PersonCipher(key)

    def unwrap(self, person: UUID, key_id: str, wrapped: bytes) -> PersonCipher:
        """The cipher for a stored data key; raises Unsealable when the ring has no such key."""
        if key_id not in self.keys:
            raise Unsealable(f"key ring has no key {key_id}")
        return PersonCipher(_open(self.keys[key_id], f"person_key.{person}", wrapped))

    def blind_index(self, kind: str, value: str) -> bytes:
        """Equality search without the value: HMAC-SHA-256 of the normal form, separated by kind."""
        return hmac.digest(self.index_key, f"{kind}\x00{value}".encode(), sha256)
