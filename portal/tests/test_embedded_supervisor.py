"""The supervisor with tiny programs; every wait is for something seen, never for a time."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from portal.embedded import supervisor as supervisor_module
from portal.embedded.process import EmbeddedError, lives, wait_until
from portal.embedded.supervisor import Program, Supervisor

SERVE = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\nwhile 1: signal.pause()"
)
FAMILY = """
import signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print(child.pid, flush=True)
signal.pause()
"""


class Transcript:
    """What was said, and a way to wait for it."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self._more = asyncio.Event()

    def say(self, name: str, line: str) -> None:
        self.lines.append((name, line))
        self._more.set()

    def of(self, name: str) -> list[str]:
        return [line for speaker, line in self.lines if speaker == name]

    async def until(self, name: str, count: int) -> list[str]:
        async with asyncio.timeout(60):
            while len(self.of(name)) < count:
                self._more.clear()
                await self._more.wait()
        return self.of(name)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "FIRST_PAUSE", 0.01)


@pytest.fixture
def transcript() -> Transcript:
    return Transcript()


@pytest.fixture
async def supervisor(transcript: Transcript) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(transcript.say)
    yield supervisor
    await supervisor.stop()


def program(name: str, code: str, *, grace: float = 5.0, ready: Path | None = None) -> Program:
    return Program(
        name=name,
        command=[sys.executable, "-c", code],
        environment=os.environ,
        folder=Path.cwd(),
        grace=grace,
        is_ready=ready.exists if ready else None,
    )


async def test_stops_the_later_stage_first(supervisor: Supervisor, transcript: Transcript) -> None:
    farewell = (
        "import signal, sys\n"
        "def bye(*_): print('bye', flush=True); sys.exit()\n"
        "signal.signal(signal.SIGTERM, bye); print('up', flush=True); signal.pause()"
    )
    await supervisor.start(program("database", farewell))
    await transcript.until("database", 1)
    await supervisor.start(program("web", farewell), program("worker", farewell))
    await transcript.until("web", 1)
    await transcript.until("worker", 1)
    await supervisor.stop()
    assert [name for name, line in transcript.lines if line == "bye"][-1] == "database"
    assert len([1 for _, line in transcript.lines if line == "bye"]) == 3


async def test_restarts_what_crashes_and_its_children_go_too(supervisor: Supervisor, transcript: Transcript) -> None:
    await supervisor.start(program("worker", FAMILY))
    (first,) = await transcript.until("worker", 1)
    orphan = psutil.Process(int(first))
    parent = orphan.parent()
    assert parent is not None
    os.kill(parent.pid, signal.SIGKILL)
    lines = await transcript.until("worker", 3)
    assert lines[1] == "killed by SIGKILL; starts again at once"
    assert not lives(orphan)
    assert lives(psutil.Process(int(lines[2])))


async def test_a_steady_run_forgives_earlier_crashes(
    supervisor: Supervisor, transcript: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "STEADY_SECONDS", 0.0)
    await supervisor.start(program("worker", "print('gone')"))
    assert set((await transcript.until("worker", 8))[1::2]) == {"ended with code 0; starts again at once"}


async def test_a_program_that_never_starts_is_given_up(supervisor: Supervisor, transcript: Transcript) -> None:
    broken = program("web", "raise SystemExit('no such module')", ready=Path("/nonexistent"))
    with pytest.raises(EmbeddedError, match="web does not start"):
        await supervisor.start(broken)
    assert transcript.of("web").count("no such module") == 2


async def test_waits_until_ready(supervisor: Supervisor, tmp_path: Path) -> None:
    mark = tmp_path / "ready"
    code = f"import pathlib, signal; pathlib.Path({str(mark)!r}).touch(); signal.pause()"
    await supervisor.start(program("web", code, ready=mark))
    assert mark.exists()


async def test_kills_what_ignores_the_signal(supervisor: Supervisor, transcript: Transcript) -> None:
    await supervisor.start(program("worker", STUBBORN, grace=0.1))
    await transcript.until("worker", 1)
    await supervisor.stop()
    assert transcript.of("worker")[-1] == "did not stop within 0.1 s and is killed"


async def test_a_second_signal_ends_the_patience(supervisor: Supervisor, transcript: Transcript) -> None:
    await supervisor.start(program("worker", STUBBORN, grace=600))
    await transcript.until("worker", 1)
    stopping = asyncio.create_task(supervisor.stop())
    await asyncio.sleep(0)
    supervisor.kill()
    async with asyncio.timeout(30):
        await stopping


async def test_stops_while_waiting_to_start_again(
    supervisor: Supervisor, transcript: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "FIRST_PAUSE", 600.0)
    monkeypatch.setattr(supervisor_module, "LONGEST_PAUSE", 600.0)
    await supervisor.start(program("worker", "print('gone')"))
    lines = await transcript.until("worker", 4)
    assert lines[1::2] == ["ended with code 0; starts again at once", "ended with code 0; starts again in 600 s"]
    async with asyncio.timeout(30):
        await supervisor.stop()


async def test_a_task_gives_its_lines_or_fails(supervisor: Supervisor, transcript: Transcript) -> None:
    assert await supervisor.run(program("seed", "print('one'); print('two')"), show=False) == "one\ntwo"
    assert transcript.lines == []
    with pytest.raises(EmbeddedError, match="migrate failed"):
        await supervisor.run(program("migrate", "raise SystemExit('bad revision')"))
    assert transcript.of("migrate") == ["bad revision"]


async def test_a_line_without_end_passes(supervisor: Supervisor, transcript: Transcript) -> None:
    await supervisor.run(program("loud", "print('x' * 300_000, end='')"))
    assert transcript.of("loud") == ["x" * 300_000]


async def test_children_die_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    code = """
import asyncio, os, sys
from pathlib import Path
from portal.embedded.supervisor import Program, Supervisor
async def main():
    supervisor = Supervisor(lambda name, line: print(line, flush=True))
    await supervisor.start(Program(name="x", environment=os.environ, folder=Path("/"),
        command=[sys.executable, "-c", "import os, signal; print(os.getpid(), flush=True); signal.pause()"]))
    await asyncio.Event().wait()
asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    child = psutil.Process(int(await parent.stdout.readline()))
    parent.kill()
    await parent.wait()
    assert wait_until(lambda: not lives(child), still_possible=lambda: True, seconds=30)
