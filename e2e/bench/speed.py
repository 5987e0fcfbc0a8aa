"""`python -m e2e.bench.speed`: the time of a whole read against the bare networks on the same tensors.

A whole read is everything between the bytes sent and the reading: decoding, geometry, quality, both networks, layout,
the kept page and the thumbnail. What it feeds the two networks is recorded; then ONNX Runtime alone runs over exactly
those tensors, with the options of the product's sessions. Reads and bare runs take turns in one process on one thread.
The verdict on quality falls within the read, before any text is recognised; how far in is told, too.
"""

import argparse
import cProfile
import os
import pstats
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from workers.ocr.child import prepare
from workers.ocr.limits import Limits

if TYPE_CHECKING:
    from workers.ocr.engine import Engine

TARGET = 1.25
VERDICT_MS = 300
_SETTLING = 3


class _Recorder:
    """In the place of a runner's session: keeps what it is fed."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.fed: list[dict[str, Any]] = []

    def run(self, names: list[str], feeds: dict[str, Any]) -> Any:
        self.fed.append(feeds)
        return self._session.run(names, feeds)


class _Verdict:
    """In the place of the last judgement before recognition: notes when it is passed."""

    def __init__(self) -> None:
        from workers.ocr import verdict  # noqa: PLC0415 - after `prepare`

        self._judge = verdict.refuse_by_text
        self.passed: _Times = (0.0, 0.0)
        verdict.refuse_by_text = self

    def __call__(self, look: Any, expected: Any = None) -> None:
        self._judge(look, expected)
        self.passed = time.perf_counter(), time.process_time()


class _Bare:
    """ONNX Runtime alone, over what a runner's session was fed."""

    def __init__(self, runner: Any) -> None:
        import onnxruntime  # noqa: PLC0415 - after `prepare`

        self._session = onnxruntime.InferenceSession(
            str(Path(runner.model_dir) / "inference.onnx"),
            runner.session.get_session_options(),
            providers=["CPUExecutionProvider"],
        )
        runner.session = self.recorder = _Recorder(runner.session)

    def run(self, tensors: list[dict[str, Any]]) -> None:
        for feeds in tensors:
            self._session.run(None, feeds)


def main() -> None:
    """Prints medians and the median of the ratios; `--profile` says where the rest goes."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench.speed", description=__doc__)
    parser.add_argument("--images", type=int, default=60)
    parser.add_argument("--seed", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many counts, reads and bare runs in turn")
    parser.add_argument("--profile", action="store_true", help="the functions that take the time of the reads")
    options = parser.parse_args()
    home = Path(os.environ.get("XINDAI_HOME") or ".xindai").absolute()
    prepare(home, Limits())
    print(*_measure(home, options), sep="\n")


def _measure(home: Path, options: argparse.Namespace) -> list[str]:
    import cv2  # noqa: PLC0415 - after `prepare`

    from workers.ocr.engine import Engine  # noqa: PLC0415
    from workers.ocr.models import locate_models  # noqa: PLC0415

    cv2.setNumThreads(Limits().threads)
    engine = Engine(locate_models(home), Limits().threads)
    networks = [_Bare(runner) for runner in engine.runners]
    profile = cProfile.Profile(time.process_time) if options.profile else None
    verdict = _Verdict()
    runs: list[tuple[_Times, _Times, _Times]] = []
    for number in range(-_SETTLING, options.images):
        profiled = profile if number >= 0 else None
        timed = _one(engine, networks, verdict, options.seed + number, options.rounds, profiled)
        if timed and number >= 0:
            runs.append(timed)
    if profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)
    return _report(runs)


_Times = tuple[float, float]


def _one(
    engine: "Engine",
    networks: list[_Bare],
    verdict: _Verdict,
    seed: int,
    rounds: int,
    profile: cProfile.Profile | None,
) -> tuple[_Times, _Times, _Times] | None:
    """Best wall and processor seconds of the whole read, the networks alone and the verdict; None when refused."""
    from e2e.bench.documents.samples import make_sample  # noqa: PLC0415 - after `prepare`
    from portal.domain.clock import today  # noqa: PLC0415
    from workers.ocr.document import read_document  # noqa: PLC0415

    data = make_sample(seed, quality="ok").data
    for network in networks:
        network.recorder.fed.clear()
    if read_document(data, engine, today()).quality != "ok":
        return None
    fed = [list(network.recorder.fed) for network in networks]
    reads, bares, verdicts = [], [], []
    for _ in range(rounds):
        if profile:
            profile.enable()
        began = time.perf_counter(), time.process_time()
        reads.append(_timed(lambda: read_document(data, engine, today())))
        verdicts.append((verdict.passed[0] - began[0], verdict.passed[1] - began[1]))
        if profile:
            profile.disable()
        for network in networks:
            network.recorder.fed.clear()
        bares.append(_timed(lambda: _run_bare(networks, fed)))
    return _best(reads), _best(bares), _best(verdicts)


def _run_bare(networks: list[_Bare], fed: list[list[dict[str, Any]]]) -> None:
    for network, tensors in zip(networks, fed, strict=True):
        network.run(tensors)


def _timed(work: Callable[[], object]) -> _Times:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _best(times: list[_Times]) -> _Times:
    return min(wall for wall, _ in times), min(cpu for _, cpu in times)


def _report(runs: list[tuple[_Times, _Times, _Times]]) -> list[str]:
    """Rows of the bench's table, wall clock and processor time."""
    lines = [
        f"{len(runs)} reads that were not refused, on {Limits().threads} thread, the best of each; medians, in ms:",
        "",
        f"| | whole read | networks alone | ratio (≤ {TARGET}) | verdict (≤ {VERDICT_MS}) |",
        "|---|---|---|---|---|",
    ]
    for index, name in enumerate(("wall clock", "processor time")):
        read, networks, verdict = (median(run[part][index] for run in runs) * 1000 for part in range(3))
        ratio = median(whole[index] / bare[index] for whole, bare, _ in runs)
        lines.append(f"| {name} | {read:.0f} | {networks:.0f} | {ratio:.3f} | {verdict:.0f} |")
    late = sum(verdict[1] * 1000 > VERDICT_MS for _, _, verdict in runs)
    return [*lines, "", f"The verdict took more than {VERDICT_MS} ms of processor time on {late} of {len(runs)}."]


if __name__ == "__main__":
    main()
