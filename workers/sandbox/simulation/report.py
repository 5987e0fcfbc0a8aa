"""What came of many journeys: outcomes, times, problems."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, get_args

import numpy as np

from workers.sandbox.simulation.journey import Outcome, Result

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def summarise(results: Sequence[Result], *, seed: int, seconds: float) -> dict[str, Any]:
    """Counts by outcome, p50 and p95 in seconds (None without any), problems by how often they came, every result."""
    outcomes = Counter(result.outcome for result in results)
    return {
        "seed": seed,
        "applications": len(results),
        "seconds": round(seconds, 2),
        "outcomes": {outcome: outcomes[outcome] for outcome in OUTCOMES},
        "submit_to_decision": _percentiles([r.decided_seconds for r in results if r.decided_seconds is not None]),
        "whole": _percentiles([r.whole_seconds for r in results if r.whole_seconds is not None]),
        "problems": dict(Counter(result.problem for result in results if result.problem).most_common()),
        "results": [asdict(result) for result in results],
    }


def line_of(result: Result) -> str:
    """One result as it comes in."""
    if result.outcome == "failed":
        return f"{result.number:5}  failed    {result.reference or '—':12}  {result.problem}"
    times = f"decided {result.decided_seconds:.1f} s, whole {result.whole_seconds:.1f} s"
    return f"{result.number:5}  {result.outcome:8}  {result.reference:12}  {times}"


def text_of(summary: dict[str, Any]) -> str:
    """The summary for a terminal."""
    counts = ", ".join(f"{number} {outcome}" for outcome, number in summary["outcomes"].items())
    head = f"{summary['applications']} applications in {summary['seconds']:.1f} s: {counts} (seed {summary['seed']})"
    lines = ["", head]
    for name, label in (("submit_to_decision", "submit → decision"), ("whole", "whole journey")):
        times = summary[name]
        if times["p50"] is not None:
            lines.append(f"{label:18} p50 {times['p50']:.1f} s, p95 {times['p95']:.1f} s")
    return "\n".join([*lines, *(f"{number:5} × {problem}" for problem, number in summary["problems"].items())])


def _percentiles(seconds: Sequence[float]) -> dict[str, float | None]:
    if not seconds:
        return {"p50": None, "p95": None}
    middle, most = np.percentile(seconds, (50, 95))
    return {"p50": round(float(middle), 3), "p95": round(float(most), 3)}
