"""The command lines of the parts, for the `xindai` command and for `xindai up`."""

import sys

from portal.settings import Settings

QUEUES = ("ocr", "outside", "light")
"""One worker process each: reading documents, calling the outside world, everything else."""


def python(module: str, *arguments: str) -> list[str]:
    """A module of ours, or of a package, under this interpreter."""
    return [sys.executable, "-m", module, *arguments]


def web(settings: Settings) -> list[str]:
    """The portal on granian. Streams stay open for minutes, so many requests may be under way at once."""
    return python(
        "granian",
        "portal.asgi:create_app",
        "--factory",
        "--interface=asgi",
        f"--host={settings.host}",
        f"--port={settings.port}",
        f"--workers={settings.web_workers}",
        "--log-level=warning",
        "--no-ws",
        "--backlog=4096",
        "--backpressure=16384",
        "--workers-kill-timeout=4",
        *(["--respawn-failed-workers"] if settings.web_workers > 1 else []),
    )


def worker(queue: str) -> list[str]:
    """One worker process on one queue."""
    return python("workers", "--queue", queue)


def sandbox(settings: Settings) -> list[str]:
    """The stand-ins for bureau, bank and message gateway, next to the portal's port."""
    return python("workers.sandbox", "--port", str(settings.port + 1))


def migrate() -> list[str]:
    """Bring the database to the newest schema; run it in the checkout, where alembic finds pyproject.toml."""
    return python("alembic", "upgrade", "head")


def seed() -> list[str]:
    """Staff for a development machine; it writes their logins."""
    return python("portal.testing.seed")
