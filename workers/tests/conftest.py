"""The stand-ins as one real server process, shared by all tests, in order again before each of them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina

from portal.testing.ports import free_ports

StartSandbox = Callable[..., AbstractContextManager[str]]


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The running stand-ins."""

    url: str
    client: httpx.Client

    def order(self, part: str, **order: Any) -> None:
        """Replace the trouble ordered from a part; without arguments, end it."""
        self.client.put(f"/{part}/control", json=order).raise_for_status()

    def stats(self, part: str) -> dict[str, int]:
        """The counters of a part."""
        counters: dict[str, int] = self.client.get(f"/{part}/control/stats").json()
        return counters


@contextmanager
def _started(home: Path, *only: str) -> Iterator[str]:
    port = free_ports()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "workers.sandbox", "--port", str(port), *(f"--only={part}" for part in only)],
        env=os.environ | {"XINDAI_HOME": str(home), "XINDAI_BASE_URL": "http://portal.test"},
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"{url}/healthz").raise_for_status()
                break
            except httpx.HTTPError:
                assert process.poll() is None, "the sandbox ended by itself"
                assert time.monotonic() < deadline, "the sandbox never listened"
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def start_sandbox() -> StartSandbox:
    """Start another one on a home of its own: `with start_sandbox(home, "bank") as url`."""
    return _started


@pytest.fixture(scope="session")
def sandbox_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def _sandbox(sandbox_home: Path) -> Iterator[str]:
    with _started(sandbox_home) as url:
        yield url


@pytest.fixture
def sandbox(_sandbox: str) -> Iterator[Sandbox]:
    """The running stand-ins, all trouble ended."""
    with httpx.Client(base_url=_sandbox, headers={"X-Api-Key": "test"}, timeout=30) as client:
        running = Sandbox(_sandbox, client)
        for part in ("bureau", "bank", "messages"):
            running.order(part)
        yield running


@pytest.fixture
def swift_retries() -> Iterator[None]:
    """As many tries as in production, without the pauses between them."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield
