"""`python -m e2e.bench.documents`: render specimens, read them with the product's reader, compare with the truth."""

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import psutil

from e2e.bench.documents import memory, public
from e2e.bench.documents.figures import failures, figures, report, write_between_marks
from e2e.bench.documents.rivals import OutOfTheBox, Rival
from e2e.bench.documents.samples import Sample, make_only
from e2e.bench.documents.score import Outcome, score
from e2e.bench.documents.sheet import require_fonts
from workers.ocr.reader import DocumentReader

_SUFFIX = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
}
_README = Path(__file__).resolve().parents[3] / "README.md"


def main() -> None:
    """Prints the table and the failures; exit status 1 when a figure is not reached."""
    options = _options()
    require_fonts()
    lines, outcomes = asyncio.run(_run(options))
    print("\n".join(lines))
    if outcomes:
        print("\n".join(["", "Failures", *failures(outcomes)]))
        _keep(options, outcomes, lines)
    sys.exit(0 if all(figure.met for figure in figures(outcomes) if figure.total) else 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m e2e.bench.documents", description=__doc__)
    parser.add_argument("--images", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1, help="the first sample's; the others follow")
    parser.add_argument("--only", metavar="KIND|REASON", help="one kind of document, or one refusal")
    parser.add_argument("--fast", action="store_true", help="draw on all cores while reading; times mean nothing then")
    parser.add_argument("--rapidocr", type=int, default=0, metavar="N", help="N of the pictures through rapidocr, too")
    parser.add_argument("--speed", type=int, default=0, metavar="N", help="N reads against the bare networks")
    parser.add_argument("--shared", type=Path, metavar="DIR", help="character recall on labelled public pictures")
    parser.add_argument("--memory", type=int, metavar="N", help="only: N pictures through one process")
    parser.add_argument("--json", type=Path, metavar="FILE", help="figures and misses as JSON")
    parser.add_argument("--save-failures", type=Path, metavar="DIR", help="the pictures that went wrong")
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    return parser.parse_args()


async def _run(options: argparse.Namespace) -> tuple[list[str], list[Outcome]]:
    reader = DocumentReader(recycle_after=10**9 if options.memory else 500)
    try:
        if options.memory:
            told = memory.summary(await memory.measure(reader, options.memory, options.seed))
            if options.readme:
                write_between_marks(_README, "bench:memory", told)
            return [told], []
        outcomes, rivals = await _read_all(options, reader)
    finally:
        await reader.aclose()
    lines = [_heading(options, outcomes), "", *report(outcomes)]
    if not options.fast:
        lines += ["", _times(outcomes)]
    if rivals:
        lines += ["", *_comparison(outcomes, rivals)]
    if options.speed:
        lines += ["", *_speed(options.speed)]
    if options.shared:
        lines += ["", public.summary(public.measure(options.shared))]
    return lines, outcomes


def _speed(reads: int) -> list[str]:
    """In a process of its own: thread counts are read when the libraries are imported."""
    command = [sys.executable, "-m", "e2e.bench.speed", "--images", str(reads)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own module
    return run.stdout.splitlines()


async def _read_all(options: argparse.Namespace, reader: DocumentReader) -> tuple[list[Outcome], dict[int, Rival]]:
    await reader.start()
    rapid = OutOfTheBox() if options.rapidocr else None
    every = max(1, options.images // options.rapidocr) if rapid else 1
    outcomes: list[Outcome] = []
    rivals: dict[int, Rival] = {}
    for number, sample in enumerate(_samples(options)):
        both = rapid if number % every == 0 and _comparable(sample) else None
        # Who goes first changes, so that neither always has the warm caches.
        if both and number // every % 2:
            rivals[sample.seed] = both.read(sample)
        outcomes.append(await _read(reader, sample))
        if both and sample.seed not in rivals:
            rivals[sample.seed] = both.read(sample)
        if len(outcomes) % 50 == 0:
            print(f"{len(outcomes)} of {options.images}", file=sys.stderr, flush=True)
    return outcomes, rivals


def _comparable(sample: Sample) -> bool:
    return sample.truth.quality == "ok" and sample.media_type != "application/pdf"


def _samples(options: argparse.Namespace) -> Iterator[Sample]:
    tasks = [(seed, options.only) for seed in range(options.seed, options.seed + options.images)]
    if not options.fast:
        yield from map(make_only, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        yield from pool.imap(make_only, tasks)


async def _read(reader: DocumentReader, sample: Sample) -> Outcome:
    await reader.start()
    process = psutil.Process(reader.pid)
    used, before = sum(process.cpu_times()[:2]), time.perf_counter()
    reading = await reader.read(sample.data, expected=sample.expected)
    seconds = time.perf_counter() - before
    # After its last read before being renewed the process is gone, and with it its clock.
    spent = sum(process.cpu_times()[:2]) - used if reader.pid == process.pid else 0.0
    return score(sample, reading, seconds, spent)


def _heading(options: argparse.Namespace, outcomes: list[Outcome]) -> str:
    kinds = Counter(outcome.sample.truth.kind for outcome in outcomes)
    readable = sum(outcome.readable for outcome in outcomes)
    of = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    return f"{len(outcomes)} specimens from seed {options.seed}, {readable} of them readable ({of})."


def _times(outcomes: list[Outcome]) -> str:
    read = [outcome for outcome in outcomes if not outcome.refused]
    refused = [outcome for outcome in outcomes if outcome.refused]

    def median(chosen: list[Outcome]) -> str:
        if not chosen:
            return "–"
        wall, cpu = (statistics.median(getattr(o, name) for o in chosen) for name in ("seconds", "cpu"))
        return f"{wall:.2f} s ({cpu:.2f} s of processor time)"

    return f"Median of a whole read, {os.cpu_count()} cores: {median(read)}; of a refusal: {median(refused)}."


def _comparison(outcomes: list[Outcome], rivals: dict[int, Rival]) -> list[str]:
    """Ours must have the value in its field; for rapidocr it is enough to stand anywhere in the text it found."""
    pairs = [(o, rivals[o.sample.seed]) for o in outcomes if o.sample.seed in rivals]
    ours, theirs, total = Counter[str](), Counter[str](), Counter[str]()
    for outcome, rival in pairs:
        for name, found in rival.found.items():
            group = name if name in ("id_number", "name") else "amounts"
            total[group] += 1
            theirs[group] += found
            ours[group] += outcome.hits[f"{outcome.sample.truth.kind}.{name}"]
    wall = [statistics.median(values) for values in zip(*((o.seconds, r.seconds) for o, r in pairs), strict=True)]
    work = [statistics.median(values) for values in zip(*((o.cpu, r.cpu) for o, r in pairs), strict=True)]
    ratios = [
        statistics.median(values)
        for values in zip(*((o.seconds / r.seconds, o.cpu / r.cpu) for o, r in pairs), strict=True)
    ]
    lines = [
        f"The same {len(pairs)} readable pictures through `rapidocr` out of the box; ours has to put the value into "
        "its field (a refusal counts as a miss), rapidocr only to have it anywhere in its text.", "",
        "| | this reader | rapidocr |", "|---|---|---|",
        f"| median seconds a picture | {wall[0]:.2f} | {wall[1]:.2f} |",
        f"| median seconds of processor time | {work[0]:.2f} | {work[1]:.2f} |",
    ]  # fmt: skip
    lines += [f"| {g} right | {ours[g] / total[g]:.2%} | {theirs[g] / total[g]:.2%} |" for g in total]
    return [
        *lines,
        "",
        f"Median of the ratios, picture by picture: time {ratios[0]:.2f}, processor time {ratios[1]:.2f}.",
    ]


def _keep(options: argparse.Namespace, outcomes: list[Outcome], lines: list[str]) -> None:
    if options.json:
        content = {
            "figures": [{**asdict(figure), "share": figure.share, "met": figure.met} for figure in figures(outcomes)],
            "misses": [asdict(miss) for outcome in outcomes for miss in outcome.misses],
        }
        options.json.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    if options.save_failures:
        options.save_failures.mkdir(parents=True, exist_ok=True)
        for outcome in outcomes:
            if outcome.misses or outcome.quality != outcome.sample.truth.quality:
                sample = outcome.sample
                name = f"{sample.seed}-{sample.truth.kind}-{sample.truth.quality}-{outcome.quality}"
                path = options.save_failures / f"{name}.{_SUFFIX[sample.media_type]}"
                path.write_bytes(sample.data)
    if options.readme:
        write_between_marks(_README, "bench:documents", "\n".join(lines))


if __name__ == "__main__":
    main()
