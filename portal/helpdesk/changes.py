"""Changing the credit policy: draft, try on history, hand in, approve, take back. For analysts and their seconds."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.accounts.sessions import StaffIdentity
from portal.db.models import PolicyChange
from portal.db.uow import UnitOfWork
from portal.domain.errors import Conflict, Invalid, NotFound, XindaiError
from portal.helpdesk.case_pages import Flash
from portal.helpdesk.change_forms import parse_count, parse_draft_id, parse_moment, parse_values
from portal.helpdesk.change_pages import change_page, changes_page, parameters_of, values_page
from portal.helpdesk.change_wording import DONE, GROUPS
from portal.helpdesk.pages import bar_of
from portal.helpdesk.roles import APPROVERS, CHANGERS
from portal.policies import service
from portal.policies.queries import (
    find_description,
    get_change,
    list_changes,
    list_events,
    list_terms,
    read_change,
)
from portal.web.auth import Visitor
from portal.web.forms import read_fields
from portal.web.templating import Page, redirect, render

ROOT = "/helpdesk/policy/changes"


class ChangesController(Controller):
    """All changes, and the policies that were in force one after the other."""

    path = ROOT

    @get()
    async def show(
        self,
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        done: FromQuery[str | None] = None,
    ) -> Page:
        """The newest changes, and what was in force when."""
        staff = visitor.require_staff(*APPROVERS)
        return await _list(uow, staff, flash=_flash(done))

    @post(status_code=200)
    async def draft(
        self,
        request: Request[Any, Any, Any],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """A change of the policy in force, without any new value yet."""
        staff, fields = visitor.require_staff(*CHANGERS), await read_fields(request)
        title, why = fields.get("title", ""), fields.get("why", "")
        try:
            change = await service.open_draft(uow, staff, parse_draft_id(fields.get("id", "")), title, why)
        except (Invalid, Conflict) as error:
            return await _list(uow, staff, error, typed=fields)
        return redirect(request, f"{ROOT}/{change.id}/values/lanes")

    @get("/roll-back")
    async def leave(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """A form's address, reloaded."""
        return redirect(request, ROOT)

    @post("/roll-back", status_code=200)
    async def roll_back(
        self,
        request: Request[Any, Any, Any],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """The policy before the one in force, at once."""
        staff, fields = visitor.require_staff(*CHANGERS), await read_fields(request)
        try:
            await service.roll_back(uow, staff, fields.get("version", ""), fields.get("reason", ""))
        except (Invalid, Conflict) as error:
            await uow.rollback()
            return await _list(uow, staff, error, typed=fields)
        return redirect(request, f"{ROOT}?done=rolled_back")


class ChangeController(Controller):
    """One change."""

    path = f"{ROOT}/{{change_id:uuid}}"

    @get()
    async def show(
        self,
        change_id: FromPath[UUID],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        done: FromQuery[str | None] = None,
    ) -> Page:
        """What it changes, what it would have done, who did what; asks again by itself while it is replayed."""
        visitor.require_staff(*APPROVERS)
        return await _show(uow, visitor, change_id, flash=_flash(done))

    @get("/values/{group:str}")
    async def edit(
        self,
        change_id: FromPath[UUID],
        group: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Page:
        """The values of one file, as a form."""
        staff = visitor.require_staff(*CHANGERS)
        change = await get_change(uow, change_id)
        return await _form(uow, visitor, staff, change, group)

    @post("/values/{group:str}", status_code=200)
    async def write(
        self,
        request: Request[Any, Any, Any],
        change_id: FromPath[UUID],
        group: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Keep the values and have them replayed."""
        staff, fields = visitor.require_staff(*CHANGERS), await read_fields(request)
        change = await get_change(uow, change_id, for_update=True)
        inside = [one for one in parameters_of(await _described(uow, change.base_version)) if one["file"] == group]
        keys = {one["key"] for one in inside}
        try:
            others = {key: value for key, value in change.edits.items() if key not in keys}
            await service.write_values(uow, change, staff, others | parse_values(inside, fields))
        except Invalid as error:
            return await _form(uow, visitor, staff, change, group, error, typed=fields)
        except Conflict as error:
            return await _show(uow, visitor, change_id, error)
        return redirect(request, f"{ROOT}/{change_id}")

    @get(["/replay", "/submit", "/approve", "/reject"])
    async def leave(self, request: Request[Any, Any, Any], change_id: FromPath[UUID]) -> Response[Any]:
        """A form's address, reloaded."""
        return redirect(request, f"{ROOT}/{change_id}")

    @post("/replay", status_code=200)
    async def replay(
        self,
        request: Request[Any, Any, Any],
        change_id: FromPath[UUID],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Try it again, on another number of decisions or on the policy that is in force by now."""
        visitor.require_staff(*CHANGERS)
        fields, change = await read_fields(request), await get_change(uow, change_id, for_update=True)
        try:
            await service.replay_again(uow, change, parse_count(fields.get("count", "")))
        except (Invalid, Conflict) as error:
            return await _refuse(uow, visitor, change_id, error, fields)
        return redirect(request, f"{ROOT}/{change_id}")

    @post("/submit", status_code=200)
    async def submit(
        self,
        request: Request[Any, Any, Any],
        change_id: FromPath[UUID],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Hand it in; its author only."""
        staff = visitor.require_staff(*CHANGERS)
        try:
            await service.submit(uow, await get_change(uow, change_id, for_update=True), staff)
        except (Invalid, Conflict) as error:
            return await _refuse(uow, visitor, change_id, error, {})
        return redirect(request, f"{ROOT}/{change_id}?done=submitted")

    @post("/approve", status_code=200)
    async def approve(
        self,
        request: Request[Any, Any, Any],
        change_id: FromPath[UUID],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Agree to another person's change, now or for an hour to come."""
        staff, fields = visitor.require_staff(*APPROVERS), await read_fields(request)
        change, comment = await get_change(uow, change_id, for_update=True), fields.get("comment", "")
        try:
            await service.approve(uow, change, staff, comment, parse_moment(fields.get("effective_at", "")))
        except (Invalid, Conflict) as error:
            return await _refuse(uow, visitor, change_id, error, fields)
        return redirect(request, f"{ROOT}/{change_id}?done=approved")

    @post("/reject", status_code=200)
    async def reject(
        self,
        request: Request[Any, Any, Any],
        change_id: FromPath[UUID],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Give it up, for a reason."""
        staff, fields = visitor.require_staff(*APPROVERS), await read_fields(request)
        change = await get_change(uow, change_id, for_update=True)
        try:
            await service.reject(uow, change, staff, fields.get("why", ""))
        except (Invalid, Conflict) as error:
            return await _refuse(uow, visitor, change_id, error, fields)
        return redirect(request, f"{ROOT}/{change_id}?done=rejected")


async def _refuse(
    uow: UnitOfWork, visitor: Visitor, change_id: UUID, error: XindaiError, fields: Mapping[str, str]
) -> Page:
    """The change as it is now, what was typed kept. Whatever was begun is undone first."""
    await uow.rollback()
    return await _show(uow, visitor, change_id, error, typed=fields)


def _flash(done: str | None) -> Flash | None:
    return Flash(DONE[done]) if done is not None and done in DONE else None


def _refused(error: XindaiError | None, more: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """How a page tells of what was not done, and its status."""
    if error is None:
        return more, 200
    errors = error.fields if isinstance(error, Invalid) else {}
    return more | ({"errors": errors} if errors else {"flash": Flash(error.public, "danger")}), error.status


async def _list(uow: UnitOfWork, staff: StaffIdentity, error: XindaiError | None = None, **more: Any) -> Page:
    more, status = _refused(error, more)
    page = changes_page(bar_of(staff, "changes"), staff, await list_changes(uow), await list_terms(uow), **more)
    return render("helpdesk/changes.html", page, status)


async def _show(
    uow: UnitOfWork, visitor: Visitor, change_id: UUID, error: XindaiError | None = None, **more: Any
) -> Page:
    more, status = _refused(error, more)
    staff, row = visitor.require_staff(*APPROVERS), await read_change(uow, change_id)
    base = await _described(uow, row.change.base_version)
    drafted = base if row.change.version is None else await _described(uow, row.change.version)
    page = change_page(
        bar_of(staff, "changes"),
        staff,
        row,
        await list_events(uow, change_id),
        (base, drafted),
        _which(visitor),
        **more,
    )
    return render("helpdesk/change.html", page, status)


async def _form(
    uow: UnitOfWork,
    visitor: Visitor,
    staff: StaffIdentity,
    change: PolicyChange,
    group: str,
    error: Invalid | None = None,
    **more: Any,
) -> Page:
    """Raises NotFound for no file of a policy, or a change that is not this person's to edit."""
    if group not in GROUPS or change.author_id != staff.id or change.state not in service.EDITABLE:
        raise NotFound
    more, status = _refused(error, more)
    described = await _described(uow, change.base_version)
    page = values_page(bar_of(staff, "changes"), change, described, group, _which(visitor), **more)
    return render("helpdesk/change_values.html", page, status)


async def _described(uow: UnitOfWork, version: str) -> Mapping[str, Any]:
    return await find_description(uow, version) or {"tables": []}


def _which(visitor: Visitor) -> int:
    return 1 if visitor.language == "en" else 0


CONTROLLERS: tuple[type[Controller], ...] = (ChangesController, ChangeController)
