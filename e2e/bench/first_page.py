"""`python -m e2e.bench.first_page`: how soon a phone on 3G can use the pages it comes to first, and what they weigh.

Each page is opened in a browser without a cache, behind Chromium's emulation of a 3G line; usable means that everything
is painted and every script that the page waits for has run. The floor is the smallest answer the portal gives, fetched
in the same way in the same run: what is above it is ours.
"""

import argparse
import os
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from e2e.server import Stack, running_stack
from portal.testing.chromium import chromium_path

LINES = {
    "3G (1.6 Mbit/s, 300 ms)": {"latency": 300, "downloadThroughput": 200_000, "uploadThroughput": 96_000},
    "slow 3G (400 kbit/s, 400 ms)": {"latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000},
}
PAGES = ("/", "/start")
FLOOR = "/healthz"
TARGET_SECONDS, TARGET_BYTES = 2.0, 100 * 1024
_TIMES = """() => {
  const page = performance.getEntriesByType("navigation")[0];
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return Math.max(page.domContentLoadedEventEnd, paint?.startTime ?? page.responseEnd);
}"""


def main() -> None:
    """Prints medians; the target is 2 s on the first of the lines."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench.first_page", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    home = TemporaryDirectory(prefix="xindai-bench-", ignore_cleanup_errors=True)
    with home as folder, running_stack(Path(folder) / "home") as stack, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu"], env=dict(os.environ)
        )
        for name, line in LINES.items():
            print(name)
            floor = median(_open(browser, stack, FLOOR, line)[0] for _ in range(rounds))
            print(f"  floor {FLOOR:10} {floor / 1000:5.2f} s")
            for page in PAGES:
                seen = [_open(browser, stack, page, line) for _ in range(rounds)]
                seconds, size = median(one for one, _ in seen) / 1000, median(size for _, size in seen)
                print(f"  {page:16} {seconds:5.2f} s, {seconds * 1000 / floor:.2f} of the floor, {size / 1024:.1f} KB")
        browser.close()
    print(f"target {TARGET_SECONDS:g} s on 3G, {TARGET_BYTES // 1024} KB")


def _open(browser: Browser, stack: Stack, path: str, line: dict[str, int]) -> tuple[float, float]:
    """Milliseconds until it can be used, and bytes on the line until then and shortly after."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, service_workers="block")
    page = context.new_page()
    session = context.new_cdp_session(page)
    sizes: list[float] = []

    def count(event: dict[str, Any]) -> None:
        sizes.append(float(event["encodedDataLength"]))

    session.on("Network.loadingFinished", count)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {"offline": False, **line})
    page.goto(f"{stack.url}{path}", wait_until="load")
    milliseconds = float(page.evaluate(_TIMES))
    context.close()
    return milliseconds, sum(sizes)


if __name__ == "__main__":
    main()
