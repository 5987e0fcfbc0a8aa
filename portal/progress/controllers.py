"""Seeing where an application stands: the page, its live parts, and the way back to it from any phone."""

from datetime import timedelta
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from portal.accounts.service import check_code, issue_code
from portal.accounts.sessions import end_session, open_session, session_name
from portal.applications.queries import get_owned_application
from portal.db.models import Application, CodePurpose
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState
from portal.domain.errors import Invalid
from portal.domain.identity import mask_mobile, parse_mobile
from portal.domain.text import N_
from portal.progress.fragments import Follower, compose_frame, read_frame
from portal.progress.hub import EventHub
from portal.progress.pages import TrackPage, TrackVerifyPage, progress_page
from portal.progress.queries import find_application_of_mobile, load_progress
from portal.progress.stream import follow, parse_last_event_id
from portal.settings import Settings
from portal.web.auth import Visitor, set_session_cookie
from portal.web.forms import read_fields
from portal.web.limits import Limiter
from portal.web.pending import pending_cookie, read_pending
from portal.web.templating import redirect, render

_PENDING = "pending_track"
_STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_NOT_FOUND = N_("这个手机号名下没有这个编号的申请。请核对编号，或用申请时的手机号再试。")


class ProgressController(Controller):
    """The applicant's own application, live."""

    path = "/applications/{reference:str}"

    @get("/progress")
    async def show(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Where it stands. What isn't submitted yet goes on in the chat."""
        application = await get_owned_application(uow, reference, visitor.require_applicant())
        if application.state is ApplicationState.DRAFT:
            return redirect(request, f"/applications/{reference}/chat")
        return render("progress/show.html", progress_page(await load_progress(uow, application)))

    @get("/events")
    async def stream(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        hub: NamedDependency[EventHub],
        state: State,
    ) -> Stream:
        """News as server-sent events. Everything is checked here; nothing is held until the generator runs."""
        application = await get_owned_application(uow, reference, visitor.require_applicant())
        hub.check_room()
        follower = _follower(request, visitor, application)
        messages = follow(
            hub,
            application.id,
            session_name(follower.session_id),
            parse_last_event_id(request.headers.get("last-event-id")),
            lambda seen: read_frame(state.units, state.settings, follower, seen),
        )
        return Stream(messages, media_type="text/event-stream", headers=_STREAM_HEADERS)

    @get("/timeline")
    async def poll(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
    ) -> Response[str]:
        """The stream's first message as one answer, for networks that let no stream through."""
        application = await get_owned_application(uow, reference, visitor.require_applicant())
        frame = await compose_frame(uow, settings, _follower(request, visitor, application), None)
        return Response(frame.html, media_type="text/html; charset=utf-8")


class TrackController(Controller):
    """Reference and phone number lead to the application; whether they fit is told to the phone's owner only."""

    path = "/track"

    @get()
    async def ask(self) -> Response[Any]:
        """Both numbers."""
        return render("progress/track.html", TrackPage())

    @post(status_code=200)
    async def send_code(
        self,
        request: Request[Any, Any, Any],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
        limiter: NamedDependency[Limiter],
    ) -> Response[Any]:
        """A code to the phone that was typed, known or not, fitting or not."""
        fields = await read_fields(request)
        reference, typed = clean_reference(fields.get("reference", "")), fields.get("mobile", "")
        try:
            mobile = _parse(reference, typed)
        except Invalid as error:
            return render("progress/track.html", TrackPage(reference, typed, error.fields), 422)
        await limiter.check("codes", visitor.ip, f"{settings.codes_an_hour_per_address}/hour")
        await issue_code(uow, mobile, CodePurpose.TRACK, ttl=timedelta(seconds=settings.otp_ttl_seconds))
        answer = redirect(request, "/track/verify")
        answer.cookies.append(await pending_cookie(uow, _PENDING, f"{mobile} {reference}", settings))
        return answer

    @get("/verify")
    async def ask_code(self, request: Request[Any, Any, Any], uow: NamedDependency[UnitOfWork]) -> Response[Any]:
        """The code; without numbers waiting for one, the numbers."""
        pending = await read_pending(request, uow, _PENDING)
        if pending is None:
            return redirect(request, "/track")
        return render("progress/track_verify.html", TrackVerifyPage(mask_mobile(pending.split(" ")[0])))

    @post("/verify", status_code=200)
    async def verify(
        self,
        request: Request[Any, Any, Any],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
    ) -> Response[Any]:
        """Sign the phone's owner in, under a fresh session id, and show the application."""
        pending = await read_pending(request, uow, _PENDING)
        if pending is None:
            return redirect(request, "/track")
        mobile, _, reference = pending.partition(" ")
        try:
            await check_code(uow, mobile, CodePurpose.TRACK, (await read_fields(request)).get("code", ""))
        except Invalid as error:
            # Answered, not raised: the try that was spent is kept by the commit.
            page = TrackVerifyPage(mask_mobile(mobile), errors={"code": error.public})
            return render("progress/track_verify.html", page, 422)
        application = await find_application_of_mobile(uow, reference, mobile)
        if application is None:
            return render("progress/track.html", TrackPage(reference, mobile, {"reference": _NOT_FOUND}), 422)
        if visitor.session_id is not None:
            await end_session(uow, visitor.session_id)
        session_id = await open_session(
            uow, applicant_id=application.applicant_id, lifetime=timedelta(hours=settings.session_hours)
        )
        answer = redirect(request, f"/applications/{application.reference}/progress")
        set_session_cookie(answer, session_id, settings)
        answer.delete_cookie(_PENDING)
        return answer


def clean_reference(text: str) -> str:
    """As read out or copied: spaces and hyphens dropped, capitals; what can't be one stays as it was typed."""
    return text.replace(" ", "").replace("-", "").upper()[:40]


def _parse(reference: str, typed: str) -> str:
    """The mobile number; raises Invalid with a sentence for each field that is wrong."""
    wrong = {}
    if not (reference.isascii() and reference.isalnum() and len(reference) == len("XD") + 10):
        wrong["reference"] = N_("申请编号以 XD 开头，共 12 位，写在短信和申请页面里。")
    try:
        mobile = parse_mobile(typed)
    except Invalid as error:
        raise Invalid(wrong | {"mobile": error.public}) from None
    if wrong:
        raise Invalid(wrong)
    return mobile


def _follower(request: Request[Any, Any, Any], visitor: Visitor, application: Application) -> Follower:
    size = "large" if request.cookies.get("type_size") == "large" else "normal"
    session_id = visitor.session_id or ""
    return Follower(application.id, application.reference, application.applicant_id, session_id, visitor.language, size)


CONTROLLERS: tuple[type[Controller], ...] = (ProgressController, TrackController)
