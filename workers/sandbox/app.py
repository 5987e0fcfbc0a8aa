"""One application out of the stand-ins that are wanted."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Literal, get_args

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Litestar, Router, get
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig
from litestar.types import Scope

from workers.sandbox.bank import bank_router
from workers.sandbox.bureau import bureau_router
from workers.sandbox.inbox import link_addresses, messages_router
from workers.sandbox.refusals import Refusal, answer_invalid, answer_refusal

log = structlog.get_logger()

Part = Literal["bureau", "bank", "messages", "specimens"]
PARTS: tuple[Part, ...] = get_args(Part)

_PAGES = Path(__file__).parent / "pages"
_MAX_BODY_BYTES = 1_000_000
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def _specimens_router(folder: Path) -> Router:
    from workers.sandbox.showcase import specimens_router  # noqa: PLC0415 - loads OpenCV, which the others do without

    return specimens_router(folder)


def _routers(home: Path) -> Mapping[Part, Callable[[], Router]]:
    folder = home / "sandbox"
    return {
        "bureau": lambda: bureau_router(folder),
        "bank": lambda: bank_router(folder),
        "messages": lambda: messages_router(folder, home),
        "specimens": lambda: _specimens_router(folder),
    }


@get("/healthz")
async def healthz() -> str:
    """For whoever waits until the process listens."""
    return "ok"


@get("/")
async def show_first_page() -> Redirect:
    """People come for the documents first."""
    return Redirect("/specimens")


async def _report(error: Exception, scope: Scope) -> None:
    """A stand-in's own failure must show; refusals and ordered trouble are its work."""
    if not isinstance(error, HTTPException):
        log.error("sandbox_failed", path=scope["path"], exc_info=error)


def create_app(home: Path, portal_url: str, parts: Collection[Part] = PARTS) -> Litestar:
    """The stand-ins in `parts`, remembering under `home`/sandbox; pages link to the portal."""
    routers = _routers(home)
    pages = Environment(loader=FileSystemLoader(_PAGES), autoescape=True, undefined=StrictUndefined)
    pages.globals |= {"parts": frozenset(parts), "portal_url": portal_url}
    pages.filters["links"] = link_addresses
    return Litestar(
        route_handlers=[
            healthz,
            show_first_page,
            create_static_files_router("/static", [_PAGES], include_in_schema=False),
            *(routers[part]() for part in parts),
        ],
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(pages)),
        exception_handlers={Refusal: answer_refusal, ValidationException: answer_invalid},
        response_headers=_HEADERS,
        request_max_body_size=_MAX_BODY_BYTES,
        after_exception=[_report],
        openapi_config=None,
        logging_config=None,
    )
