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

Act = Callable[[StaffIdentity, Mapping[str, str]], Awaitable[None]]


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

        async def act(staff: StaffIdentity, fields: Mapping[str, str]) -> None:
            await service.propose(uow, fields.get("version", ""), staff, fields.get("reason", ""))

        return await _do(request, uow, staff, act, "reason", "proposed")

    @post("/retire", status_code=200)
    async def retire(
        self, request: Request[Any, Any, Any], uow: NamedDependency[UnitOfWork], visitor: NamedDependency[Visitor]
    ) -> Response[Any]:
        """Stop a challenger."""
        staff = visitor.require_staff(*MODEL_PROPOSERS)

        async def act(staff: StaffIdentity, fields: Mapping[str, str]) -> None:
            await service.retire(uow, fields.get("challenger", ""), staff, fields.get("retire_reason", ""))

        return await _do(request, uow, staff, act, "retire_reason", "retired")

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

        async def act(staff: StaffIdentity, fields: Mapping[str, str]) -> None:
            if fields.get("seen") != "yes":
                raise Invalid({"seen": service.LOOK_FIRST})
            await service.confirm(uow, promotion_id, staff)

        return await _do(request, uow, staff, act, "seen", "promoted")

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

        async def act(staff: StaffIdentity, fields: Mapping[str, str]) -> None:
            await service.drop(uow, promotion_id, staff, fields.get("drop_reason", ""))

        return await _do(request, uow, staff, act, "drop_reason", "dropped")

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

        async def act(staff: StaffIdentity, fields: Mapping[str, str]) -> None:
            await lift_halt(uow, halt_id, staff, fields.get("comment", ""))

        return await _do(request, uow, staff, act, "comment", "lifted")

    @post("/reports", status_code=200)
    async def ask(
        self, request: Request[Any, Any, Any], uow: NamedDependency[UnitOfWork], visitor: NamedDependency[Visitor]
    ) -> Response[Any]:
        """A report about this month so far."""
        staff = visitor.require_staff(*MODEL_PROPOSERS)

        async def act(staff: StaffIdentity, fields: Mapping[str, str]) -> None:
            await ask_for_report(uow, staff)

        return await _do(request, uow, staff, act, "reports", "asked")

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


async def _do(
    request: Request[Any, Any, Any], uow: UnitOfWork, staff: StaffIdentity, act: Act, field: str, done: str
) -> Response[Any]:
    """Act and go back to the page; or the page as it is now, what was typed kept, the reason at `field` or on top."""
    fields = await read_fields(request)
    try:
        await act(staff, fields)
    except (Invalid, Conflict) as error:
        await uow.rollback()
        errors = {field: error.public} if isinstance(error, Invalid) else {}
        flash = None if errors else Flash(error.public, "danger")
        return render("helpdesk/models.html", models_page(staff, await _find(uow), flash, fields, errors), error.status)
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
