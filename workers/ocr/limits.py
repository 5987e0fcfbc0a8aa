"""What one reading process may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`threads` for the networks; `memory` is what one read may take on top of the loaded models, in bytes.

    One thread, and one process per core: a second thread costs more processor time than it saves (see `engine`).
    """

    threads: int = 1
    memory: int = 3 << 30
