"""Child processes that die with us, and waiting for them."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded here: a forked child must not import


class EmbeddedError(Exception):
    """Something on this machine is in the way; the text is a sentence for the person at the shell."""


@dataclass(frozen=True, slots=True)
class Account:
    """Numeric user and group a child runs as."""

    uid: int
    gid: int


def die_with_parent(with_signal: signal.Signals) -> Callable[[], None]:
    """A function for the child, between fork and exec: the kernel signals it when our thread is gone (Linux).

    The signal hangs on the *thread* that starts the child, so start children from the main thread. A change of
    user clears it; `subprocess` calls this after that change.
    """
    parent = os.getpid()

    def arm() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, int(with_signal))
            if os.getppid() != parent:  # the parent died before the kernel was told
                os._exit(1)

    return arm


def wait_until(is_ready: Callable[[], bool], *, still_possible: Callable[[], bool], seconds: float) -> bool:
    """Poll every 20 ms; False when it became impossible or took too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and still_possible():
        if is_ready():
            return True
        time.sleep(0.02)
    return False


def lives(process: psutil.Process) -> bool:
    """Whether it still runs. An ended one may stay a zombie for ever in a container without an init process."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end_processes(processes: list[psutil.Process], *, with_signal: signal.Signals, seconds: float) -> None:
    """Ask, wait, then kill."""
    for sent in (with_signal, signal.SIGKILL):
        for process in filter(lives, processes):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(sent)
        if wait_until(lambda: not any(map(lives, processes)), still_possible=lambda: True, seconds=seconds):
            return


@contextmanager
def running(
    command: list[str],
    *,
    is_ready: Callable[[], bool],
    stop_signal: signal.Signals,
    log: Path,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """A server for as long as the block lasts; raises EmbeddedError with the log's end when not ready in 30 s."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=environment,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            process_group=0,
            preexec_fn=die_with_parent(stop_signal),  # noqa: PLW1509 - one system call, nothing that could lock
        )
    try:
        if not wait_until(is_ready, still_possible=lambda: process.poll() is None, seconds=30):
            raise EmbeddedError(f"{Path(command[0]).name} did not start: {log.read_text().strip()[-500:]}")
        yield
    finally:
        end_processes([psutil.Process(process.pid)], with_signal=stop_signal, seconds=10)
        process.wait(timeout=10)


def let_others_pass(path: Path) -> None:
    """Let another account walk through the folders above a path (execute only: it can't list them)."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def let_others_read(tree: Path) -> None:
    """Give every account what the owner may read and run in an installed package."""
    for folder, _, names in os.walk(tree):
        for path in (Path(folder), *(Path(folder, name) for name in names)):
            mode = path.stat().st_mode
            wanted = mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6
            if wanted != mode:
                path.chmod(wanted)
