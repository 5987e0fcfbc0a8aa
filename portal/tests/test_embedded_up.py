"""`xindai up` with real PostgreSQL and Valkey, and tiny programs in place of portal, workers and sandbox."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil
import pytest

from portal.embedded.process import lives, wait_until
from portal.embedded.up import TREE_MARK
from portal.settings import runtime_dir
from portal.testing.ports import free_ports

DRIVER = """
import sys
from portal.cli import main
from portal.embedded import programs

def answer(port):
    code = f'''
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(str(os.getpid()).encode())
http.server.HTTPServer(("127.0.0.1", {port}), Handler).serve_forever()
'''
    return [sys.executable, "-c", code]

def wait():
    return [sys.executable, "-c", "import signal; signal.pause()"]

def family():
    return [sys.executable, "-c", "import subprocess, sys; subprocess.run([sys.executable, '-c', "
            "'import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); signal.pause()'])"]

programs.web = lambda settings: answer(settings.port)
programs.sandbox = lambda settings: answer(settings.port + 1)
programs.worker = lambda queue: family() if queue == "ocr" else wait()
programs.migrate = lambda: [sys.executable, "-c", "import os; print(os.environ['XINDAI_DATABASE_URL'])"]
programs.seed = lambda: [sys.executable, "-c", "print('officer / secret')"]
main()
"""


class Tree:
    """A run of `xindai up` in a home of its own."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port
        self.process: Process | None = None

    async def start(self) -> Process:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("XINDAI_")}
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", DRIVER, "up", "--port", str(self.port)),
            stdout=PIPE,
            stderr=PIPE,
            env=environment | {"XINDAI_HOME": str(self.home)},
        )
        return self.process

    async def until(self, words: str) -> list[str]:
        """Its lines up to the one that holds the words."""
        assert self.process is not None
        assert self.process.stdout is not None
        lines: list[str] = []
        async with asyncio.timeout(60):
            while not lines or words not in lines[-1]:
                line = await self.process.stdout.readline()
                assert line, f"ended before {words!r}: {lines}"
                lines.append(line.decode())
        return lines

    def members(self) -> list[psutil.Process]:
        """All living processes of the tree, the supervisor aside."""
        own = self.process.pid if self.process else 0
        return [
            process
            for process in psutil.process_iter(["environ", "cmdline"])
            if process.pid != own
            and (
                (process.info["environ"] or {}).get(TREE_MARK) == str(self.home)
                or str(self.home / "pg") in (process.info["cmdline"] or [])
            )
        ]

    async def until_grown(self, count: int) -> list[psutil.Process]:
        """Its members once there are so many: what was said to be started may not have come to its own children."""
        grown = lambda: len(self.members()) >= count  # noqa: E731 - asked again and again
        assert await asyncio.to_thread(wait_until, grown, still_possible=lambda: True, seconds=60)
        return self.members()

    async def end(self) -> tuple[int, str]:
        """Ctrl-C; exit code and what was left to read on stderr."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(60):
            _, errors = await self.process.communicate()
        return self.process.returncode or 0, errors.decode()


@pytest.fixture
async def tree() -> AsyncIterator[Tree]:
    with TemporaryDirectory() as folder:
        tree = Tree(Path(folder, "home"), free_ports(3))
        yield tree
        if tree.process is not None and tree.process.returncode is None:
            await tree.end()


async def test_starts_everything_restarts_a_crash_and_ends_cleanly(tree: Tree) -> None:
    await tree.start()
    said = "".join(await tree.until("Ctrl-C"))
    assert "migrate  | postgresql+asyncpg://postgres@/xindai?host=" in said
    assert f"http://localhost:{tree.port}/helpdesk" in said
    assert "officer / secret" in said
    assert f"http://localhost:{tree.port + 1}/messages" in said
    assert f"http://localhost:{tree.port + 1}/specimens" in said
    async with httpx.AsyncClient() as client:
        pid = int((await client.get(f"http://localhost:{tree.port}")).text)
        os.kill(pid, signal.SIGKILL)
        await tree.until("killed by SIGKILL; starts again")
        members = await tree.until_grown(7)
    code, errors = await tree.end()
    assert (code, errors) == (0, "")
    assert not [process for process in members if lives(process)]
    assert not (tree.home / "pg" / "postmaster.pid").exists()
    assert not runtime_dir(tree.home).exists()


async def test_a_second_one_in_the_same_folder_is_told_so(tree: Tree) -> None:
    await tree.start()
    await tree.until("Ctrl-C")
    second = Tree(tree.home, tree.port + 10)
    process = await second.start()
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert f"Xindai already runs in {tree.home} (http://localhost:{tree.port}, process" in errors.decode()


async def test_a_port_in_use_is_said(tree: Tree) -> None:
    with socket.create_server(("127.0.0.1", tree.port + 1)):
        process = await tree.start()
        _, errors = await process.communicate()
    assert process.returncode == 1
    assert f"Port {tree.port + 1} for the sandbox is in use" in errors.decode()


async def test_recovers_from_a_kill(tree: Tree) -> None:
    process = await tree.start()
    await tree.until("Ctrl-C")
    earlier = tree.members()
    process.kill()
    await process.wait()
    await tree.start()
    assert any("of an earlier run" in line for line in await tree.until("Ctrl-C"))
    assert wait_until(lambda: not any(map(lives, earlier)), still_possible=lambda: True, seconds=30)


async def test_can_be_stopped_while_it_starts(tree: Tree) -> None:
    await tree.start()
    await tree.until("migrate")
    code, errors = await tree.end()
    assert (code, errors) == (0, "")
    assert tree.members() == []


async def test_a_signal_that_arrives_twice_still_ends_cleanly(tree: Tree) -> None:
    process = await tree.start()
    await tree.until("Ctrl-C")
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(60):
        said, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
    assert b"SIGKILL" not in said
