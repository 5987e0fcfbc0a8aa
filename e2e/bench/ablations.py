"""`python -m e2e.bench.ablations`: what each of the reader's choices gives, on the same pages in turns in one process.

One choice is undone at a time: the detector looks at every page from as near as small print needs; crops are recognised
six at a time in the order found, padded to the widest, as the pipeline does; a session has two threads. Times are
processor time, for wall clock says little on a busy machine, but for threads both are told.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from workers.ocr.child import prepare
from workers.ocr.limits import Limits

if TYPE_CHECKING:
    from workers.ocr.engine import Engine

_PIPELINE_BATCH, _PIPELINE_WIDTH = 6, 320
Spent = tuple[float, float]
Runs = tuple[Spent, Spent, Spent]


def main() -> None:
    """Prints a table: as it is, and with each choice undone."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench.ablations", description=__doc__)
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--seed", type=int, default=30_000)
    options = parser.parse_args()
    home = Path(os.environ.get("XINDAI_HOME") or ".xindai").absolute()
    prepare(home, Limits())
    print(*_measure(home, options.images, options.seed), sep="\n")


def _measure(home: Path, images: int, seed: int) -> list[str]:
    from e2e.bench.documents.samples import make_sample  # noqa: PLC0415 - after `prepare`
    from workers.ocr import images as files  # noqa: PLC0415
    from workers.ocr.document import look_at  # noqa: PLC0415
    from workers.ocr.engine import Engine  # noqa: PLC0415
    from workers.ocr.models import locate_models  # noqa: PLC0415

    ours, threaded = (Engine(locate_models(home), threads) for threads in (1, 2))
    detected: list[Runs] = []
    recognised: list[Runs] = []
    for number in range(-1, images):
        photo = next(files.decode(make_sample(seed + number, quality="ok").data))
        looks, texts = _one(look_at(photo, ours).page, ours, threaded)
        if number >= 0:
            detected.append(looks)
            recognised.append(texts)
    return _report(detected, recognised)


def _one(page: Any, ours: "Engine", threaded: "Engine") -> tuple[Runs, Runs]:
    """Detection and recognition of one page: as it is, as it was, with two threads."""
    quads = ours.look_closer(page, ours.detect(page))
    looks = (
        _spent(lambda: ours.look_closer(page, ours.detect(page))),
        _spent(lambda: ours.detect_at(page, 1600)),
        _spent(lambda: threaded.look_closer(page, threaded.detect(page))),
    )
    texts = (
        _spent(lambda: ours.recognise(page, quads)),
        _spent(lambda: _as_the_pipeline(ours, page, quads)),
        _spent(lambda: threaded.recognise(page, quads)),
    )
    return looks, texts


def _as_the_pipeline(engine: "Engine", page: Any, quads: Any) -> None:
    """Six crops together, all as wide as the widest of them, 320 px at least."""
    from workers.ocr.engine import cut_out, stack  # noqa: PLC0415

    crops = [cut_out(page, quad) for quad in quads]
    for start in range(0, len(crops), _PIPELINE_BATCH):
        chosen = crops[start : start + _PIPELINE_BATCH]
        engine.runners[1](x=stack(chosen, max(_PIPELINE_WIDTH, *(crop.shape[1] for crop in chosen))))


def _spent(work: Callable[[], object]) -> Spent:
    """Wall clock and processor seconds, the better of two."""
    tries = []
    for _ in range(2):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        tries.append((time.perf_counter() - wall, time.process_time() - cpu))
    return min(tries)[0], min(cpu for _, cpu in tries)


def _report(detected: list[Runs], recognised: list[Runs]) -> list[str]:
    def ratio(runs: list[Runs], other: int, clock: int) -> float:
        return median(run[other][clock] / run[0][clock] for run in runs)

    def milliseconds(runs: list[Runs], which: int) -> float:
        return 1000 * sum(run[which][1] for run in runs) / len(runs)

    rows = (
        ("detector at a size for each page", "1600 px for all", detected, 1),
        ("crops batched by width", "six at a time, padded to the widest and 320 px", recognised, 1),
        ("one thread a session, detector", "two", detected, 2),
        ("one thread a session, recogniser", "two", recognised, 2),
    )
    lines = [
        f"{len(detected)} pages; mean processor time a page, median ratios page by page:",
        "",
        "| choice | ms | instead | ms | processor time | wall clock |",
        "|---|---|---|---|---|---|",
    ]
    for name, instead, runs, which in rows:
        lines.append(
            f"| {name} | {milliseconds(runs, 0):.0f} | {instead} | {milliseconds(runs, which):.0f} "
            f"| × {ratio(runs, which, 1):.2f} | × {ratio(runs, which, 0):.2f} |"
        )
    return lines


if __name__ == "__main__":
    main()
