"""`python -m e2e.bench.replay`: thousands of decisions made here, replayed here and in two other processes.

The cases are the four personas with their figures drawn anew, some of them missing. A decision differs when one byte of
its record does.
"""

import argparse
import json
import multiprocessing
import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from scoring.archive import pack, unpack
from scoring.model import CHAMPION, load
from scoring.policy_file import STANDARD, load_policy
from scoring.record import decide, replay
from scoring.tests.conftest import PERSONAS

PROCESSES = 3


def draw(number: int) -> dict[str, Any]:
    """The case with this number; the same in every run."""
    dice = random.Random(number)  # noqa: S311 - cases, not secrets
    name = dice.choice(["approve", "refer", "decline", "no_file"])
    inputs: dict[str, Any] = json.loads((PERSONAS / f"{name}.json").read_text())
    application = inputs["application"]
    income = dice.randrange(300_000, 4_000_000, 100)
    application |= {
        "amount_fen": dice.randrange(500_000, 20_000_000, 100_000),
        "term_months": dice.choice([6, 12, 18, 24, 36]),
        "declared_income_fen": income,
        "verified_income_fen": dice.choice([income, income, income, None]),
        "housing_cost_fen": dice.choice([0, income // 4, income // 2, None]),
    }
    for account in inputs["report"]["accounts"]:
        account["balance_fen"] = dice.randrange(0, 2 * account["limit_fen"] + 1)
        account["status_24m"] = "".join(dice.choice("NNNNNNNNNN12*") for _ in range(24))
    if dice.random() < 0.05:
        inputs["report"] = None
    return inputs


def decide_some(numbers: range) -> list[bytes]:
    """Records, under the engine as it stands in the folders."""
    model, policy = load(CHAMPION), load_policy()
    return [decide(draw(number), model, policy)[1] for number in numbers]


def replay_some(stored: list[bytes], folder: str) -> int:
    """How many differ, under the engine kept in the folder."""
    model, policy = load(Path(folder) / "model"), load_policy(Path(folder) / "policy")
    return sum(replay(one, model, policy) != one for one in stored)


def main() -> None:
    """Prints counts and rates; fails when one record differs."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench.replay", description=__doc__)
    parser.add_argument("--decisions", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, default=Path(".xindai/bench-replay"), help="where the engine is kept")
    options = parser.parse_args()
    for name, source in (("model", CHAMPION), ("policy", STANDARD)):
        unpack(pack(source), options.folder / name)
    began = time.monotonic()
    stored = decide_some(range(options.decisions))
    lanes = Counter(json.loads(one)["decision"]["lane"] for one in stored)
    print(f"{len(stored)} decisions {dict(lanes)}: {len(stored) / (time.monotonic() - began):,.0f} a second")
    began = time.monotonic()
    # LightGBM hangs after fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        parts = [stored[start::PROCESSES] for start in range(PROCESSES)]
        differing = sum(pool.map(replay_some, parts, [str(options.folder)] * PROCESSES))
    rate = len(stored) / (time.monotonic() - began)
    print(f"replayed in {PROCESSES} other processes: {differing} differ, {rate:,.0f} a second")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
