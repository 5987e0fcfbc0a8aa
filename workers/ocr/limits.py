"""What one reading process may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`threads` for the networks; `memory` is what one read may take on top of the loaded models, in bytes."""

    threads: int = 2
    memory: int = 3 << 30
