"""The helpdesk: find a case, look at all of it, help, decide. Every handler names the roles it is for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from portal.accounts.sessions import session_name
from portal.db.uow import UnitOfWork
from portal.documents.files import FileStore
from portal.domain.errors import Conflict, Invalid, XindaiError
from portal.helpdesk import service
from portal.helpdesk.case_pages import Flash
from portal.helpdesk.case_view import Look, view_case, view_part
from portal.helpdesk.forms import DecideForm, RevealForm, parse_note, parse_search
from portal.helpdesk.live import Watcher, compose_frame, parse_show, read_frame
from portal.helpdesk.pages import bar_of, found_page, list_page, parse_filter, staff_page
from portal.helpdesk.policy_pages import policy_page
from portal.helpdesk.queries import (
    Case,
    count_cases,
    get_case,
    list_cases,
    list_cases_of_same_person,
    list_staff,
    search_cases,
)
from portal.helpdesk.roles import (
    ADMINS,
    DECIDERS,
    DOCUMENT_READERS,
    MODEL_PROPOSERS,
    NOTE_WRITERS,
    RESTARTERS,
    RULE_READERS,
)
from portal.helpdesk.wording import DONE, REVEALS
from portal.policies.queries import find_policy_in_force, list_terms
from portal.progress.hub import EventHub
from portal.progress.stream import follow, parse_last_event_id
from portal.registry.queries import find_open_halt
from portal.settings import Settings
from portal.web.auth import Visitor, csrf_token
from portal.web.forms import read_fields
from portal.web.templating import Page, is_htmx, redirect, render

_STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
# The reader re-encoded every picture; a browser must still not guess, keep or run it.
_PICTURE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Disposition": "inline",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


class QueueController(Controller):
    """The queue and its search."""

    path = "/helpdesk"

    @get()
    async def show(
        self,
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        queue: FromQuery[str | None] = None,
        need: FromQuery[str | None] = None,
        page: FromQuery[str | None] = None,
        person: FromQuery[str | None] = None,
    ) -> Page:
        """One page of a queue, or all applications of the person behind a reference."""
        staff = visitor.require_staff()
        counts = await count_cases(uow)
        if person is not None:
            rows = await list_cases_of_same_person(uow, person)
            return render("helpdesk/queue.html", found_page(bar_of(staff), counts, rows, search=None))
        which = parse_filter(staff, queue, need, page)
        halted = staff.role in MODEL_PROPOSERS and await find_open_halt(uow) is not None
        listed = list_page(bar_of(staff), which, counts, await list_cases(uow, which))
        return render("helpdesk/queue.html", replace(listed, halted=halted))

    @post(status_code=200)
    async def search(
        self,
        request: Request[Any, Any, Any],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """By name, phone, ID number or reference. A form, so that none of them stands in an address or a log."""
        bar = bar_of(visitor.require_staff())
        try:
            search = parse_search((await read_fields(request)).get("q", ""))
        except Invalid as error:
            page = found_page(bar, await count_cases(uow), (), search=None, error=error.public)
            return render("helpdesk/queue.html", page, error.status)
        rows = await search_cases(uow, search)
        if len(rows) == 1:
            return redirect(request, f"/helpdesk/cases/{rows[0].reference}")
        return render("helpdesk/queue.html", found_page(bar, await count_cases(uow), rows, search=search))

    @get("/staff")
    async def show_staff(self, uow: NamedDependency[UnitOfWork], visitor: NamedDependency[Visitor]) -> Page:
        """Who works here, in which role."""
        staff = visitor.require_staff(*ADMINS)
        return render("helpdesk/staff.html", staff_page(bar_of(staff, "staff"), await list_staff(uow)))

    @get("/policy")
    async def show_policy(self, uow: NamedDependency[UnitOfWork], visitor: NamedDependency[Visitor]) -> Page:
        """The rules, thresholds and legal bounds in force, as tables."""
        bar = bar_of(visitor.require_staff(*RULE_READERS), "policy")
        found, terms = await find_policy_in_force(uow), await list_terms(uow, 1)
        return render("helpdesk/policy.html", policy_page(bar, found, visitor.language, terms))


class CaseController(Controller):
    """One case."""

    path = "/helpdesk/cases/{reference:str}"

    @get()
    async def show(
        self,
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        show: FromQuery[str | None] = None,
        done: FromQuery[str | None] = None,
    ) -> Page:
        """All of it, masked; the opening leaves an event."""
        staff = visitor.require_staff()
        flash = Flash(DONE[done]) if done is not None and done in DONE else None
        look = Look(staff, visitor.language, parse_show(show), flash)
        return render("helpdesk/case.html", await view_case(uow, await get_case(uow, reference), look))

    @get(["/reveal", "/notes", "/decide"])
    async def leave(self, request: Request[Any, Any, Any], reference: FromPath[str]) -> Response[Any]:
        """A form's address, reloaded."""
        return redirect(request, f"/helpdesk/cases/{reference}")

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
        """The live parts as server-sent events; nothing is held until the generator runs."""
        visitor.require_staff()
        watcher = _watcher(request, await get_case(uow, reference), visitor)
        hub.check_room()
        messages = follow(
            hub,
            watcher.application_id,
            session_name(watcher.session_id),
            parse_last_event_id(request.headers.get("last-event-id")),
            lambda seen: read_frame(state.units, state.settings, watcher, seen),
        )
        return Stream(messages, media_type="text/event-stream", headers=_STREAM_HEADERS)

    @get("/live")
    async def poll(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        settings: NamedDependency[Settings],
    ) -> Response[str]:
        """The stream's first message as one answer, for networks that let no stream through."""
        staff = visitor.require_staff()
        watcher = _watcher(request, await get_case(uow, reference), visitor)
        frame = await compose_frame(uow, settings, watcher, staff, None)
        return Response(frame.html, media_type="text/html; charset=utf-8")

    @post("/reveal", status_code=200)
    async def reveal(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        files: NamedDependency[FileStore],
    ) -> Page:
        """One kind of personal data in clear, in this answer only; the event is in the same transaction."""
        staff, fields = visitor.require_staff(), await read_fields(request)
        case, look = await get_case(uow, reference), Look(staff, visitor.language)
        try:
            form = RevealForm.parse(fields)
        except Invalid as error:
            return await _ask_again(request, uow, case, look, fields, error)
        revealed = await service.reveal(uow, files, case, staff, form)
        look = Look(staff, visitor.language, revealed=revealed)
        if is_htmx(request):
            return _fragment(*await view_part(uow, case, look, form.kind, form.document))
        return render("helpdesk/case.html", await view_case(uow, case, look))

    @get("/documents/{document_id:uuid}/pages/{number:int}")
    async def show_picture(
        self,
        reference: FromPath[str],
        document_id: FromPath[UUID],
        number: FromPath[int],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        files: NamedDependency[FileStore],
    ) -> Response[bytes]:
        """One page of a document, within minutes after a reason was given for it."""
        staff = visitor.require_staff(*DOCUMENT_READERS)
        case = await get_case(uow, reference)
        picture = await service.read_picture(uow, files, case, staff, document_id, number)
        return Response(picture, media_type="image/jpeg", headers=_PICTURE_HEADERS)

    @post("/notes", status_code=200)
    async def note(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Keep what staff write, sealed."""
        staff, fields = visitor.require_staff(*NOTE_WRITERS), await read_fields(request)
        try:
            case = await get_case(uow, reference)
            await service.add_note(uow, case, staff, parse_note(fields), fields.get("_key", ""))
        except Invalid as error:
            return await _refuse(Refusal(reference, fields, error), uow, visitor)
        return redirect(request, f"/helpdesk/cases/{reference}?done=noted#timeline")

    @post("/decide", status_code=200)
    async def decide(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """The officer's decision on a referred case; who comes second sees what the first decided."""
        staff, fields = visitor.require_staff(*DECIDERS), await read_fields(request)
        try:
            case = await get_case(uow, reference)
            await service.decide(uow, case, staff, DecideForm.parse(fields), fields.get("_key", ""))
        except (Invalid, Conflict) as error:
            return await _refuse(Refusal(reference, fields, error), uow, visitor)
        return redirect(request, f"/helpdesk/cases/{reference}?done=decided")

    @post("/steps/{run_id:uuid}/restart", status_code=200)
    async def restart(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        run_id: FromPath[UUID],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Make a stuck step due now."""
        staff, fields = visitor.require_staff(*RESTARTERS), await read_fields(request)
        try:
            await service.restart(uow, await get_case(uow, reference), staff, run_id, fields.get("_key", ""))
        except (Invalid, Conflict) as error:
            return await _refuse(Refusal(reference, fields, error), uow, visitor)
        return redirect(request, f"/helpdesk/cases/{reference}?done=restarted")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was tried, and why it was not done."""

    reference: str
    fields: Mapping[str, str]
    error: XindaiError


async def _refuse(refusal: Refusal, uow: UnitOfWork, visitor: Visitor) -> Page:
    """The case as it is now, what was typed kept, the reason on top. Whatever was begun is undone first."""
    await uow.rollback()
    error = refusal.error
    errors = error.fields if isinstance(error, Invalid) else {}
    flash = None if errors else Flash(error.public, "danger")
    look = Look(visitor.require_staff(), visitor.language, flash=flash, typed=refusal.fields, errors=errors)
    return render(
        "helpdesk/case.html", await view_case(uow, await get_case(uow, refusal.reference), look), error.status
    )


async def _ask_again(
    request: Request[Any, Any, Any], uow: UnitOfWork, case: Case, look: Look, fields: Mapping[str, str], error: Invalid
) -> Page:
    """A reveal without a reason: the same fragment, still masked, with the sentence."""
    kind, _, document = fields.get("kind", "").partition(":")
    if not is_htmx(request) or kind not in REVEALS or "kind" in error.fields:
        page = await view_case(uow, case, Look(look.staff, look.language, flash=Flash(error.public, "danger")))
        return render("helpdesk/case.html", page, error.status)
    part = await view_part(uow, case, look, kind, UUID(document) if document else None, error.public)
    return _fragment(*part, error.status)


def _fragment(name: str, page: Any, status: int = 200) -> Page:
    return render(f"helpdesk/_{name}.html", page, status)


def _watcher(request: Request[Any, Any, Any], case: Case, visitor: Visitor) -> Watcher:
    session_id = visitor.session_id or ""
    return Watcher(
        application_id=case.application.id,
        reference=case.application.reference,
        session_id=session_id,
        csrf=csrf_token(session_id, request.app.state.settings),
        language=visitor.language,
        type_size="large" if request.cookies.get("type_size") == "large" else "normal",
        show=parse_show(request.query_params.get("show")),
        after=_number(request.query_params.get("after")),
        version=_number(request.query_params.get("version")),
    )


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else 0


CONTROLLERS: tuple[type[Controller], ...] = (QueueController, CaseController)
