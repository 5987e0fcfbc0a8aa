"""Entry point for ASGI servers: `granian --interface asgi --factory portal.asgi:create_app`."""

from threading import Thread

from litestar import Litestar

from portal.understanding.parse import warm_up
from portal.web import app as web


def create_app() -> Litestar:
    """The portal. Dictionaries are read and the FAQ is learned beside it, so that the first who talks need not wait."""
    Thread(target=warm_up, name="learn the FAQ", daemon=True).start()
    return web.create_app()
