"""`python -m e2e.bench.lanes`: how often certified thresholds break their promise on portfolios whose truth is known.

A portfolio is drawn, thresholds are chosen on it with 95 % confidence, and the truth about them is compared with the
targets. Scores are two normal curves at an AUC of 0.785, whose rates are known exactly; with `--scores FILE` (columns
pd and bad) portfolios are drawn with replacement from real out-of-fold scores, which are then the truth themselves.
"""

import argparse
import sys
from pathlib import Path

from scoring.lanes.attainable import Targets, base_rate_limit
from scoring.lanes.sample import read_sample
from scoring.tests.portfolios import broken, resampled, two_normals

ALLOWED = 0.05


def main() -> None:
    """Prints one line a world, and fails when a promise is broken more often than allowed."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench.lanes", description=__doc__)
    parser.add_argument("--portfolios", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scores", type=Path, help="CSV with columns pd and bad: out-of-fold scores")
    options = parser.parse_args()
    runs = [(two_normals(0.03), 8_000, None), (two_normals(0.03), 3_000, None), (two_normals(0.22), 8_000, 0.03)]
    if options.scores:
        real = read_sample(options.scores)
        limit = base_rate_limit(real, Targets(automation=0.8))
        print(f"all of 80 % automation, 95 % accuracy, 1.5 % bad up to a base rate of {limit or 0:.2%}")
        runs += [(resampled(real), 10_000, 0.03), (resampled(real), 30_000, 0.03)]
    failed = False
    for number, (world, size, base_rate) in enumerate(runs):
        certified, wrong = broken(world, options.portfolios, size, options.seed + number, base_rate)
        judged = f"judged at {base_rate:.1%}" if base_rate else "as drawn"
        print(f"{world.name}, {size} cases {judged}: {certified} certified, {wrong} of {options.portfolios} broken")
        failed |= wrong > ALLOWED * options.portfolios
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
