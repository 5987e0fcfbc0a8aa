"""`python -m workers.sandbox --port 8001 [--host 127.0.0.1] [--only bureau …]`."""

import argparse
from functools import partial
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from portal.settings import get_settings

PARTS = ("bureau", "bank", "messages", "specimens")


def _load(parts: tuple[Any, ...]) -> Any:
    """Runs in the serving process, so that the supervising one stays small."""
    from workers.sandbox.app import create_app  # noqa: PLC0415 - see above

    settings = get_settings()
    return create_app(settings.home, settings.base_url, parts)


def main() -> None:
    """Serve until SIGTERM or Ctrl-C. One process: what is ordered by `/control` is kept in its memory."""
    parser = argparse.ArgumentParser(prog="python -m workers.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--only", choices=PARTS, action="append", help="may be given several times")
    arguments = parser.parse_args()
    server = Granian(
        "workers.sandbox",
        address=arguments.host,
        port=arguments.port,
        interface=Interfaces.ASGI,
        workers_kill_timeout=2,
        log_level=LogLevels.critical,  # a connection dropped to order is no error
    )
    loader = partial(_load, tuple(arguments.only or PARTS))
    server.serve(target_loader=loader, wrap_loader=False)


if __name__ == "__main__":
    main()
