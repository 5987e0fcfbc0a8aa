"""The child process: loads the models once, then reads one document after another for its parent.

Only the standard library is imported before the threads and the memory are bounded. Answers are `("ok", Reading)`,
`("ready", None)`, or `("failed", sentence)`; a sentence never quotes the document.
"""

import os
import resource
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """`threads` for the networks; `memory` is what one read may take on top of the loaded models, in bytes."""

    threads: int = 2
    memory: int = 3 << 30


def serve(connection: Connection, home: Path, elsewhere: Path | None, limits: Limits) -> None:
    """Run until the parent closes its end. A read that fails for a reason of ours ends the process: it may be spoilt."""
    # Ctrl-C reaches the whole group; the parent decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(limits.threads)
    find_lines = _load(connection, home, elsewhere, limits)
    if find_lines is None:
        return
    from portal.domain.clock import today
    from workers.ocr.document import read_document

    _bound_memory(limits.memory)
    connection.send(("ready", None))
    while True:
        try:
            data = connection.recv()
        except EOFError:
            return
        reading = read_document(data.read_bytes() if isinstance(data, Path) else data, find_lines, today())
        connection.send(("ok", reading))


def _load(connection: Connection, home: Path, elsewhere: Path | None, limits: Limits) -> Any:
    import cv2

    from workers.ocr.engine import Engine
    from workers.ocr.models import ModelMissing, locate_models

    cv2.setNumThreads(limits.threads)
    try:
        return Engine(locate_models(home, elsewhere), limits.threads, home / "models" / "paddlex").lines
    except ModelMissing as missing:
        connection.send(("failed", str(missing)))
        return None


def _bound_memory(allowance: int) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    ceiling = pages * resource.getpagesize() + allowance
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
