"""The models' desk: risk proposes and watches, a second person confirms, others read."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.accounts.sessions import StaffIdentity
from portal.db.uow import UnitOfWork
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.helpdesk.case_pages import Flash
from portal.helpdesk.model_pages import DONE, ModelsFound, models_page
from portal.helpdesk.pages import bar_of
from portal.helpdesk.report_pages import report_page
from portal.helpdesk.roles import MODEL_CONFIRMERS, MODEL_PROPOSERS, MODEL_READERS
from portal.registry import service
from portal.registry.halts import lift_halt
from portal.registry.queries import find_proposal, list_changes, list_halts, list_models, list_retrainings
from portal.registry.reports import ask_for_report, find_report, is_report_asked, list_reports
from portal.web.auth import Visitor
from portal.web.forms import read_fields
from portal.web.templating import Page, redirect, render

Act = Callable[[Mapping[str, str]], Awaitable[None]]


class ModelsController(Controller):
    """Which model decides."""

    path = "/helpdesk/models"

    @get()
    async def show(
        self,
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        done: FromQuery[str | None] = None,
    ) -> Page:
        """The registry, its history, what halts approval, the reports."""
        staff = visitor.require_staff(*MODEL_READERS)
        flash = Flash(DONE[done]) if done is not None and done in DONE else None
        return render("helpdesk/models.html", models_page(staff, await _find(uow), flash))

    @get(
        [
            "/propose",
            "/retire",
            "/reports",
            "/promotions/{promotion_id:uuid}/confirm",
            "/promotions/{promotion_id:uuid}/drop",
            "/halts/{halt_id:uuid}/lift",
        ]
    )
    async def leave(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """A form's address, reloaded."""
        return redirect(request, "/helpdesk/models")

    @post("/propose", status_code=200)
    async def propose(
        self, request: Request[Any, Any, Any], uow: NamedDependency[UnitOfWork], visitor: NamedDependency[Visitor]
    ) -> Response[Any]:
        """Ask a second person to put a model into use."""
        staff = visitor.require_staff(*MODEL_PROPOSERS)
        return await _do(
            request,
            uow,
            staff,
            ("reason", "proposed"),
            lambda sent: service.propose(uow, sent.get("version", ""), staff, sent.get("reason", "")),
        )

    @post("/retire", status_code=200)
    async def retire(
        self, request: Request[Any, Any, Any], uow: NamedDependency[UnitOfWork], visitor: NamedDependency[Visitor]
    ) -> Response[Any]:
        """Stop a challenger."""
        staff = visitor.require_staff(*MODEL_PROPOSERS)
        return await _do(
            request,
            uow,
            staff,
            ("retire_reason", "retired"),
            lambda sent: service.retire(uow, sent.get("challenger", ""), staff, sent.get("retire_reason", "")),
        )

    @post("/promotions/{promotion_id:uuid}/confirm", status_code=200)
    async def confirm(
        self,
        request: Request[Any, Any, Any],
        promotion_id: FromPath[UUID],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Put the proposed model into use; by somebody else than who proposed it."""
        staff = visitor.require_staff(*MODEL_CONFIRMERS)
        return await _do(
            request, uow, staff, ("seen", "promoted"), lambda sent: _confirm(uow, promotion_id, staff, sent)
        )

    @post("/promotions/{promotion_id:uuid}/drop", status_code=200)
    async def drop(
        self,
        request: Request[Any, Any, Any],
        promotion_id: FromPath[UUID],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Let a proposal go."""
        staff = visitor.require_staff(*MODEL_CONFIRMERS)
        return await _do(
            request,
            uow,
            staff,
            ("drop_reason", "dropped"),
            lambda sent: service.drop(uow, promotion_id, staff, sent.get("drop_reason", "")),
        )

    @post("/halts/{halt_id:uuid}/lift", status_code=200)
    async def lift(
        self,
        request: Request[Any, Any, Any],
        halt_id: FromPath[UUID],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Approve automatically again."""
        staff = visitor.require_staff(*MODEL_PROPOSERS)
        return await _do(
            request,
            uow,
            staff,
            ("comment", "lifted"),
            lambda sent: lift_halt(uow, halt_id, staff, sent.get("comment", "")),
        )

    @post("/reports", status_code=200)
    async def ask(
        self, request: Request[Any, Any, Any], uow: NamedDependency[UnitOfWork], visitor: NamedDependency[Visitor]
    ) -> Response[Any]:
        """A report about this month so far."""
        staff = visitor.require_staff(*MODEL_PROPOSERS)
        return await _do(request, uow, staff, ("reports", "asked"), lambda _: ask_for_report(uow, staff))

    @get("/reports/{report_id:uuid}")
    async def show_report(
        self,
        report_id: FromPath[UUID],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        model: FromQuery[str | None] = None,
    ) -> Page:
        """All models side by side, and one of them in detail."""
        bar = bar_of(visitor.require_staff(*MODEL_READERS), "models")
        report = await find_report(uow, report_id)
        if report is None:
            raise NotFound
        return render("helpdesk/report.html", report_page(bar, report, model or "", visitor.language))


async def _confirm(uow: UnitOfWork, promotion_id: UUID, staff: StaffIdentity, sent: Mapping[str, str]) -> None:
    if sent.get("seen") != "yes":
        raise Invalid({"seen": service.LOOK_FIRST})
    await service.confirm(uow, promotion_id, staff)


async def _do(
    request: Request[Any, Any, Any], uow: UnitOfWork, staff: StaffIdentity, names: tuple[str, str], act: Act
) -> Response[Any]:
    """Act on what was sent and go back to the page; or the page as it is now, what was typed kept, the reason at the
    field or on top. `names`: that field, and the code of what was done."""
    field, done = names
    fields = await read_fields(request)
    try:
        await act(fields)
    except (Invalid, Conflict) as error:
        await uow.rollback()
        errors = {field: error.public} if isinstance(error, Invalid) else {}
        flash = None if errors else Flash(error.public, "danger")
        page = models_page(staff, await _find(uow), flash, fields, errors)
        return render("helpdesk/models.html", page, error.status)
    return redirect(request, f"/helpdesk/models?done={done}")


async def _find(uow: UnitOfWork) -> ModelsFound:
    return ModelsFound(
        models=await list_models(uow),
        proposal=await find_proposal(uow),
        changes=await list_changes(uow),
        halts=await list_halts(uow),
        reports=await list_reports(uow),
        report_asked=await is_report_asked(uow),
        retrainings=await list_retrainings(uow),
    )
