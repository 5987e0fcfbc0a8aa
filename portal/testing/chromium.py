"""Finds a Chromium that runs, or installs one: `python -m portal.testing.chromium` prints its path.

Browser journeys are never skipped: when none can be had, that is said and the tests fail.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class ChromiumMissing(Exception):
    """No way to a browser on this machine."""


def chromium_path() -> str:
    """XINDAI_CHROMIUM, else one on PATH, else Playwright's, else Debian's package; raises ChromiumMissing."""
    chosen = os.environ.get("XINDAI_CHROMIUM")
    if chosen:
        if _runs(chosen):
            return chosen
        raise ChromiumMissing(f"XINDAI_CHROMIUM names {chosen}, which does not run.")
    for way in (_on_path, _installed_by_playwright, _download_by_playwright, _install_on_debian):
        path = way()
        if path is not None:
            return path
    raise ChromiumMissing(
        "The browser journeys need Chromium and none can be had: none on PATH, `playwright install chromium` failed, "
        "and Debian's package takes root and apt-get. Install Chromium, then run `make test` again."
    )


def _runs(path: str) -> bool:
    """A file of that name may be a stub, or lack libraries."""
    return _call([path, "--version"], seconds=60)


def _call(command: list[str], *, seconds: float, **environment: str) -> bool:
    """Its output goes to stderr: stdout is for the path."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands
            command,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            check=False,
            timeout=seconds,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _on_path() -> str | None:
    found = filter(None, map(shutil.which, NAMES))
    return next(filter(_runs, found), None)


def _installed_by_playwright() -> str | None:
    """Asked in a process of its own: Playwright's driver may lack a library, and runs a loop of its own."""
    question = "from playwright.sync_api import sync_playwright as p\nwith p() as a: print(a.chromium.executable_path)"
    asked = subprocess.run(  # noqa: S603 - a fixed question
        [sys.executable, "-c", question], stdout=subprocess.PIPE, text=True, check=False, timeout=60
    )
    path = asked.stdout.strip()
    return path if asked.returncode == 0 and os.access(path, os.X_OK) and _runs(path) else None


def _download_by_playwright() -> str | None:
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    patience = {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "10000"}  # milliseconds, each of its tries
    return _installed_by_playwright() if _call(command, seconds=600, **patience) else None


def _install_on_debian() -> str | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    _call(["apt-get", "update", "-q"], seconds=300, **quiet)
    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"]
    return _on_path() if _call(install, seconds=900, **quiet) else None


if __name__ == "__main__":
    try:
        sys.stdout.write(chromium_path() + "\n")
    except ChromiumMissing as missing:
        sys.exit(str(missing))
