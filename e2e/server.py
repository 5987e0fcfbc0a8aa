"""The product under test: `xindai up` in a home of its own, and the sandbox beside it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from portal.settings import ROOT
from portal.testing.ports import free_ports

START_SECONDS = 400
STOP_SECONDS = 120
_POLL_SECONDS = 0.1
_TROUBLE = ("unexpected_error", "step_fault", "step_trace", "Traceback (most recent call last)", "sandbox_failed")


class NotStarted(Exception):
    """With the end of its log."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A running product."""

    url: str
    home: Path
    log: Path
    sandbox: "Sandbox"

    def log_size(self) -> int:
        """Where the log ends now."""
        return self.log.stat().st_size

    def trouble_since(self, position: int) -> list[str]:
        """The log's lines after a position that tell of a fault of ours."""
        with self.log.open("rb") as lines:
            lines.seek(position)
            text = lines.read().decode(errors="replace")
        return [line for line in text.splitlines() if any(mark in line for mark in _TROUBLE)]


class Sandbox:
    """The stand-ins: what arrived at phones, what the bank and the bureau were asked, and trouble to order."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def messages(self, to: str) -> list[str]:
        """Text messages and e-mails to one recipient, oldest first."""
        return [str(message["text"]) for message in reversed(self._messages(to))]

    def newest_message(self, to: str) -> int:
        """The number of the newest message, to wait for a later one."""
        return max((int(message["number"]) for message in self._messages(to)), default=0)

    def find_code(self, mobile: str, *, after: int, seconds: float) -> str | None:
        """The one-time code that comes after a message, if it comes in time."""
        for message in self._wait_for(mobile, lambda one: one["number"] > after and bool(one["code"]), seconds):
            return str(message["code"])
        return None

    def wait_for_code(self, mobile: str, *, after: int) -> str:
        """The one-time code that comes after a message."""
        code = self.find_code(mobile, after=after, seconds=60)
        assert code is not None, "no code arrived"
        return code

    def wait_for_message(self, to: str, words: str) -> str:
        """The message that holds these words."""
        for message in self._wait_for(to, lambda message: words in message["text"]):
            return str(message["text"])
        raise AssertionError(f"no message with {words!r}, but: {self.messages(to)}")

    def order(self, part: str, **order: Any) -> None:
        """Order trouble of bureau, bank or messages; without anything, end it."""
        self._http.put(f"/{part}/control", json=order).raise_for_status()

    def stats(self, part: str) -> dict[str, int]:
        """What a stand-in has counted."""
        counted: dict[str, int] = self._http.get(f"/{part}/control/stats").raise_for_status().json()
        return counted

    def _messages(self, to: str) -> list[dict[str, Any]]:
        answer = self._http.get("/messages/v1/messages", params={"to": to}).raise_for_status()
        messages: list[dict[str, Any]] = answer.json()
        return messages

    def _wait_for(self, to: str, is_it: Any, seconds: float = 60) -> Iterator[dict[str, Any]]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            yield from filter(is_it, reversed(self._messages(to)))
            time.sleep(_POLL_SECONDS)


@contextmanager
def running_stack(home: Path) -> Iterator[Stack]:
    """Start it, wait until it answers, stop it as Ctrl-C does; raises NotStarted."""
    port = free_ports(3)
    log = home.parent / "up.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XINDAI_")}
    environment |= {"XINDAI_HOME": str(home), "XINDAI_LOG_LEVEL": "warning"}
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "portal.cli", "up", "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=environment,
        )
        try:
            _wait_until_ready(process, port, log)
            sandbox = Sandbox(f"http://localhost:{port + 1}")
            yield Stack(f"http://localhost:{port}", home, log, sandbox)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not (_answers(f"http://localhost:{port}/readyz") and "已就绪" in log.read_text(errors="replace")):
        if process.poll() is not None or time.monotonic() > deadline:
            raise NotStarted(log.read_text(errors="replace")[-3000:])
        time.sleep(_POLL_SECONDS)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        return False
