"""A phone's browser for tests: keeps the page it is on, sends forms with the hidden fields that page carried."""

import json
import re
from html import unescape
from uuid import UUID

import httpx
from sqlmodel import col, select

from portal.accounts.sessions import open_session
from portal.db.models import Notice
from portal.db.uow import UnitsOfWork

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Phone:
    """`page` is the last page received; a redirect is followed like a browser does."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page = ""
        self.path = "/"
        self.status = 0

    async def open(self, path: str) -> str:
        """Go to an address."""
        return await self._arrive(await self.client.get(path))

    async def send(self, path: str, **fields: str) -> str:
        """Send a form of the page, with its token and key; a field of ours overrides a hidden one."""
        return await self._arrive(await self.client.post(path, data={**self.hidden, **fields}))

    async def answer(self, value: str, slot: str, **fields: str) -> str:
        """Answer one question of the chat that is open."""
        reference = self.path.split("/")[2]
        return await self.send(f"/applications/{reference}/answers/{slot}", value=value, **fields)

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields on the page; of several forms the first one's key."""
        found: dict[str, str] = {}
        for name, value in _HIDDEN.findall(self.page):
            found.setdefault(name, unescape(value))
        return found

    @property
    def question(self) -> str:
        """The page's heading, which in the chat is the question being asked."""
        heading = re.search(r"<h1[^>]*>(.*?)</h1>", self.page, re.DOTALL)
        return unescape(heading[1]).strip() if heading else ""

    @property
    def text(self) -> str:
        """What stands on the page, without tags."""
        return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.page)))

    async def _arrive(self, answer: httpx.Response) -> str:
        for _ in range(5):
            if not answer.is_redirect:
                break
            answer = await self.client.get(answer.headers["location"])
        self.page, self.status = answer.text, answer.status_code
        self.path = answer.request.url.raw_path.decode()
        return self.page


async def sign_in(client: httpx.AsyncClient, units: UnitsOfWork, applicant_id: UUID) -> Phone:
    """A phone on which this applicant is signed in already."""
    async with units.begin() as uow:
        session_id = await open_session(uow, applicant_id=applicant_id)
    client.cookies.set("xindai", session_id, domain="portal.test", path="/")
    return Phone(client)


async def read_codes(units: UnitsOfWork, mobile: str) -> list[str]:
    """The one-time codes sent to a phone, oldest first."""
    codes = select(Notice).where(col(Notice.name).like("%\\_code")).order_by(col(Notice.created_at))
    async with units.begin() as uow:
        cipher = await uow.cipher()
        return [
            json.loads(cipher.open(f"notice.data.{notice.id}", notice.data))["code"]
            for notice in await uow.session.exec(codes)
            if cipher.open(f"notice.recipient.{notice.id}", notice.recipient) == mobile
        ]
