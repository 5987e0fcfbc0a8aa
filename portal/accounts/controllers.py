"""Staff sign-in, signing out, and how pages are shown."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromQuery

from portal.accounts.pages import StaffSignInPage
from portal.accounts.service import store_language
from portal.accounts.sessions import end_session, open_session
from portal.accounts.staff import sign_in_staff
from portal.db.uow import UnitOfWork
from portal.domain.errors import Invalid, TooMany
from portal.settings import Settings
from portal.web.auth import Visitor, new_session_id, set_session_cookie
from portal.web.forms import read_fields
from portal.web.limits import Limiter
from portal.web.templating import Page, redirect, render

_FAILURES = "5/15minutes"


class StaffSignInController(Controller):
    """Password and time-based code in one form."""

    path = "/helpdesk/sign-in"

    @get()
    async def show(self, request: Request, visitor: NamedDependency[Visitor]) -> Response:  # type: ignore[type-arg]
        """The form; somebody signed in goes straight on."""
        if visitor.staff is not None:
            return redirect(request, "/helpdesk")
        return render("accounts/staff_sign_in.html", StaffSignInPage())

    @post(status_code=200)
    async def sign_in(
        self,
        request: Request,  # type: ignore[type-arg]
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
        limiter: NamedDependency[Limiter],
    ) -> Response:  # type: ignore[type-arg]
        """Let them in under a fresh session id, or count the failure against login and address."""
        fields = await read_fields(request)
        login = fields.get("login", "").strip().lower()[:100]
        index = uow.keys.blind_index("staff_login", login)
        keys = (index.hex(), visitor.ip)
        # Who tries at once takes turns: each failure is counted before the next guess is looked at.
        await uow.take_turn(index)
        try:
            await _refuse_used_up(limiter, keys)
            staff = await sign_in_staff(uow, login, fields.get("password", ""), fields.get("code", ""))
        except TooMany as error:
            return _refused(login, error.public, 429, error.retry_after)
        except Invalid as error:
            await _count(limiter, keys)
            return _refused(login, error.public, 422)
        session_id = await _rotate(uow, visitor, settings, staff.id)
        answer = redirect(request, "/helpdesk")
        set_session_cookie(answer, session_id, settings)
        return answer


class SignOutController(Controller):
    """The way out, for applicants and staff."""

    @post(["/sign-out", "/helpdesk/sign-out"], status_code=200)
    async def sign_out(
        self,
        request: Request,  # type: ignore[type-arg]
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
    ) -> Response:  # type: ignore[type-arg]
        """End the session; the browser gets a fresh anonymous id."""
        if visitor.session_id is not None:
            await end_session(uow, visitor.session_id)
        answer = redirect(request, "/helpdesk/sign-in" if visitor.staff is not None else "/")
        set_session_cookie(answer, new_session_id(), settings)
        return answer


class PreferencesController(Controller):
    """Language and type size: cookies, so they hold before sign-in too."""

    path = "/preferences"

    @get("/language")
    async def choose_language(
        self,
        request: Request,  # type: ignore[type-arg]
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
        to: FromQuery[str],
    ) -> Response:  # type: ignore[type-arg]
        """Chinese or English, for pages and for notices to come."""
        language = "en" if to == "en" else "zh"
        if visitor.applicant_id is not None:
            await store_language(uow, visitor.applicant_id, language)
        return _back(request, _preference("language", language, settings))

    @get("/type")
    async def choose_type_size(
        self,
        request: Request,  # type: ignore[type-arg]
        settings: NamedDependency[Settings],
        size: FromQuery[str],
    ) -> Response:  # type: ignore[type-arg]
        """Normal or large type."""
        return _back(request, _preference("type_size", "large" if size == "large" else "normal", settings))


async def _refuse_used_up(limiter: Limiter, keys: Iterable[str]) -> None:
    for key in keys:
        await limiter.refuse_used_up("staff_sign_in", key, _FAILURES)


async def _count(limiter: Limiter, keys: Iterable[str]) -> None:
    """The failure that uses a limit up is still answered as a failure; the next one is refused."""
    for key in keys:
        with suppress(TooMany):
            await limiter.check("staff_sign_in", key, _FAILURES)


def _refused(login: str, sentence: str, status: int, retry_after: int | None = None) -> Page:
    page = render("accounts/staff_sign_in.html", StaffSignInPage(login, {"login": sentence}), status)
    if retry_after is not None:
        page.headers["Retry-After"] = str(retry_after)
    return page


async def _rotate(uow: UnitOfWork, visitor: Visitor, settings: Settings, staff_id: UUID) -> str:
    if visitor.session_id is not None:
        await end_session(uow, visitor.session_id)
    return await open_session(uow, staff_id=staff_id, lifetime=timedelta(hours=settings.session_hours))


def _preference(key: str, value: str, settings: Settings) -> Cookie:
    return Cookie(
        key=key,
        value=value,
        path="/",
        max_age=365 * 24 * 3600,
        httponly=True,
        secure=settings.base_url.startswith("https://"),
        samesite="lax",
    )


def _back(request: Request, cookie: Cookie) -> Response:  # type: ignore[type-arg]
    """To the page the link was on. Only its path counts, so no address elsewhere can be smuggled in."""
    try:
        referer = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        referer = urlsplit("")
    path = referer.path if referer.netloc == request.headers.get("host") else "/"
    if not path.startswith("/") or path.startswith(("//", "/\\", "/preferences/")):
        path = "/"
    answer = redirect(request, f"{path}?{referer.query}" if referer.query and path != "/" else path)
    answer.cookies.append(cookie)
    return answer


CONTROLLERS = (StaffSignInController, SignOutController, PreferencesController)
