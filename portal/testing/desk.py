"""A browser at the helpdesk for tests: signed in as one role, with the session's token on every request."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
from litestar import Litestar
from sqlalchemy import event
from sqlalchemy.engine import Engine

from portal.accounts.sessions import StaffIdentity, open_session
from portal.db.models import Role
from portal.db.uow import UnitsOfWork
from portal.settings import Settings
from portal.testing.cases import make_staff
from portal.web.auth import cookie_name, csrf_token


@asynccontextmanager
async def desk_of(
    app: Litestar, units: UnitsOfWork, settings: Settings, role: Role = Role.OFFICER
) -> AsyncIterator["Desk"]:
    """A browser of its own, so that two members of staff can work at once."""
    staff = await make_staff(units, role)
    async with units.begin() as uow:
        session_id = await open_session(uow, staff_id=staff.id)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    headers = {"X-CSRF-Token": csrf_token(session_id, settings)}
    cookies = {cookie_name(settings): session_id}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://portal.test", headers=headers, cookies=cookies
    ) as browser:
        yield Desk(browser, staff)


class Desk:
    """One member of staff at work."""

    def __init__(self, browser: httpx.AsyncClient, staff: StaffIdentity) -> None:
        self.browser = browser
        self.staff = staff

    async def open(self, path: str) -> httpx.Response:
        """Go to an address."""
        return await self.browser.get(path)

    async def send(self, path: str, **fields: str) -> httpx.Response:
        """Send a plain form."""
        return await self.browser.post(path, data=fields)

    async def reveal(
        self, reference: str, kind: str, reason: str = "verify_identity", note: str = ""
    ) -> httpx.Response:
        """Look at one kind of personal data, in place."""
        fields = {"kind": kind, "reason": reason, "note": note}
        return await self.browser.post(
            f"/helpdesk/cases/{reference}/reveal", data=fields, headers={"HX-Request": "true"}
        )


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """Every statement sent to the database while the block runs."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)
