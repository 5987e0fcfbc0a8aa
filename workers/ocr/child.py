"""The entry of the child process, light enough for the parent to import."""

import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from workers.ocr.limits import Limits


def serve(connection: Connection, home: Path, elsewhere: Path | None, limits: Limits) -> None:
    """Bound the threads, load, then answer until the parent closes its end or ends this process."""
    # Ctrl-C reaches the whole group; the parent decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prepare(home, limits)
    from workers.ocr.desk import work  # noqa: PLC0415 - NumPy, OpenCV and PaddleX read the lines above on import

    work(connection, home, elsewhere, limits)


def prepare(home: Path, limits: Limits) -> None:
    """What NumPy, OpenCV and PaddleX must find in the environment when they are imported."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(limits.threads)
    # PaddleX looks for model hosts and makes its folders while it is imported.
    os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"
    os.environ["PADDLE_PDX_CACHE_HOME"] = str(home / "models" / "paddlex")
