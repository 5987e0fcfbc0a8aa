"""Personal data at rest: AES-256-GCM under one data key a person, wrapped by a key ring; blind indexes for search.

Envelope layout `1 byte version | 12 bytes nonce | ciphertext and tag`. The associated data names the place
(`table.column.row`), so a ciphertext moved to another row or column does not open. Destroying a person's row in
`person_key` makes everything sealed for them unreadable, in backups too once those expire (PIPL 47).
"""

import base64
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SYSTEM_PERSON = UUID(int=0)
"""Owner of what belongs to no applicant yet: one-time codes on their way out, staff secrets."""

_VERSION = b"\x01"


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
        """Decrypt a file or an image; raises Unsealable."""
        return _open(self._key, place, envelope)


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
