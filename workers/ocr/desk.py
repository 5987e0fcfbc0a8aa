"""Where documents are read, one after another, in the child process.

Answers are `("ready", None)` or `("missing", sentence)` once, then `("read", Reading)` for every document. Anything
unforeseen ends the process, which may be spoilt; the parent starts another.
"""

import resource
from multiprocessing.connection import Connection
from pathlib import Path

import cv2

from portal.domain.clock import today
from workers.ocr.document import read_document
from workers.ocr.engine import Engine
from workers.ocr.errors import ModelMissing
from workers.ocr.limits import Limits
from workers.ocr.models import locate_models
from workers.ocr.reading import Reading


def work(connection: Connection, home: Path, elsewhere: Path | None, limits: Limits) -> None:
    """Load the models, then read whatever comes: the bytes of a file, or its path."""
    cv2.setNumThreads(limits.threads)
    try:
        engine = Engine(locate_models(home, elsewhere), limits.threads)
    except ModelMissing as missing:
        connection.send(("missing", str(missing)))
        return
    _bound_memory(limits.memory)
    connection.send(("ready", None))
    while True:
        try:
            data = connection.recv()
        except EOFError:
            return
        connection.send(("read", _read(data, engine)))


def _read(data: bytes | Path, engine: Engine) -> Reading:
    if isinstance(data, Path):
        try:
            data = data.read_bytes()
        except OSError:
            return Reading("unknown", "unreadable")
    return read_document(data, engine, today())


def _bound_memory(allowance: int) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    ceiling = pages * resource.getpagesize() + allowance
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
