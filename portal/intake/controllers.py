"""The chat: show it, answer, consent, check, submit."""

from dataclasses import replace

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.applications.queries import catalogue_of, get_owned_application
from portal.applications.service import open_another
from portal.db.models import Application
from portal.db.uow import UnitOfWork
from portal.documents.files import FileMissing, FileStore, answers_key, get_sealed
from portal.domain.application import ApplicationState
from portal.domain.errors import Invalid, NotFound, Unavailable
from portal.domain.text import N_
from portal.intake import service, talk
from portal.intake.entry import EntryController, place_of
from portal.intake.forms import AnswerForm
from portal.intake.pages import ELSEWHERE, NOTICES, Asked, as_of, chat_page, check_page
from portal.intake.proposals import ALL, chat_path, proposal_page, step_path
from portal.intake.state import Intake, read_intake
from portal.settings import Settings
from portal.web.auth import Visitor
from portal.web.forms import read_fields
from portal.web.templating import Page, is_htmx, redirect, render

_BEING_DRAWN = N_("您的回答清单正在制作，请过几秒再打开。")


class ChatController(Controller):
    """One draft's conversation."""

    path = "/applications/{reference:str}"

    @get("/chat")
    async def show(
        self,
        request: Request,  # type: ignore[type-arg]
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
        edit: FromQuery[str | None] = None,
        at: FromQuery[str | None] = None,
        notice: FromQuery[str | None] = None,
    ) -> Response:  # type: ignore[type-arg]
        """The transcript and the question being asked, or the earlier one to edit."""
        application = await get_owned_application(uow, reference, visitor.require_applicant())
        if application.state is not ApplicationState.DRAFT:
            return redirect(request, f"/applications/{reference}/progress")
        intake = await read_intake(uow, application)
        if edit is None and at is None:
            return redirect(request, _place(intake, notice or ""))
        asked = Asked(intake.catalogue.find(edit or at or ""), editing=True, notice=NOTICES.get(notice or ""))
        return _chat(request, intake, asked, visitor, settings)

    @get("/chat/news")
    async def show_news(
        self,
        request: Request,  # type: ignore[type-arg]
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
        seen: FromQuery[str] = "",
        at: FromQuery[str] = "",
        editing: FromQuery[bool] = False,
    ) -> Response:  # type: ignore[type-arg]
        """What was said on another phone since a page was made; its question stays while it is still to be answered."""
        application = await get_owned_application(uow, reference, visitor.require_applicant())
        if application.state is not ApplicationState.DRAFT:
            return redirect(request, f"/applications/{reference}/progress")
        if seen == as_of(application):
            return Response(None, status_code=204)
        intake = await read_intake(uow, application)
        page = chat_page(intake, Asked(intake.catalogue.find(at), editing), visitor.language, settings.lender_name)
        if page.question is not None and (page.question.slot, page.editing) == (at, editing):
            return render("intake/_news.html", page)
        return _chat(request, intake, Asked(notice=ELSEWHERE), visitor, settings)

    @get("/chat/proposal")
    async def show_proposal(
        self,
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        slot: FromQuery[str],
    ) -> Page:
        """What has been read for a question that is on the screen."""
        application = await get_owned_application(uow, reference, visitor.require_applicant())
        intake = await read_intake(uow, application)
        question = intake.catalogue.find(slot)
        proposal = proposal_page(intake, question, late=True) if question else None
        if proposal is None:
            raise NotFound
        return render("intake/_proposal.html", proposal)

    @get(["/answers/{slot:str}", "/heard/{slot:str}"])
    async def leave_answer(self, request: Request, reference: FromPath[str], slot: FromPath[str]) -> Response:  # type: ignore[type-arg]
        """A form's address opened by reloading or going back."""
        return redirect(request, f"/applications/{reference}/chat")

    @post("/answers/{slot:str}", status_code=200)
    async def answer(
        self,
        request: Request,  # type: ignore[type-arg]
        reference: FromPath[str],
        slot: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
    ) -> Response:  # type: ignore[type-arg]
        """Store one answer and ask the next question."""
        application = await get_owned_application(uow, reference, visitor.require_applicant(), for_update=True)
        if application.state is not ApplicationState.DRAFT:
            return redirect(request, f"/applications/{reference}/progress")
        asked = Asked(catalogue_of(application).find(slot))
        try:
            form = AnswerForm.read(await read_fields(request))
        except Invalid as error:
            return _refuse(request, await read_intake(uow, application), asked, error, visitor, settings)
        intake = await read_intake(uow, application, form.key)
        asked = replace(asked, editing=form.editing, typed=form.text, ticked=frozenset(form.consents))
        try:
            heard = await talk.hear(uow, intake, slot, form)
            if heard is not None:
                asked = replace(asked, editing=form.reopened)
                return await _reply(request, uow, application, heard, asked, visitor, settings)
            taken, intake = await service.answer(uow, intake, slot, form, settings.lender_name)
        except Invalid as error:
            return _refuse(request, intake, asked, error, visitor, settings)
        return _go_on(request, intake, taken, visitor, settings)

    @post("/heard/{number:int}", status_code=200)
    async def settle(
        self,
        request: Request,  # type: ignore[type-arg]
        reference: FromPath[str],
        number: FromPath[int],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
    ) -> Response:  # type: ignore[type-arg]
        """A yes or no to what was understood."""
        application = await get_owned_application(uow, reference, visitor.require_applicant(), for_update=True)
        if application.state is not ApplicationState.DRAFT:
            return redirect(request, place_of(application))
        fields = await read_fields(request)
        try:
            going_on = await talk.settle(uow, application, number, fields)
        except Invalid as error:
            asked, intake = Asked(fields=dict(fields)), await read_intake(uow, application)
            return _refuse(request, intake, asked, error, visitor, settings)
        if going_on is not application:
            return redirect(request, place_of(going_on))
        return _go_on(request, await read_intake(uow, application), True, visitor, settings)


class CheckController(Controller):
    """Check and submit."""

    path = "/applications/{reference:str}"

    @get("/check")
    async def show(
        self,
        request: Request,  # type: ignore[type-arg]
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        notice: FromQuery[str | None] = None,
    ) -> Response:  # type: ignore[type-arg]
        """Every answer, by section; what is missing is asked first."""
        application = await get_owned_application(uow, reference, visitor.require_applicant())
        if application.state is not ApplicationState.DRAFT:
            return redirect(request, f"/applications/{reference}/progress")
        intake = await read_intake(uow, application)
        if intake.current is not None or intake.ineligibility is not None:
            return redirect(request, f"{chat_path(intake)}?notice=incomplete")
        return render("intake/check.html", check_page(uow, intake, NOTICES.get(notice or "")))

    @post("/submit", status_code=200)
    async def submit(
        self,
        request: Request,  # type: ignore[type-arg]
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        files: NamedDependency[FileStore],
    ) -> Response:  # type: ignore[type-arg]
        """Hand it in, once."""
        applicant_id = visitor.require_applicant()
        fields = await read_fields(request)
        key, digest = fields.get("_key", ""), fields.get("digest", "")
        try:
            await service.submit(uow, files, reference, applicant_id, key, digest, visitor.ip)
        except service.Incomplete:
            return redirect(request, f"/applications/{reference}/chat?notice=incomplete")
        except service.Changed:
            return redirect(request, f"/applications/{reference}/check?notice=changed")
        return redirect(request, f"/applications/{reference}/progress")


class AnswersController(Controller):
    """What was handed in, to keep."""

    path = "/applications/{reference:str}"

    @get("/answers.pdf")
    async def download(
        self,
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        files: NamedDependency[FileStore],
    ) -> Response[bytes]:
        """The sheet of answers; seconds after submission it may not be drawn yet."""
        application = await get_owned_application(uow, reference, visitor.require_applicant())
        if application.submitted_at is None:
            raise NotFound
        try:
            pdf = await get_sealed(uow, files, application.applicant_id, answers_key(application.id))
        except FileMissing:
            raise Unavailable(public=_BEING_DRAWN) from None
        headers = {"Content-Disposition": f'inline; filename="{reference}.pdf"', "Cache-Control": "no-store"}
        return Response(pdf, media_type="application/pdf", headers=headers)


class ApplicationsController(Controller):
    """A person's applications."""

    path = "/applications"

    @post("", status_code=200)
    async def open(
        self,
        request: Request,  # type: ignore[type-arg]
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response:  # type: ignore[type-arg]
        """Apply again after an earlier application came to its end."""
        application = await open_another(uow, visitor.require_applicant())
        return redirect(request, place_of(application))


def _place(intake: Intake, notice: str) -> str:
    """The address of what is to be done now: the question that is open, or the check page."""
    told = f"notice={notice}" if notice in NOTICES else ""
    if intake.current is None and intake.ineligibility is None:
        return f"/applications/{intake.application.reference}/check?{told}".rstrip("?")
    slot = intake.current.slot if intake.current else ALL
    return f"{step_path(intake, slot)}&{told}".rstrip("&")


async def _reply(
    request: Request,  # type: ignore[type-arg]
    uow: UnitOfWork,
    application: Application,
    heard: talk.Heard,
    asked: Asked,
    visitor: Visitor,
    settings: Settings,
) -> Response:  # type: ignore[type-arg]
    """What was said stands in the transcript with its reply; the earlier question that was wanted is back, and one that
    is being edited stays."""
    intake = await read_intake(uow, application)
    edited = asked.question.slot if asked.question and asked.editing else None
    if heard.edit is not None or not is_htmx(request):
        return redirect(request, chat_path(intake, heard.edit or edited))
    return _chat(request, intake, replace(asked, typed=None) if edited else Asked(), visitor, settings)


def _refuse(
    request: Request,  # type: ignore[type-arg]
    intake: Intake,
    asked: Asked,
    error: Invalid,
    visitor: Visitor,
    settings: Settings,
) -> Response:  # type: ignore[type-arg]
    """The question again, with what is wrong."""
    asked = replace(asked, errors=error.fields or {"value": error.public})
    return _chat(request, intake, asked, visitor, settings, status=422)


def _go_on(request: Request, intake: Intake, taken: bool, visitor: Visitor, settings: Settings) -> Response:  # type: ignore[type-arg]
    """To the next question, or to the check page when there is none."""
    if intake.current is None and intake.ineligibility is None:
        return redirect(request, f"/applications/{intake.application.reference}/check")
    if not is_htmx(request):
        return redirect(request, chat_path(intake) + ("" if taken else "?notice=stale"))
    response = _chat(request, intake, Asked(notice=None if taken else NOTICES["stale"]), visitor, settings)
    # A step of its own in the browser's history: going back leads to the question before, with its answer.
    response.headers["HX-Push-Url"] = step_path(intake, intake.current.slot) if intake.current else chat_path(intake)
    del response.headers["HX-Replace-Url"]
    return response


def _chat(
    request: Request,  # type: ignore[type-arg]
    intake: Intake,
    asked: Asked,
    visitor: Visitor,
    settings: Settings,
    status: int = 200,
) -> Page:
    """The whole page, or for htmx the chat alone; its address is then the chat's, not the form's."""
    fragment = is_htmx(request)
    context = chat_page(intake, replace(asked, fragment=fragment), visitor.language, settings.lender_name)
    page = render("intake/_chat.html" if fragment else "intake/chat.html", context, status)
    if fragment:
        slot = context.question.slot if context.question else None
        page.headers["HX-Replace-Url"] = step_path(intake, slot) if slot else chat_path(intake)
    return page


CONTROLLERS = (EntryController, ApplicationsController, AnswersController, ChatController, CheckController)
