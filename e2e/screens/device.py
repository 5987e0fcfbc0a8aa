"""A browser in a person's hand: what it shows is looked over for access, width and errors wherever they stop."""

import json
import os
import re
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Response,
    Route,
    StorageState,
    ViewportSize,
    expect,
)
from playwright.sync_api import TimeoutError as WaitedTooLong

from e2e.server import Sandbox, Stack
from portal.settings import ROOT

OUTPUT = ROOT / "e2e" / "output"
README_SHOTS = ROOT / "static" / "img" / "readme"
PATIENCE = 40_000
"""Milliseconds; two cores may be busy with reading photographs."""

expect.set_options(timeout=PATIENCE)

_AXE = """axe.run(document, {resultTypes: ['violations']}).then((found) => JSON.stringify(found.violations
  .filter((one) => ['serious', 'critical'].includes(one.impact))
  .map((one) => `${one.id} (${one.impact}): ` + one.nodes.map((node) => node.target.join(' ')).join(', '))))"""
# The browser's words, and htmx's for what a page asked for by itself and did not get in time.
_OFFLINE = ("net::ERR_", "Failed to fetch", "htmx:error: timeout", "htmx:sse:error: network error")
_REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")


@dataclass(frozen=True, slots=True)
class Kind:
    """What sort of screen it is."""

    name: str
    width: int
    height: int
    mobile: bool

    @property
    def viewport(self) -> ViewportSize:
        """For Playwright."""
        return {"width": self.width, "height": self.height}


PHONE = Kind("phone", 390, 844, mobile=True)
SMALL_PHONE = Kind("small phone", 320, 640, mobile=True)
DESK = Kind("desk", 1280, 800, mobile=False)


class Auditor:
    """axe-core, once for each screen and kind of device: the same template needs no second look."""

    def __init__(self, browser: Browser, axe: str) -> None:
        self._browser = browser
        self._axe = axe
        self._seen: set[tuple[str, str, bool]] = set()

    def has_seen(self, screen: str, kind: Kind, *, scripted: bool) -> bool:
        """From now on it has."""
        key = (screen, kind.name, scripted)
        seen = key in self._seen
        self._seen.add(key)
        return seen

    def audit(self, page: Page, kind: Kind, *, scripted: bool) -> list[str]:
        """Serious and critical findings."""
        if scripted:
            return self._run(page)
        # axe is a script itself: the page is opened again, as it stands, where scripts may run but its own don't.
        with self._browser.new_context(viewport=kind.viewport, is_mobile=kind.mobile) as context:
            copy, html = context.new_page(), page.content()
            copy.route(re.compile(r"\.js(\?|$)"), lambda route: route.abort())
            copy.route(page.url, lambda route: _serve(route, html))
            copy.goto(page.url)
            return self._run(copy)

    def _run(self, page: Page) -> list[str]:
        # The protocol's own evaluation is the one that a content policy without eval lets through.
        session = page.context.new_cdp_session(page)
        try:
            session.send("Runtime.evaluate", {"expression": f"window.axe || {self._axe};0"})
            answer: dict[str, Any] = session.send(
                "Runtime.evaluate", {"expression": _AXE, "awaitPromise": True, "returnByValue": True}
            )
        finally:
            session.detach()
        assert "value" in answer["result"], f"axe did not run: {answer}"
        found: list[str] = json.loads(answer["result"]["value"])
        return found


def _serve(route: Route, html: str) -> None:
    route.fulfill(status=200, content_type="text/html; charset=utf-8", body=html)


class Device:
    """One browser with cookies of its own."""

    def __init__(self, browser: Browser, stack: Stack, auditor: Auditor, kind: Kind, *, scripted: bool) -> None:
        self.kind = kind
        self.scripted = scripted
        self.stack = stack
        self.complaints: list[str] = []
        self._auditor = auditor
        self._expected = {422}
        self._was_offline = False
        self._browser = browser
        self._start()

    def _start(self, kept: StorageState | None = None) -> None:
        kind, scripted = self.kind, self.scripted
        self._context = self._browser.new_context(
            storage_state=kept,
            viewport=kind.viewport,
            device_scale_factor=2 if kind.mobile else 1,
            is_mobile=kind.mobile,
            has_touch=kind.mobile,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=scripted,
            reduced_motion="reduce",
        )
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("response", self._receive)

    @property
    def sandbox(self) -> Sandbox:
        """Where this person's messages arrive."""
        return self.stack.sandbox

    @property
    def path(self) -> str:
        """Where the browser is."""
        return self.page.url.removeprefix(self.stack.url)

    def open(self, path: str) -> None:
        """Type an address."""
        self.page.goto(f"{self.stack.url}{path}")

    def look(self, screen: str) -> None:
        """Stop at a screen: no sideways scroll and, the first time, nothing that axe calls serious."""
        width = self.page.evaluate("() => document.documentElement.scrollWidth")
        assert width <= self.kind.width, f"{screen} is {width} px wide on {self.kind.width} px"
        if self._auditor.has_seen(screen, self.kind, scripted=self.scripted):
            return
        OUTPUT.mkdir(parents=True, exist_ok=True)
        self.take_picture(OUTPUT / f"{self.kind.name}, {screen}.png", whole=True)
        found = self._auditor.audit(self.page, self.kind, scripted=self.scripted)
        assert not found, f"{screen}: " + "; ".join(found)

    def see(self, *sentences: str) -> None:
        """All of this stands on the screen."""
        for sentence in sentences:
            expect(self.page.get_by_text(sentence).first).to_be_visible()

    def see_heading(self, sentence: str, *, seconds: int = PATIENCE // 1000) -> None:
        """The page's one heading of the first rank."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(sentence, timeout=seconds * 1000)

    def wait_for(self, locator: Locator) -> None:
        """It comes by itself; without script the person loads the page again."""
        if self.scripted:
            expect(locator.first).to_be_visible()
            return
        for _ in self.patiently():
            try:
                locator.first.wait_for(timeout=500)
            except WaitedTooLong:
                self.page.reload()
            else:
                return

    def patiently(self, seconds: float = 120) -> Iterator[None]:
        """Try again and again, as long as a person would; then fail."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            yield
        raise AssertionError(f"still, after {seconds:g} s: {self.page.get_by_role('main').inner_text()}")

    def press(self, name: str) -> None:
        """A button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        """A link."""
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def fetch(self, path: str) -> bytes:
        """Download a file, as the signed-in person."""
        answer = self.page.request.get(f"{self.stack.url}{path}")
        assert answer.ok, f"{answer.status} at {path}"
        return answer.body()

    def go_offline(self, offline: bool = True) -> None:
        """Lose the network, or find it again. What fails meanwhile may say so on the console."""
        self._was_offline = True
        self._context.set_offline(offline)

    @contextmanager
    def expecting(self, status: int) -> Iterator[None]:
        """Within, answers of this status are part of the story."""
        self._expected.add(status)
        yield
        self._expected.discard(status)

    def keep_shot(self, name: str) -> None:
        """A picture for the README, taken when XINDAI_SHOTS is set."""
        if not os.environ.get("XINDAI_SHOTS"):
            return
        README_SHOTS.mkdir(parents=True, exist_ok=True)
        file = README_SHOTS / f"{name}.png"
        self.take_picture(file, scale=2 if self.kind.mobile else 1)
        # A palette is a third of the bytes, and these pictures live in the repository.
        with Image.open(file) as picture:
            picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)

    def take_picture(self, file: Path, *, whole: bool = False, scale: int = 1) -> None:
        """By the protocol: Playwright's own screenshot adds a style element, which the content policy blocks."""
        session = self._context.new_cdp_session(self.page)
        metrics = session.send("Page.getLayoutMetrics")
        height = metrics["cssContentSize"]["height"] if whole else self.kind.height
        top = 0 if whole else metrics["cssVisualViewport"]["pageY"]
        clip = {"x": 0, "y": top, "width": self.kind.width, "height": height, "scale": scale}
        options = {"format": "png", "clip": clip, "captureBeyondViewport": whole}
        file.write_bytes(b64decode(session.send("Page.captureScreenshot", options)["data"]))
        session.detach()

    def kill_browser(self) -> None:
        """The phone ends it and opens it again: what is left are its cookies."""
        kept = self._context.storage_state()
        self._context.close()
        self._start(kept)

    def close(self) -> None:
        """Put it away."""
        self._context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        status = _REFUSED.search(message.text)
        offline = self._was_offline and any(words in message.text for words in _OFFLINE)
        if not offline and not (status and int(status[1]) in self._expected):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _receive(self, response: Response) -> None:
        if response.status >= 500 and response.status not in self._expected:
            self.complaints.append(f"{response.status} at {response.url}")
