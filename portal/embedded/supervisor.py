"""Starts programs in order, restarts what crashes, stops all in reverse order.

Our own, because what PyPI offers lacks something we need: honcho restarts nothing; supervisord and circus are
daemons with config files, a control socket and no notion of "ready"; none ties its children's life to its own.
"""

import asyncio
import os
import signal
import subprocess
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.process import Account, EmbeddedError, die_with_parent

STEADY_SECONDS = 30.0
"""A program that ran this long has its earlier crashes forgiven."""

LONGEST_PAUSE = 15.0
FIRST_PAUSE = 0.5
CRASHES_BEFORE_READY = 2
READY_SECONDS = 180.0
"""Three processes load at once; a busy machine of two cores was seen to take over a minute. A crash ends it sooner."""

Say = Callable[[str, str], None]
"""Prints one line of one program: (name, line)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run. `prepare` runs before every start; without `is_ready` it is ready once started; `grace` is the
    seconds between the stop signal and the kill."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    folder: Path
    prepare: Callable[[], None] | None = None
    is_ready: Callable[[], bool] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 5.0
    account: Account | None = None


class _Keeper:
    """Keeps one program running until cancelled."""

    def __init__(self, program: Program, say: Say) -> None:
        self.program = program
        self._say = say
        self._process: Process | None = None
        self._crashes = 0
        self._ready = False
        self._ending = False
        self.task = asyncio.create_task(self._keep(), name=program.name)

    async def until_ready(self) -> None:
        """Wait for the first time it is ready; raises EmbeddedError when it keeps crashing or takes too long."""
        deadline = time.monotonic() + READY_SECONDS
        while not await self._answers():
            if self.task.done():
                await self.task  # raises what ended it
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{self.program.name} was not ready within {READY_SECONDS:g} s.")
            await asyncio.sleep(0.05)
        self._ready = True

    async def stop(self) -> None:
        """End it and everything it started."""
        self._cancel()
        with suppress(asyncio.CancelledError, EmbeddedError):
            await self.task

    def kill(self) -> None:
        """No more patience."""
        if self._process is not None:
            _kill_group(self._process.pid)
        self._cancel()

    def _cancel(self) -> None:
        """Once only: a second cancellation would interrupt the ending itself."""
        if not self._ending:
            self._ending = True
            self.task.cancel()

    async def _answers(self) -> bool:
        if self._process is None:
            return False
        if self.program.is_ready is None:
            return True
        return self._process.returncode is None and await asyncio.to_thread(self.program.is_ready)

    async def _keep(self) -> None:
        while True:
            started = time.monotonic()
            if self.program.prepare is not None:
                await asyncio.to_thread(self.program.prepare)
            code = await self._run()
            if time.monotonic() - started > STEADY_SECONDS:
                self._crashes = 0
            self._crashes += 1
            if not self._ready and self._crashes >= CRASHES_BEFORE_READY:
                raise EmbeddedError(f"{self.program.name} does not start ({_ending(code)}); see its lines above.")
            # Whatever ended it once, such as the kernel short of memory, is over; only what crashes again has to wait.
            pause = min(FIRST_PAUSE * 2 ** (self._crashes - 2), LONGEST_PAUSE) if self._crashes > 1 else 0
            self._say(self.program.name, f"{_ending(code)}; starts again {f'in {pause:g} s' if pause else 'at once'}")
            await asyncio.sleep(pause)

    async def _run(self) -> int:
        """One life: its exit code. Cancelled, it still ends the program properly."""
        process, relay = await _spawn(self.program, self._say)
        self._process = process
        # Not left to the next look of `until_ready`: two short lives fit in between.
        self._ready = self._ready or self.program.is_ready is None
        try:
            return await process.wait()
        finally:
            await self._end(process)
            await _finish(relay)

    async def _end(self, process: Process) -> None:
        if process.returncode is None:
            process.send_signal(self.program.stop_signal)
            try:
                await asyncio.wait_for(process.wait(), self.program.grace)
            except TimeoutError:
                self._say(self.program.name, f"did not stop within {self.program.grace:g} s and is killed")
        _kill_group(process.pid)
        await process.wait()


class Supervisor:
    """The programs of one machine; later stages are stopped first."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._stages: list[list[_Keeper]] = []

    async def start(self, *programs: Program) -> None:
        """Start a stage and wait until all of it is ready; raises EmbeddedError."""
        stage = [_Keeper(program, self._say) for program in programs]
        self._stages.append(stage)
        await asyncio.gather(*(keeper.until_ready() for keeper in stage))

    async def run(self, program: Program, *, show: bool = True) -> str:
        """Run a program to its end: what it wrote. Raises EmbeddedError, with that shown, when it fails."""
        if program.prepare is not None:
            await asyncio.to_thread(program.prepare)
        lines: list[str] = []
        process, relay = await _spawn(program, lambda _, line: lines.append(line))
        try:
            code = await process.wait()
        finally:
            _kill_group(process.pid)
            await process.wait()
            await _finish(relay)
        for line in lines if show or code else []:
            self._say(program.name, line)
        if code:
            raise EmbeddedError(f"{program.name} failed ({_ending(code)}); see its lines above.")
        return "\n".join(lines)

    async def stop(self) -> None:
        """Stop the stages, last first; those of one stage together."""
        for stage in reversed(self._stages):
            await asyncio.gather(*(keeper.stop() for keeper in stage))
        self._stages.clear()

    def kill(self) -> None:
        """Kill everything at once; `stop` then has little left to wait for."""
        for stage in self._stages:
            for keeper in stage:
                keeper.kill()


async def _spawn(program: Program, say: Say) -> tuple[Process, asyncio.Task[None]]:
    """The process, and the task that passes its lines on.

    The pipe is our own: asyncio's makes `wait()` wait for the last grandchild that holds it.
    """
    account = program.account
    read_end, write_end = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *program.command,
            stdin=subprocess.DEVNULL,
            stdout=write_end,
            stderr=subprocess.STDOUT,
            cwd=program.folder,
            env=dict(program.environment),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            process_group=0,
            preexec_fn=die_with_parent(program.stop_signal),
        )
    except BaseException:
        os.close(read_end)
        raise
    finally:
        os.close(write_end)
    return process, asyncio.create_task(_relay(read_end, program.name, say))


async def _relay(read_end: int, name: str, say: Say) -> None:
    """Pass lines on. Read in blocks: a stream reader refuses lines over 64 KiB."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    pipe = os.fdopen(read_end, "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
    rest = b""
    try:
        while block := await reader.read(65536):
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                say(name, line.decode(errors="replace"))
        if rest:
            say(name, rest.decode(errors="replace"))
    finally:
        transport.close()


async def _finish(relay: asyncio.Task[None]) -> None:
    """The pipe ends with its last holder, which may be a grandchild outside the group: don't wait for it."""
    with suppress(TimeoutError):
        await asyncio.wait_for(relay, 1.0)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
