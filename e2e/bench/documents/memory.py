"""Resident memory of one reading process over many pictures, never recycled."""

from dataclasses import dataclass

import numpy as np
import psutil

from e2e.bench.documents.samples import make_sample
from workers.ocr.reader import DocumentReader

_DISTINCT = 48
_AT = (100, 500, 1000, 1500, 2000)


@dataclass(frozen=True, slots=True)
class Memory:
    """MB by how many were read, the highest seen, and growth in MB per thousand after the first quarter."""

    at: dict[int, float]
    highest: float
    slope: float


async def measure(reader: DocumentReader, images: int, seed: int) -> Memory:
    """Cycles samples of every kind, refusable ones too; `reader` must not recycle."""
    samples = [make_sample(seed + index) for index in range(min(_DISTINCT, images))]
    await reader.start()
    process = psutil.Process(reader.pid)
    seen = []
    for number in range(images):
        sample = samples[number % len(samples)]
        await reader.read(sample.data, expected=sample.expected)
        seen.append(process.memory_info().rss / 2**20)
    settled = np.array(seen[len(seen) // 4 :])
    slope = float(np.polyfit(np.arange(len(settled)), settled, 1)[0] * 1000) if len(settled) > 2 else 0.0
    return Memory({at: round(seen[at - 1], 1) for at in _AT if at <= images}, round(max(seen), 1), round(slope, 2))


def summary(memory: Memory) -> str:
    """One sentence."""
    at = ", ".join(f"{megabytes:.0f} MB after {count}" for count, megabytes in memory.at.items())
    ends = f"highest {memory.highest:.0f} MB, {memory.slope:+.1f} MB per 1,000 pictures"
    return f"Resident memory of one process: {at}; {ends}."
