"""One person's whole application, as a browser without JavaScript makes it."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import httpx

from workers.sandbox.simulation.browser import Browser, Form, Refused
from workers.sandbox.simulation.inbox import Inbox, NoCode
from workers.sandbox.simulation.people import Borrower

Outcome = Literal["approved", "referred", "declined", "failed"]

PATIENCE_SECONDS = 120.0
"""For a decision, a contract, a payout: each."""

_MOST_TURNS = 40
_MOST_PHOTOGRAPHS = 3
_POLL_SECONDS = 0.3


class Stuck(Exception):
    """The portal led nowhere; the text says where, without personal data."""


@dataclass(frozen=True, slots=True)
class Result:
    """`approved` means signed and paid out. Seconds: from submitting to the decision, and from the first page to the
    last; None when it never came to that. `problem` says why it failed."""

    number: int
    outcome: Outcome
    reference: str = ""
    decided_seconds: float | None = None
    whole_seconds: float | None = None
    problem: str = ""


async def run_journey(number: int, borrower: Borrower, url: str, sandbox_url: str) -> Result:
    """Apply, and when approved sign and see the money leave; never raises for what goes wrong on the way."""
    async with httpx.AsyncClient(base_url=url, follow_redirects=True, timeout=30, trust_env=False) as http:
        journey = Journey(borrower, Browser(http), Inbox(sandbox_url, http))
        began = time.monotonic()
        try:
            await journey.sign_in()
            await journey.fill_in()
            decided_seconds = await journey.submit()
            outcome = await journey.read_decision()
            if outcome == "approved":
                await journey.accept_offer()
                await journey.sign_contract()
                await journey.see_payout()
        except (Stuck, Refused, NoCode, httpx.HTTPError) as error:
            problem = str(error) or type(error).__name__
            return Result(number, "failed", journey.reference, problem=f"{journey.stage}: {problem}")
        return Result(number, outcome, journey.reference, decided_seconds, time.monotonic() - began)


class Journey:
    """`stage` names what is being done, for the report of a failure."""

    def __init__(self, borrower: Borrower, browser: Browser, inbox: Inbox) -> None:
        self._borrower = borrower
        self._browser = browser
        self._inbox = inbox
        self._photographs: dict[str, int] = {}
        self.stage = "start"
        self.reference = ""

    async def sign_in(self) -> None:
        """Landing page, number, code."""
        self.stage = "sign in"
        await self._browser.open("/")
        await self._browser.open("/start")
        mark = await self._inbox.newest(self._borrower.mobile)
        await self._browser.send(self._form("/start"), {"mobile": self._borrower.mobile})
        code = await self._inbox.wait_for_code(self._borrower.mobile, after=mark)
        await self._browser.send(self._form("/start/verify"), {"code": code})
        if not self._browser.path.partition("?")[0].endswith("/chat"):
            raise Stuck("this person has applied before; choose another --seed")
        self.reference = self._browser.path.split("/")[2]

    async def fill_in(self) -> None:
        """Question by question until everything is there to be checked."""
        for _ in range(_MOST_TURNS):
            if self._browser.path.endswith("/check"):
                return
            await self._turn()
        raise Stuck("the conversation does not end")

    async def submit(self) -> float:
        """Hand it in; seconds until there is a decision."""
        self.stage = "submit"
        for _ in range(_MOST_PHOTOGRAPHS):
            await self._browser.send(self._form("/submit"))
            if self._browser.path.endswith("/progress"):
                break
            await self.fill_in()  # a photograph was refused meanwhile
            self.stage = "submit"
        began = time.monotonic()
        self.stage = "decision"
        await self._wait(self._page("progress"), lambda: self._browser.links_to("/decision", "/sign"))
        return time.monotonic() - began

    async def read_decision(self) -> Outcome:
        """What the decision page offers to do tells which of the three it is."""
        self.stage = "read decision"
        await self._browser.open(self._page("decision"))
        if self._browser.links_to("/offer"):
            return "approved"
        return "declined" if self._browser.form("/review") is not None else "referred"

    async def accept_offer(self) -> None:
        """Read what it costs for as long as the page asks, then confirm."""
        self.stage = "offer"
        await self._browser.open(self._page("offer"))
        form = self._form("/offer")
        await asyncio.sleep(float(form.get("data-reading") or 0))
        await self._browser.send(form, _tick_all(form))

    async def sign_contract(self) -> None:
        """Open the contract, ask for a code, sign."""
        self.stage = "sign"
        await self._wait(self._page("sign"), lambda: self._browser.form("/sign/code") is not None)
        await self._open_contract()
        await self._browser.open(self._page("sign"))
        mark = await self._inbox.newest(self._borrower.mobile)
        await self._browser.send(self._form("/sign/code"))
        code = await self._inbox.wait_for_code(self._borrower.mobile, after=mark)
        form = self._form("/sign")
        await self._browser.send(form, _tick_all(form) | {"typed_name": self._borrower.person.name, "code": code})

    async def see_payout(self) -> None:
        """Wait for the seal and the money; then the schedule and the sealed contract are there."""
        self.stage = "payout"
        await self._wait(self._page("progress"), lambda: self._browser.links_to("/schedule"))
        await self._browser.open(self._page("schedule"))
        await self._open_contract()
        if b"/ETSI.CAdES.detached" not in self._browser.content:
            raise Stuck("the contract carries no signature")

    async def _turn(self) -> None:
        """Answer the one question on the page."""
        form = self._browser.find_form("/documents/")
        if form is not None:
            return await self._photograph(form)
        form = self._browser.find_form("/answers/")
        if form is None:
            if self._browser.links_to("/check"):
                return await self._browser.open(self._page("check"))
            raise Stuck(f"no question, but: {self._browser.heading}")
        slot = form.action.rsplit("/", 1)[1]
        self.stage = slot
        if slot == "consents":
            return await self._browser.send(form, _tick_all(form))
        if slot.startswith("kept_"):
            return await self._browser.send(form, {"pick": "keep"})  # this person's papers are what they are
        return await self._browser.send(form, {"value": self._say(slot, form)})

    def _say(self, slot: str, form: Form) -> str:
        """What this person knows; of a paper they hold, what stands in the field already."""
        known = self._borrower.answers.get(slot) or dict(form.form_values()).get("value", "")
        if not known:
            raise Stuck("nobody told this person what to answer")
        return known

    async def _photograph(self, form: Form) -> None:
        slot = form.action.rsplit("/", 1)[1]
        self.stage = slot
        self._photographs[slot] = self._photographs.get(slot, 0) + 1
        if self._photographs[slot] > _MOST_PHOTOGRAPHS:
            raise Stuck("every photograph was refused")
        upload = await asyncio.to_thread(self._borrower.photograph, slot)
        await self._browser.send(form, upload=upload)

    async def _open_contract(self) -> None:
        await self._browser.open(self._page("contract.pdf"))
        if not self._browser.content.startswith(b"%PDF-"):
            raise Stuck("the contract is no PDF")

    async def _wait(self, path: str, is_there: Callable[[], bool]) -> None:
        """Load a page again until it shows what is waited for; raises Stuck with what it says instead."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            await self._browser.open(path)
            if is_there():
                return
            await asyncio.sleep(_POLL_SECONDS)
        raise Stuck(f"after {PATIENCE_SECONDS:g} s still: {self._browser.heading}")

    def _form(self, ending: str) -> Form:
        form = self._browser.form(ending)
        if form is None:
            raise Stuck(f"no form {re.sub('XD[0-9A-Z]{10}', '…', ending)}, but: {self._browser.heading}")
        return form

    def _page(self, name: str) -> str:
        return f"/applications/{self.reference}/{name}"


def _tick_all(form: Form) -> dict[str, str]:
    """Every box of the form, ticked."""
    return {box.name: box.get("value") or "on" for box in form.xpath('.//input[@type="checkbox"]')}
