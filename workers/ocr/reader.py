"""The door of this package: documents in, readings out, whatever happens to the process in between."""

import asyncio
import multiprocessing
import os
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from workers.ocr.child import serve
from workers.ocr.errors import ModelMissing, ReadInterrupted
from workers.ocr.limits import Limits
from workers.ocr.reading import KindName, Reading

_START_SECONDS = 60.0
READ_SECONDS = 110.0
"""For one document: twenty pages on a busy machine."""
PAGE_SECONDS = 20.0
"""For one page until its pixels are there. Ordinary ones take one; a PDF can be written to take years."""


class TooMuch(Exception):
    """A page that does not end. Another try would not either."""


@dataclass(frozen=True, slots=True)
class _Child:
    """A process that has loaded its models, and the line to it."""

    process: BaseProcess
    connection: Connection

    def exchange(
        self, data: bytes | Path, expected: KindName | None, timeout_seconds: float, page_seconds: float
    ) -> Reading:
        """TooMuch when it is the file that takes the time, TimeoutError when it is the reading."""
        self.connection.send((data, expected))
        deadline, decoding = time.monotonic() + timeout_seconds, False
        while True:
            left = max(0.0, deadline - time.monotonic())
            hurried = decoding and page_seconds < left
            if not self.connection.poll(page_seconds if hurried else left):
                raise TooMuch if hurried else TimeoutError
            state, reading = self.connection.recv()
            if state == "read":
                return reading  # type: ignore[no-any-return]
            decoding = state == "decoding"

    def end(self) -> None:
        self.process.kill()
        self.process.join(5)
        self.process.close()
        self.connection.close()


class DocumentReader:
    """One spawned OCR process answering one call at a time, renewed after `recycle_after` reads or a crash.

    `home` keeps the built models, `models` names other PaddleOCR models; both default to the environment's
    (`XINDAI_HOME`, `XINDAI_OCR_MODELS`). Several callers may share a reader: they wait their turn.
    """

    def __init__(
        self,
        *,
        home: Path | None = None,
        models: Path | None = None,
        limits: Limits | None = None,
        recycle_after: int = 500,
        timeout_seconds: float = READ_SECONDS,
        page_seconds: float = PAGE_SECONDS,
    ) -> None:
        self._home = (home or Path(os.environ.get("XINDAI_HOME") or ".xindai")).absolute()
        self._models = models or (Path(elsewhere) if (elsewhere := os.environ.get("XINDAI_OCR_MODELS")) else None)
        self._limits = limits or Limits()
        self._recycle_after = recycle_after
        self._timeout, self._page_timeout = timeout_seconds, page_seconds
        self._turn = asyncio.Lock()
        self._child: _Child | None = None
        self._reads = 0

    async def start(self) -> None:
        """Load the models now rather than at the first read; ModelMissing says which file is not there."""
        async with self._turn:
            await self._ready()

    async def aclose(self) -> None:
        """End the process; a read under way is interrupted."""
        self._end()

    async def read(self, data: bytes | Path, expected: KindName | None = None) -> Reading:
        """What the document says; ReadInterrupted (retryable) when the process was lost.

        `expected` is the kind that was asked for, where the wrong side of a card is to be refused.
        A file that can't be used is not an error: its reading carries the reason in `quality`.
        """
        async with self._turn:
            child = await self._ready()
            try:
                reading = await asyncio.to_thread(child.exchange, data, expected, self._timeout, self._page_timeout)
            except TooMuch:
                self._end()
                return Reading("unknown", "unreadable")
            except (OSError, EOFError, TimeoutError):
                self._end()
                raise ReadInterrupted from None
            except asyncio.CancelledError:
                # Nobody waits for the answer any more, and it must not be taken for the next one's.
                self._end()
                raise
            self._reads += 1
            if self._reads >= self._recycle_after:
                self._end()
            return reading

    @property
    def pid(self) -> int | None:
        """The process that reads, None between processes."""
        return self._child.process.pid if self._child else None

    async def _ready(self) -> _Child:
        if self._child is not None and self._child.process.is_alive():
            return self._child
        self._end()
        starting = asyncio.ensure_future(asyncio.to_thread(_spawn, self._home, self._models, self._limits))
        try:
            self._child = await asyncio.shield(starting)
        except (OSError, EOFError, TimeoutError):
            raise ReadInterrupted from None
        except asyncio.CancelledError:
            starting.add_done_callback(_end_unwanted)
            raise
        self._reads = 0
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


def _spawn(home: Path, models: Path | None, limits: Limits) -> _Child:
    # spawn, not fork: ONNX Runtime's threads and an asyncio parent do not survive a fork.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, home, models, limits), name="xindai-ocr", daemon=True)
    process.start()
    theirs.close()
    child = _Child(process, ours)
    try:
        if not ours.poll(_START_SECONDS):
            raise TimeoutError
        state, sentence = ours.recv()
        if state == "missing":
            raise ModelMissing(sentence)
    except (OSError, EOFError, ModelMissing):
        child.end()
        raise
    return child


def _end_unwanted(starting: asyncio.Future[_Child]) -> None:
    if starting.exception() is None:
        starting.result().end()
