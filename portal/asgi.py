"""Entry point for ASGI servers: `granian --interface asgi --factory portal.asgi:create_app`."""

from portal.web.app import create_app

__all__ = ["create_app"]
