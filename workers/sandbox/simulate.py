"""`python -m workers.sandbox.simulate N --url http://localhost:8000`: N people apply over HTTP, each to the end.

They use the portal as a browser without JavaScript would, with drawn specimen documents and the codes of the sandbox
inbox. Ends with exit code 1 when one application fails.
"""

import argparse
import asyncio
import json
import secrets
import sys
import time
from urllib.parse import urlsplit, urlunsplit

from workers.sandbox.simulation.journey import Result, run_journey
from workers.sandbox.simulation.people import Borrower, draw_borrower
from workers.sandbox.simulation.report import line_of, summarise, text_of

_SEEDS = 10_000
_PEOPLE_A_SEED = 100_000


def sandbox_beside(url: str) -> str:
    """`xindai up` runs the stand-ins on the port after the portal's."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    return urlunsplit((parts.scheme, f"{parts.hostname}:{port + 1}", "", "", ""))


def borrower_of_run(seed: int, number: int) -> Borrower:
    """The person behind a line of the report; numbers count from 1."""
    return draw_borrower(seed * _PEOPLE_A_SEED + number)


async def simulate(count: int, url: str, sandbox_url: str, *, concurrency: int, seed: int, show: bool) -> list[Result]:
    """All journeys, `concurrency` at a time, in the order of their numbers; `show` prints each as it ends."""
    turns = asyncio.Semaphore(concurrency)

    async def one(number: int) -> Result:
        async with turns:
            result = await run_journey(number, borrower_of_run(seed, number), url, sandbox_url)
        if show:
            print(line_of(result), flush=True)
        return result

    return await asyncio.gather(*(one(number) for number in range(1, count + 1)))


def main() -> None:
    """Run, report, and tell the shell whether all went well."""
    parser = argparse.ArgumentParser(prog="xindai simulate", description=__doc__)
    parser.add_argument("count", type=int, metavar="N", help="how many people apply")
    parser.add_argument("--url", default="http://localhost:8000", help="the portal (default: %(default)s)")
    parser.add_argument("--sandbox", help="where the inbox is (default: the portal's host, next port)")
    parser.add_argument("--concurrency", type=int, default=4, help="how many at a time (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="which people; the same seed gives the same ones (default: new ones)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    arguments = parser.parse_args()
    if not 0 < arguments.count < _PEOPLE_A_SEED or arguments.concurrency < 1:
        parser.error(f"N is 1 to {_PEOPLE_A_SEED - 1}, --concurrency at least 1")
    url = arguments.url.rstrip("/")
    seed = secrets.randbelow(_SEEDS) if arguments.seed is None else arguments.seed
    began = time.monotonic()
    results = asyncio.run(
        simulate(
            arguments.count,
            url,
            (arguments.sandbox or sandbox_beside(url)).rstrip("/"),
            concurrency=arguments.concurrency,
            seed=seed,
            show=not arguments.json,
        )
    )
    summary = summarise(results, seed=seed, seconds=time.monotonic() - began)
    print(json.dumps(summary, ensure_ascii=False, indent=2) if arguments.json else text_of(summary))
    sys.exit(1 if summary["outcomes"]["failed"] else 0)


if __name__ == "__main__":
    main()
