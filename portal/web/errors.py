"""How failures are answered: a sentence, what was kept, the next step; an id for our log instead of details."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from portal.domain.errors import (
    Conflict,
    Invalid,
    NotFound,
    SignInRequired,
    TooLarge,
    TooMany,
    Unavailable,
    XindaiError,
)
from portal.domain.text import N_
from portal.web.templating import Page, render

log = structlog.get_logger()

_NOT_ALLOWED = N_("这个地址不接受这样的操作。请返回上一页重新进入。")
_BAD_REQUEST = N_("提交的内容无法识别，您之前填写的都已保存。请返回上一页重新提交。")


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """`sentence` is a message id; `error_id` is set when there is something for us to look up in the log."""

    status: int
    sentence: str
    error_id: str | None = None
    retry_after: int | None = None


def _answer(page: ErrorPage) -> Page:
    response = render("errors/error.html", page, page.status)
    if page.retry_after is not None:
        response.headers["Retry-After"] = str(page.retry_after)
    return response


def answer_known(request: Request, error: XindaiError) -> Response[Any]:  # type: ignore[type-arg]
    """One of ours: the sentence it carries."""
    if isinstance(error, SignInRequired):
        if request.headers.get("hx-request") == "true":
            return Response(None, status_code=204, headers={"HX-Redirect": error.where})
        return Redirect(error.where, status_code=303)
    retry_after = error.retry_after if isinstance(error, TooMany | Unavailable) else None
    return _answer(ErrorPage(error.status, error.public, retry_after=retry_after))


def answer_http(request: Request, error: HTTPException) -> Response[Any]:  # type: ignore[type-arg]
    """Litestar's own refusals, in our words."""
    known: dict[int, str] = {404: NotFound.public, 405: _NOT_ALLOWED, 413: TooLarge.public, 429: TooMany.public}
    if error.status_code >= 500:
        return answer_unknown(request, error)
    return _answer(ErrorPage(error.status_code, known.get(error.status_code, _BAD_REQUEST)))


def answer_unavailable(request: Request, error: Exception) -> Response[Any]:  # type: ignore[type-arg]
    """The database is away, restarting or out of connections: 503, and the client may come back."""
    log.warning("database_unavailable", error=type(error).__name__, path=request.url.path)
    return _answer(ErrorPage(503, Unavailable.public, retry_after=5))


def answer_database(request: Request, error: DBAPIError) -> Response[Any]:  # type: ignore[type-arg]
    """A database error is an outage, a race that was lost, or a fault of ours."""
    if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
        return answer_unavailable(request, error)
    state = getattr(error.orig, "sqlstate", None) or ""
    if state[:2] in ("08", "53", "57"):
        return answer_unavailable(request, error)
    if state in ("40001", "40P01", "55P03"):
        return answer_known(request, Conflict())
    return answer_unknown(request, error)


def answer_stale(request: Request, error: StaleDataError) -> Response[Any]:  # type: ignore[type-arg]
    """Somebody else wrote first."""
    return answer_known(request, Conflict())


def answer_unknown(request: Request, error: Exception) -> Response[Any]:  # type: ignore[type-arg]
    """A fault of ours: logged once with an id, without values; the person sees the id and a way on."""
    error_id = secrets.token_hex(4)
    log.error("unexpected_error", error_id=error_id, path=request.url.path, exc_info=_without_values(error))
    return _answer(ErrorPage(500, XindaiError.public, error_id=error_id))


def _without_values(error: Exception) -> Exception:
    """Statement parameters may hold personal data: keep the kind and the trace, drop the message."""
    bare = RuntimeError(type(error).__name__)
    return bare.with_traceback(error.__traceback__)


HANDLERS: dict[Any, Any] = {
    XindaiError: answer_known,
    Invalid: answer_known,
    HTTPException: answer_http,
    DBAPIError: answer_database,
    PoolTimeout: answer_unavailable,
    StaleDataError: answer_stale,
    OSError: answer_unavailable,
    asyncio.TimeoutError: answer_unavailable,
    Exception: answer_unknown,
}
