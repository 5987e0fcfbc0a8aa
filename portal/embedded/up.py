"""`xindai up`: the whole product on one machine, as one process tree."""

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from portal.embedded import programs
from portal.embedded.postgres import STOP_SIGNAL, Postgres
from portal.embedded.process import EmbeddedError, end_processes
from portal.embedded.supervisor import Program, Supervisor
from portal.embedded.valkey import Valkey
from portal.settings import ROOT, Settings, runtime_dir

TREE_MARK = "XINDAI_TREE"
"""Every process of a tree carries its home in this variable, so that what a kill left behind is found."""

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

SAME_PRESS_SECONDS = 1.0
"""One press may arrive twice: from the terminal, and passed on by make or timeout."""


def up(settings: Settings) -> None:
    """Run until a signal; raises EmbeddedError with a sentence when something is in the way."""
    with _only_one(settings):
        _end_leftovers(settings)
        _check_ports(settings)
        try:
            asyncio.run(_run(settings))
        finally:
            shutil.rmtree(runtime_dir(settings.home), ignore_errors=True)


async def _run(settings: Settings) -> None:
    """Start, then wait for Ctrl-C, which may come while we still start; a later second one ends the patience."""
    supervisor = Supervisor(_say)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    patient_until = 0.0

    def on_signal() -> None:
        nonlocal patient_until
        if not stopping.is_set():
            stopping.set()
            patient_until = loop.time() + SAME_PRESS_SECONDS
        elif loop.time() > patient_until:
            supervisor.kill()

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, on_signal)
    starting = asyncio.create_task(_start(supervisor, settings))
    stop = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({starting, stop}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            sys.stdout.write(_welcome(settings, await starting))
            sys.stdout.flush()
            await stop
        _say("up", "stopping")
    finally:
        stopping.set()
        starting.cancel()
        await asyncio.wait({starting})
        await supervisor.stop()


async def _start(supervisor: Supervisor, settings: Settings) -> str:
    """Everything in the order it is needed; the seed's logins."""
    environment = _environment(settings)
    servers = [_postgres(settings)] if settings.embeds_database else []
    servers += [_valkey(settings, environment)] if settings.embeds_redis else []
    await supervisor.start(*servers)
    await supervisor.run(_program("migrate", programs.migrate(), environment))
    logins = ""
    if settings.environment == "development":
        logins = await supervisor.run(_program("seed", programs.seed(), environment), show=False)
        sandbox = _program("sandbox", programs.sandbox(settings), environment, answers_at=settings.port + 1)
        await supervisor.start(sandbox)
    workers = [_program(queue, programs.worker(queue), environment) for queue in programs.QUEUES]
    await supervisor.start(*workers)
    await supervisor.start(_program("web", programs.web(settings), environment, answers_at=settings.port))
    return logins


def _environment(settings: Settings) -> dict[str, str]:
    """What the parts are told: the answers, not the questions."""
    return os.environ | {
        TREE_MARK: str(settings.home),
        "PYTHONUNBUFFERED": "1",
        "XINDAI_HOME": str(settings.home),
        "XINDAI_HOST": settings.host,
        "XINDAI_PORT": str(settings.port),
        "XINDAI_DATABASE_URL": settings.database_url,
        "XINDAI_REDIS_URL": settings.redis_url,
    }


def _program(
    name: str, command: list[str], environment: Mapping[str, str], *, answers_at: int | None = None
) -> Program:
    return Program(
        name=name,
        command=command,
        environment=environment,
        folder=ROOT,
        is_ready=(lambda: _answers(answers_at)) if answers_at else None,
    )


def _answers(port: int) -> bool:
    """Whether a web server there answers anything at all."""
    try:
        httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2)
    except httpx.HTTPError:
        return False
    return True


def _postgres(settings: Settings) -> Program:
    server = Postgres(settings.home / "pg", runtime_dir(settings.home))
    return Program(
        name="postgres",
        command=server.command,
        environment=server.environment,
        folder=Path("/"),
        prepare=server.prepare,
        is_ready=server.is_ready,
        stop_signal=STOP_SIGNAL,
        account=server.account,
    )


def _valkey(settings: Settings, environment: Mapping[str, str]) -> Program:
    server = Valkey(settings.home / "valkey", settings.port + 2)
    return Program(
        name="valkey",
        command=server.command,
        environment=environment,
        folder=ROOT,
        prepare=server.prepare,
        is_ready=server.is_ready,
    )


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """One tree a home. The kernel drops the lock with its holder, so a killed one never blocks the next."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.home / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            where = lock.read().strip() or "it is just starting"
            raise EmbeddedError(
                f"Xindai already runs in {settings.home} ({where}). Stop that one with Ctrl-C first."
            ) from None
        lock.truncate(0)
        lock.write(f"{settings.base_url}, process {os.getpid()}")
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def _end_leftovers(settings: Settings) -> None:
    """Whatever an earlier tree of this home left running when it was killed."""
    leftovers = []
    for process in psutil.process_iter(["environ"]):
        mark = (process.info["environ"] or {}).get(TREE_MARK)
        if mark == str(settings.home) and process.pid != os.getpid():
            leftovers.append(process)
    if leftovers:
        _say("up", f"ending {len(leftovers)} processes of an earlier run")
        end_processes(leftovers, with_signal=signal.SIGTERM, seconds=5)


def _check_ports(settings: Settings) -> None:
    """A port in use is said at once, rather than by the program that fails on it."""
    wanted = {settings.port: "the portal"}
    if settings.environment == "development":
        wanted[settings.port + 1] = "the sandbox"
    if settings.embeds_redis:
        wanted[settings.port + 2] = "Valkey"
    for port, what in wanted.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, port))
            except PermissionError:
                raise EmbeddedError(f"Port {port} for {what} needs more rights; choose one above 1023.") from None
            except OSError:
                raise EmbeddedError(
                    f"Port {port} for {what} is in use by another program. "
                    f"Choose another: `make up PORT={settings.port + 100}`."
                ) from None


def _say(name: str, line: str) -> None:
    sys.stdout.write(f"{name:8} | {line}\n")
    sys.stdout.flush()


def _welcome(settings: Settings, logins: str) -> str:
    portal, sandbox = settings.base_url, settings.sandbox_url
    lines = ["", "信贷 Xindai 已就绪 · ready", "", f"  申请贷款 apply       {portal}"]
    lines += [f"  工作台   helpdesk    {portal}/helpdesk"]
    lines += [f"      {line}" for line in logins.splitlines() if line.strip()]
    if settings.environment == "development":
        lines += [
            f"  收件箱   inbox       {sandbox}/messages   验证码和通知 codes and notices",
            f"  样例证件 specimens   {sandbox}/specimens   没有证件时下载使用 documents to apply with",
        ]
    lines += ["", f"  Ctrl-C 停止 stops everything. 数据保存在 Data stays in {settings.home}", "", ""]
    return "\n".join(lines)
