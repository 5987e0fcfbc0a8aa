"""The door of this package: documents in, readings out, whatever happens to the process in between."""

import asyncio
import multiprocessing
import os
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from workers.ocr.child import Limits, serve
from workers.ocr.errors import ModelMissing, ReadInterrupted
from workers.ocr.reading import Reading

_START_SECONDS = 60.0


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
        timeout_seconds: float = 180.0,
    ) -> None:
        self._home = (home or Path(os.environ.get("XINDAI_HOME") or ".xindai")).absolute()
        self._models = models or (Path(elsewhere) if (elsewhere := os.environ.get("XINDAI_OCR_MODELS")) else None)
        self._limits = limits or Limits(threads=min(2, os.cpu_count() or 1))
        self._recycle_after = recycle_after
        self._timeout = timeout_seconds
        self._turn = asyncio.Lock()
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._reads = 0

    async def start(self) -> None:
        """Load the models now rather than at the first read; ModelMissing says which file is not there."""
        async with self._turn:
            await self._ready()

    async def aclose(self) -> None:
        """End the process; a read under way is interrupted."""
        self._end()

    async def read(self, data: bytes | Path) -> Reading:
        """What the document says; ReadInterrupted (retryable) when the process was lost.

        A file that can't be used is not an error: its reading carries the reason in `quality`.
        """
        async with self._turn:
            connection = await self._ready()
            try:
                reading = await asyncio.to_thread(self._exchange, connection, data)
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
        return self._process.pid if self._process else None

    def _exchange(self, connection: Connection, data: bytes | Path) -> Reading:
        connection.send(data)
        if not connection.poll(self._timeout):
            raise TimeoutError
        _, reading = connection.recv()
        return reading  # type: ignore[no-any-return]

    async def _ready(self) -> Connection:
        if self._process is None or self._connection is None or not self._process.is_alive():
            self._end()
            try:
                await asyncio.to_thread(self._spawn)
            except (OSError, EOFError, TimeoutError):
                self._end()
                raise ReadInterrupted from None
            except (ModelMissing, asyncio.CancelledError):
                self._end()
                raise
        assert self._connection is not None  # noqa: S101
        return self._connection

    def _spawn(self) -> None:
        # spawn, not fork: ONNX Runtime's threads and an asyncio parent do not survive a fork.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=serve, args=(theirs, self._home, self._models, self._limits), name="xindai-ocr", daemon=True
        )
        process.start()
        theirs.close()
        self._process, self._connection, self._reads = process, ours, 0
        if not ours.poll(_START_SECONDS):
            raise TimeoutError
        state, sentence = ours.recv()
        if state == "missing":
            raise ModelMissing(sentence)

    def _end(self) -> None:
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if process is not None:
            process.kill()
            process.join(5)
            process.close()
        if connection is not None:
            connection.close()
