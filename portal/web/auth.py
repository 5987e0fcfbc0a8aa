"""Who is asking: the session cookie, the visitor behind it, and the CSRF guard.

Sessions and CSRF are ours because the stock ones failed when measured: they keep a client-chosen id at login, and the
token isn't bound to the session. Before sign-in the cookie is a random number without a row; at sign-in it changes.
"""

import hmac
import secrets
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler

from portal.accounts.sessions import StaffIdentity, find_session
from portal.db.uow import UnitOfWork
from portal.domain.errors import Forbidden, NotFound, SignInRequired
from portal.domain.text import N_
from portal.settings import Settings
from portal.web.forms import parse_form

Language = Literal["zh", "en"]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_SESSION_ID_LENGTH = 43  # 32 bytes in URL-safe base64
_LONGEST_NAME = 255  # bytes, the most a file's name may have


class CsrfRefused(Forbidden):
    """The form did not come from a page of ours in this session."""

    public = N_("页面已过期，您填写的内容没有丢失。请刷新页面后再试一次。")


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person behind a request, as far as it is known."""

    session_id: str | None
    applicant_id: UUID | None
    staff: StaffIdentity | None
    language: Language
    ip: str

    def require_applicant(self) -> UUID:
        """The signed-in applicant; raises SignInRequired, which leads to the phone number page."""
        if self.applicant_id is None:
            raise SignInRequired("/start")
        return self.applicant_id

    def require_staff(self, *roles: str) -> StaffIdentity:
        """The signed-in staff member in one of the roles (none given: any role); raises SignInRequired or Forbidden."""
        if self.staff is None:
            raise SignInRequired("/helpdesk/sign-in")
        if roles and self.staff.role not in roles:
            raise Forbidden
        return self.staff


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host and to https; plain http (one machine) can't use it."""
    return "__Host-xindai" if settings.base_url.startswith("https://") else "xindai"


def session_id_of(connection: ASGIConnection) -> str | None:  # type: ignore[type-arg]
    """The id in the cookie, when it has the form of one of ours."""
    value = connection.cookies.get(cookie_name(connection.app.state.settings))
    return value if value is not None and len(value) == _SESSION_ID_LENGTH and value.isascii() else None


def session_cookie(session_id: str, settings: Settings) -> Cookie:
    """Script can't read it, other sites don't send it."""
    return Cookie(
        key=cookie_name(settings),
        value=session_id,
        path="/",
        httponly=True,
        secure=settings.base_url.startswith("https://"),
        samesite="lax",
        max_age=settings.session_hours * 3600,
    )


def set_session_cookie(response: Response, session_id: str, settings: Settings) -> None:  # type: ignore[type-arg]
    """Give the browser its new session id (after sign-in or sign-out)."""
    response.cookies.append(session_cookie(session_id, settings))


def new_session_id() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def csrf_token(session_id: str, settings: Settings) -> str:
    """What a form of this session carries: the same secret each time, under another mask each time, so that the length
    of a compressed page tells nothing of it."""
    mask = secrets.token_bytes(32)
    return (mask + _mask(_csrf_secret(session_id, settings), mask)).hex()


def _csrf_secret(session_id: str, settings: Settings) -> bytes:
    key = settings.secret_key.get_secret_value().encode()
    return hmac.digest(key, b"csrf\x00" + session_id.encode(), "sha256")


def _mask(data: bytes, mask: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(data, mask, strict=True))


def _unmask(token: str) -> bytes:
    """Empty for what can't be a token."""
    try:
        both = bytes.fromhex(token)
    except ValueError:
        return b""
    return _mask(both[32:], both[:32]) if len(both) == 64 else b""


async def check_address(connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Guard: no address of ours has control characters or endless names, which neither database nor disk can look up.

    Raises NotFound.
    """
    path = connection.scope["path"]
    values = [path, *(value for _, value in connection.query_params.multi_items())]
    if not all(value.isprintable() for value in values):
        raise NotFound
    if any(len(name.encode(errors="replace")) > _LONGEST_NAME for name in path.split("/")):
        raise NotFound


async def check_csrf(connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Guard of every unsafe request: same site, and a token of this very session. Raises CsrfRefused."""
    if connection.scope.get("method", "GET") in SAFE_METHODS or handler.opt.get("csrf_exempt"):
        return
    site = connection.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise CsrfRefused
    settings: Settings = connection.app.state.settings
    origin = connection.headers.get("origin")
    if site is None and origin is not None and origin.split("://")[-1] != connection.headers.get("host"):
        raise CsrfRefused
    session_id = session_id_of(connection)
    # Always read here, before any dependency runs: while a slow phone sends its photo, no transaction is open.
    form = await parse_form(connection) if isinstance(connection, Request) else None
    token = connection.headers.get("x-csrf-token") or (form and form.get("_csrf"))
    if session_id is None or not token:
        raise CsrfRefused
    if not hmac.compare_digest(_unmask(token), _csrf_secret(session_id, settings)):
        raise CsrfRefused


def language_of(connection: ASGIConnection) -> Language:  # type: ignore[type-arg]
    """Chinese unless the person chose English."""
    return "en" if connection.cookies.get("language") == "en" else "zh"


async def provide_visitor(request: Request, uow: NamedDependency[UnitOfWork]) -> Visitor:  # type: ignore[type-arg]
    """Look the session up; an unknown or ended one is simply nobody."""
    session_id = session_id_of(request)
    session = await find_session(uow, session_id) if session_id else None
    visitor = Visitor(
        session_id=session_id,
        applicant_id=session.applicant_id if session else None,
        staff=session.staff if session else None,
        language=language_of(request),
        ip=request.client.host if request.client else "",
    )
    request.state.visitor = visitor
    return visitor
