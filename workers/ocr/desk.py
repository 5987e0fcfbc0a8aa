"""Where documents are read, one after another, in the child process.

Answers are `("ready", None)` or `("missing", sentence)` once, then `("read", Reading)` for every document. Before that
come `("decoding", None)` and `("decoded", None)` in turns, a pair a page: so the parent can tell a file that never ends
from a busy machine. Anything unforeseen ends the process, which may be spoilt; the parent starts another.
"""

import resource
from collections.abc import Iterator
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import cv2

from portal.domain.clock import today
from workers.ocr import images
from workers.ocr.document import read_document
from workers.ocr.engine import Engine
from workers.ocr.errors import ModelMissing
from workers.ocr.images import Pixels
from workers.ocr.limits import Limits
from workers.ocr.models import locate_models
from workers.ocr.reading import KindName, Reading


def work(connection: Connection, home: Path, elsewhere: Path | None, limits: Limits) -> None:
    """Load the models, then read whatever comes: the bytes of a file or its path, with the kind expected."""
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
            data, expected = connection.recv()
        except EOFError:
            return
        connection.send(("read", _read(data, expected, engine, connection)))


def _read(data: bytes | Path, expected: KindName | None, engine: Engine, connection: Connection) -> Reading:
    if isinstance(data, Path):
        try:
            data = data.read_bytes()
        except OSError:
            return Reading("unknown", "unreadable")
    return read_document(data, engine, today(), expected, decode=partial(_decode, connection))


def _decode(connection: Connection, data: bytes) -> Iterator[Pixels]:
    connection.send(("decoding", None))
    for page in images.decode(data):
        connection.send(("decoded", None))
        yield page
        connection.send(("decoding", None))
    connection.send(("decoded", None))


def _bound_memory(allowance: int) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    ceiling = pages * resource.getpagesize() + allowance
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
