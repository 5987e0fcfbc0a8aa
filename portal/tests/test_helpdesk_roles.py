"""Who may do what at the helpdesk, for every route it has: a new route without a row here fails."""

import re
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from portal.accounts.sessions import open_session
from portal.db.models import Application, Role
from portal.db.uow import UnitsOfWork
from portal.settings import Settings
from portal.testing.cases import make_submitted
from portal.testing.desk import Desk, desk_of
from portal.web.auth import cookie_name, csrf_token, new_session_id

EVERYBODY = set(Role)
HELPERS = {Role.SUPPORT, Role.OFFICER}
READERS = {Role.OFFICER, Role.RISK, Role.OPS, Role.ADMIN}
CASE = "/helpdesk/cases/{reference:str}"
MODELS = "/helpdesk/models"
CHANGES = "/helpdesk/policy/changes"
CHANGE = f"{CHANGES}/{{change_id:uuid}}"
ACCESS: dict[tuple[str, str], set[Role]] = {
    ("GET", "/helpdesk"): EVERYBODY,
    ("POST", "/helpdesk"): EVERYBODY,
    ("GET", "/helpdesk/staff"): {Role.ADMIN},
    ("GET", "/helpdesk/policy"): {Role.OFFICER, Role.RISK},
    ("GET", MODELS): READERS,
    ("GET", f"{MODELS}/reports/{{report_id:uuid}}"): READERS,
    ("POST", f"{MODELS}/propose"): {Role.RISK},
    ("POST", f"{MODELS}/retire"): {Role.RISK},
    ("POST", f"{MODELS}/promotions/{{promotion_id:uuid}}/confirm"): {Role.RISK, Role.ADMIN},
    ("POST", f"{MODELS}/promotions/{{promotion_id:uuid}}/drop"): {Role.RISK, Role.ADMIN},
    ("POST", f"{MODELS}/halts/{{halt_id:uuid}}/lift"): {Role.RISK},
    ("POST", f"{MODELS}/reports"): {Role.RISK},
    ("GET", CHANGES): {Role.RISK, Role.ADMIN},
    ("POST", CHANGES): {Role.RISK},
    ("POST", f"{CHANGES}/roll-back"): {Role.RISK},
    ("GET", CHANGE): {Role.RISK, Role.ADMIN},
    ("GET", f"{CHANGE}/values/{{group:str}}"): {Role.RISK},
    ("POST", f"{CHANGE}/values/{{group:str}}"): {Role.RISK},
    ("POST", f"{CHANGE}/replay"): {Role.RISK},
    ("POST", f"{CHANGE}/submit"): {Role.RISK},
    ("POST", f"{CHANGE}/approve"): {Role.RISK, Role.ADMIN},
    ("POST", f"{CHANGE}/reject"): {Role.RISK, Role.ADMIN},
    ("GET", CASE): EVERYBODY,
    ("GET", f"{CASE}/events"): EVERYBODY,
    ("GET", f"{CASE}/live"): EVERYBODY,
    ("POST", f"{CASE}/reveal"): EVERYBODY,  # each kind has its own roles: test_helpdesk_case
    ("GET", f"{CASE}/documents/{{document_id:uuid}}/pages/{{number:int}}"): HELPERS,
    ("GET", f"{CASE}/documents/{{document_id:uuid}}/fields/{{name:str}}"): {Role.OFFICER},
    ("POST", f"{CASE}/documents/{{document_id:uuid}}/fields/{{name:str}}"): {Role.OFFICER},
    ("POST", f"{CASE}/notes"): HELPERS | {Role.OPS},
    ("POST", f"{CASE}/decide"): {Role.OFFICER},
    ("POST", f"{CASE}/steps/{{run_id:uuid}}/restart"): HELPERS | {Role.OPS},
}
# Ways in and out, and forms' addresses that only lead back.
OPEN = {
    ("GET", "/helpdesk/sign-in"),
    ("POST", "/helpdesk/sign-in"),
    ("POST", "/helpdesk/sign-out"),
    ("GET", f"{CASE}/reveal"),
    ("GET", f"{CASE}/notes"),
    ("GET", f"{CASE}/decide"),
    ("GET", f"{MODELS}/propose"),
    ("GET", f"{MODELS}/retire"),
    ("GET", f"{MODELS}/reports"),
    ("GET", f"{MODELS}/promotions/{{promotion_id:uuid}}/confirm"),
    ("GET", f"{MODELS}/promotions/{{promotion_id:uuid}}/drop"),
    ("GET", f"{MODELS}/halts/{{halt_id:uuid}}/lift"),
    ("GET", f"{CHANGES}/roll-back"),
    *(("GET", f"{CHANGE}/{form}") for form in ("replay", "submit", "approve", "reject")),
}


def routes_of(app: Litestar) -> set[tuple[str, str]]:
    return {
        (method, route.path)
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path.startswith("/helpdesk")
        for method in set(route.methods) - {"HEAD", "OPTIONS"}
    }


def address(path: str, application: Application) -> str:
    filled = path.replace("{reference:str}", application.reference).replace("{number:int}", "0")
    filled = filled.replace("{name:str}", "name").replace("{group:str}", "lanes")
    return re.sub(r"\{\w+:uuid\}", str(uuid4()), filled)


async def status_of(desk: Desk, method: str, path: str) -> httpx.Response:
    """A stream would go on for minutes: its refusals are what is asked for here, and those come at once."""
    return await (desk.open(path) if method == "GET" else desk.send(path))


async def test_every_route_has_its_row(app: Litestar) -> None:
    assert routes_of(app) == set(ACCESS) | OPEN


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_gets_where_it_may_and_nowhere_else(
    role: Role, app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    application = await make_submitted(units)
    async with desk_of(app, units, settings, role) as desk:
        for (method, path), roles in ACCESS.items():
            if path.endswith("/events") and role in roles:
                continue
            answer = await status_of(desk, method, address(path, application))
            # Sent empty, an allowed form is refused for what it lacks, an allowed picture for its missing document; a
            # button needs nothing more.
            allowed = {200, 303, 404, 422} if role in roles else {403}
            assert answer.status_code in allowed, (method, path)


@pytest.mark.parametrize("who", ["nobody", "applicant"])
async def test_nobody_else_gets_in(who: str, app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    application = await make_submitted(units)
    session_id = new_session_id()
    if who == "applicant":
        async with units.begin() as uow:
            session_id = await open_session(uow, applicant_id=application.applicant_id)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    headers = {"X-CSRF-Token": csrf_token(session_id, settings)}
    cookies = {cookie_name(settings): session_id}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://portal.test", headers=headers, cookies=cookies
    ) as browser:
        for method, path in ACCESS:
            answer = await browser.request(method, address(path, application))
            assert (answer.status_code, answer.headers.get("location")) == (303, "/helpdesk/sign-in"), (method, path)


@pytest.mark.parametrize("role", list(Role))
async def test_a_case_that_is_not_there_is_not_found(
    role: Role, app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    async with desk_of(app, units, settings, role) as desk:
        for path in ("", "/events", "/live"):
            assert (await desk.open(f"/helpdesk/cases/XDNOBODY2345{path}")).status_code == 404
