"""The way in: landing page, phone number, code, and on to where the person left off."""

from datetime import timedelta

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from portal.accounts.service import MAX_TRIES, issue_code, seconds_to_next_code, sign_in_applicant
from portal.accounts.sessions import end_session, open_session
from portal.applications.service import resume_or_open
from portal.db.models import Application, CodePurpose
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState
from portal.domain.errors import Invalid
from portal.domain.identity import mask_mobile, parse_mobile
from portal.domain.text import N_
from portal.intake.pages import Errors, LandingPage, StartPage, VerifyPage
from portal.script.catalogue import scripts
from portal.settings import Settings
from portal.web.auth import Visitor, set_session_cookie
from portal.web.forms import read_fields
from portal.web.limits import Limiter
from portal.web.pending import pending_cookie, read_pending
from portal.web.templating import Page, redirect, render

_COOKIE = "pending_sign_in"
_PRODUCT = "pending_product"
_NOTICES = {
    "again": N_("新的验证码已发出，请以最新一条短信为准。"),
    "not": N_(
        "这次没有发送新的验证码：两条之间要隔 30 秒，每个号码一小时最多 5 条、一天 10 条。请先用已收到的，或稍后再试。"
    ),
}


class EntryController(Controller):
    """From the landing page into an application."""

    @get("/")
    async def land(self, visitor: NamedDependency[Visitor]) -> Page:
        """What is on offer, what it costs, what is needed."""
        return render("intake/landing.html", LandingPage(continues=visitor.applicant_id is not None))

    @get("/start")
    async def ask_mobile(
        self,
        request: Request,  # type: ignore[type-arg]
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
        product: FromQuery[str | None] = None,
    ) -> Response:  # type: ignore[type-arg]
        """The phone number; somebody signed in goes straight on. The product chosen is kept until then."""
        if visitor.applicant_id is not None:
            return redirect(request, place_of(await resume_or_open(uow, visitor.applicant_id, product), product))
        answer = render("accounts/start.html", StartPage())
        if product is not None:
            answer.cookies.append(await pending_cookie(uow, _PRODUCT, product, settings))
        return answer

    @post("/start", status_code=200)
    async def send_code(
        self,
        request: Request,  # type: ignore[type-arg]
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
        limiter: NamedDependency[Limiter],
    ) -> Response:  # type: ignore[type-arg]
        """Send a code; every number is answered alike."""
        typed = ""
        try:
            typed = (await read_fields(request)).get("mobile", "")
            mobile = parse_mobile(typed)
        except Invalid as error:
            return render("accounts/start.html", StartPage(typed, {"mobile": error.public}), 422)
        await limiter.check("codes", visitor.ip, f"{settings.codes_an_hour_per_address}/hour")
        await _issue(uow, mobile, visitor, settings)
        answer = redirect(request, "/start/verify")
        answer.cookies.append(await pending_cookie(uow, _COOKIE, mobile, settings))
        return answer

    @get("/start/verify")
    async def ask_code(
        self,
        request: Request,  # type: ignore[type-arg]
        uow: NamedDependency[UnitOfWork],
        sent: FromQuery[str | None] = None,
    ) -> Response:  # type: ignore[type-arg]
        """The code; without a number waiting for one, the number."""
        mobile = await read_pending(request, uow, _COOKIE)
        if mobile is None:
            return redirect(request, "/start")
        return render("accounts/verify.html", await _verify_page(uow, mobile, notice=_NOTICES.get(sent or "", "")))

    @post("/start/again", status_code=200)
    async def send_again(
        self,
        request: Request,  # type: ignore[type-arg]
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
        limiter: NamedDependency[Limiter],
    ) -> Response:  # type: ignore[type-arg]
        """Another code to the same number, unless it is too soon; the page says which."""
        mobile = await read_pending(request, uow, _COOKIE)
        if mobile is None:
            return redirect(request, "/start")
        await limiter.check("codes", visitor.ip, f"{settings.codes_an_hour_per_address}/hour")
        sent = await _issue(uow, mobile, visitor, settings)
        return redirect(request, f"/start/verify?sent={'again' if sent else 'not'}")

    @post("/start/verify", status_code=200)
    async def verify(
        self,
        request: Request,  # type: ignore[type-arg]
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
        limiter: NamedDependency[Limiter],
    ) -> Response:  # type: ignore[type-arg]
        """Sign in, under a fresh session id, and go on where the person left off, on whichever phone."""
        mobile = await read_pending(request, uow, _COOKIE)
        if mobile is None:
            return redirect(request, "/start")
        await limiter.check("code_tries", visitor.ip, f"{MAX_TRIES * settings.codes_an_hour_per_address}/hour")
        try:
            code = (await read_fields(request)).get("code", "")
            applicant_id = await sign_in_applicant(uow, mobile, code, visitor.language)
        except Invalid as error:
            # Answered, not raised: the try that was spent is kept by the commit.
            return render("accounts/verify.html", await _verify_page(uow, mobile, errors={"code": error.public}), 422)
        if visitor.session_id is not None:
            await end_session(uow, visitor.session_id)
        session_id = await open_session(
            uow, applicant_id=applicant_id, lifetime=timedelta(hours=settings.session_hours)
        )
        product = await read_pending(request, uow, _PRODUCT)
        answer = redirect(request, place_of(await resume_or_open(uow, applicant_id, product), product))
        set_session_cookie(answer, session_id, settings)
        answer.delete_cookie(_COOKIE)
        answer.delete_cookie(_PRODUCT)
        return answer


def place_of(application: Application, product: str | None = None) -> str:
    """Where an application goes on; a draft for another product than was chosen now, where that can be changed."""
    if application.state is not ApplicationState.DRAFT:
        return f"/applications/{application.reference}/progress"
    offered = any(product == one.id for one in scripts().products)
    other = offered and product != application.product
    return f"/applications/{application.reference}/chat{'?edit=product' if other else ''}"


async def _issue(uow: UnitOfWork, mobile: str, visitor: Visitor, settings: Settings) -> bool:
    ttl = timedelta(seconds=settings.otp_ttl_seconds)
    return await issue_code(uow, mobile, CodePurpose.SIGN_IN, ttl=ttl, language=visitor.language)


async def _verify_page(uow: UnitOfWork, mobile: str, *, notice: str = "", errors: Errors | None = None) -> VerifyPage:
    wait = await seconds_to_next_code(uow, mobile, CodePurpose.SIGN_IN)
    return VerifyPage(mask_mobile(mobile), wait, notice, errors or {})
