"""A file while it arrives: counted, and never on the disk in clear.

Small ones stay in memory. What is larger goes to an unnamed file, sealed piece by piece under a key that only this
object knows: whoever finds the blocks later finds nothing.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile
from typing import Final

from portal.db.vault import PersonCipher

IN_MEMORY: Final = 512 * 1024
"""Bytes; a photograph that the browser made small stays below."""
PIECE: Final = 64 * 1024


class Spool:
    """`size` counts what was offered; once it is over `most`, `too_large` is set and nothing more is kept."""

    def __init__(self, most: int) -> None:
        self.size = 0
        self._most = most
        self._rest = bytearray()
        self._lengths: list[int] = []
        self._cipher = PersonCipher(os.urandom(32))
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by `close`

    @property
    def too_large(self) -> bool:
        """More came than is taken."""
        return self.size > self._most

    async def write(self, data: bytes | bytearray) -> None:
        """Take the next bytes."""
        self.size += len(data)
        if self.too_large:
            return
        self._rest += data
        while len(self._rest) >= PIECE:
            await self._put(bytes(self._rest[:PIECE]))
            del self._rest[:PIECE]

    async def pieces(self) -> AsyncIterator[bytes]:
        """What was written, from the beginning, in pieces of 64 KB."""
        at = 0
        for number, length in enumerate(self._lengths):
            sealed = await asyncio.to_thread(self._read, at, length)
            yield self._cipher.open_bytes(f"spool.piece.{number}", sealed)
            at += length
        if self._rest:
            yield bytes(self._rest)

    def close(self) -> None:
        """The unnamed file goes."""
        self._file.close()

    async def _put(self, piece: bytes) -> None:
        sealed = self._cipher.seal_bytes(f"spool.piece.{len(self._lengths)}", piece)
        await asyncio.to_thread(self._write, sealed)
        self._lengths.append(len(sealed))

    def _write(self, sealed: bytes) -> None:
        self._file.seek(0, os.SEEK_END)
        self._file.write(sealed)

    def _read(self, at: int, length: int) -> bytes:
        self._file.seek(at)
        return self._file.read(length)
