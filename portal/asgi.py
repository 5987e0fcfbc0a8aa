"""Entry point for ASGI servers: `granian --interface asgi --factory portal.asgi:create_app`."""

from granian.utils.proxies import wrap_asgi_with_proxy_headers
from litestar.types import ASGIApp

from portal.settings import get_settings
from portal.web import app as web


def create_app() -> ASGIApp:
    """The portal. Behind proxies of ours, a request comes from whom they say it does: limits count addresses."""
    settings = get_settings()
    portal: ASGIApp = web.create_app(settings)
    if settings.trusted_proxies:
        portal = wrap_asgi_with_proxy_headers(portal, settings.trusted_proxies)
    return portal
