"""Photographs on bad lines: cut, slow, cancelled, too large, in formats that a browser can't draw."""

import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image
from pillow_heif import register_heif_opener
from playwright.sync_api import Request, expect

from e2e.cast import CAST
from e2e.relay import Relay
from e2e.screens.application import begin
from e2e.screens.chat import Chat
from e2e.screens.device import Device
from e2e.server import Stack
from workers.sandbox.simulation.people import Upload, draw_borrower

SLOW = 6 * 1024
"""Bytes a second, a bad line."""
THIRD_GENERATION = 48 * 1024


class Line:
    """The connection of one phone, and what went over it: the pieces that were sent, by where they begin."""

    def __init__(self, phone: Device, relay: Relay) -> None:
        self.phone = phone
        self.relay = relay
        self.page = phone.page
        self.announced: list[int] = []
        self.pieces: list[int] = []
        self._session = self.page.context.new_cdp_session(self.page)
        self._session.send("Network.enable")
        self.page.on("request", self._note)

    def slow_down(self, bytes_a_second: int) -> None:
        """-1 ends it."""
        self._session.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 100, "downloadThroughput": -1, "uploadThroughput": bytes_a_second},
        )

    def wait_for_percent(self, least: int) -> int:
        """How much the page says has been sent."""
        bar = self.page.get_by_role("progressbar", name="上传进度")
        for _ in self.phone.patiently():
            value = int(float(bar.get_attribute("value") or 0))
            if value >= least:
                return value
            self.page.wait_for_timeout(20)
        raise AssertionError

    def _note(self, request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/uploads"):
            self.announced.append(int(request.headers["upload-length"]))
        elif request.method == "PATCH":
            self.pieces.append(int(request.headers["upload-offset"]))


_numbers = iter(CAST["upload"])


@pytest.fixture(scope="module")
def relay(stack: Stack) -> Iterator[Relay]:
    """Between phones and portal; it is whole again at the end of each test, and goes after the last phone."""
    relay = Relay(stack.url)
    yield relay
    relay.end()


@pytest.fixture
def chat(phone: Device, relay: Relay) -> Chat:
    """Somebody else each time, at the first photograph."""
    phone.stack = replace(phone.stack, url=relay.url)
    chat = begin(phone, draw_borrower(next(_numbers)))
    chat.fill_in(until="id_front")
    return chat


@pytest.fixture
def line(chat: Chat, relay: Relay) -> Line:
    return Line(chat.device, relay)


@pytest.mark.parametrize(("offline", "words"), [(True, "恢复后接着传"), (False, "马上接着传")])
def test_a_cut_line_goes_on_where_it_stopped(chat: Chat, line: Line, offline: bool, words: str) -> None:
    """Whether the phone knows that it is offline or not."""
    phone = chat.device
    line.slow_down(SLOW)
    chat.photograph(chat.borrower.photograph("id_front"))
    line.wait_for_percent(40)
    phone.go_offline(offline)
    line.relay.cut()
    phone.see(words)
    told = re.search(r"已传 (\d+)%", phone.page.locator("[data-upload-words]").inner_text())
    assert told is not None
    assert int(told[1]) >= 40
    phone.look(f"chat upload {'offline' if offline else 'unsteady'}")
    line.slow_down(-1)
    line.relay.mend()
    phone.go_offline(False)
    chat.see_question("id_back")
    (size,) = line.announced
    assert line.pieces == sorted(set(line.pieces))
    assert line.pieces[0] == 0
    assert line.pieces[-1] > size * 0.3, f"began again at {line.pieces} of {size}"
    chat.see_document("身份证人像面", chat.borrower.person.name)


def test_a_slow_line_shows_how_far_it_is(chat: Chat, line: Line) -> None:
    line.slow_down(THIRD_GENERATION)
    chat.photograph(chat.borrower.photograph("id_front"))
    assert 10 <= line.wait_for_percent(10) < 100
    expect(line.page.locator("[data-upload-thumb] canvas")).to_be_visible()
    chat.see_question("id_back")


def test_cancelled_is_cancelled(chat: Chat, line: Line) -> None:
    line.slow_down(SLOW)
    chat.photograph(chat.borrower.photograph("id_front"))
    line.wait_for_percent(20)
    chat.device.look("chat uploading")
    with line.page.expect_response(lambda answer: answer.request.method == "DELETE") as dropped:
        chat.device.press("取消")
    assert dropped.value.status == 204
    chat.device.see("已取消上传。")
    chat.see_question("id_front")
    line.slow_down(-1)
    chat.photograph(chat.borrower.photograph("id_front"))
    chat.see_question("id_back")
    assert len(line.announced) == 2


def test_a_page_that_goes_in_the_middle_says_so_when_it_is_back(chat: Chat, line: Line) -> None:
    """As phones do that need the memory for the camera."""
    line.slow_down(SLOW)
    chat.photograph(chat.borrower.photograph("id_front"))
    line.wait_for_percent(20)
    line.page.reload()
    chat.see_question("id_front")
    chat.device.see("上次的照片没有传完。请重新拍照或选择，之前填写的内容都在。")
    chat.device.look("chat upload interrupted")
    line.slow_down(-1)
    chat.photograph(chat.borrower.photograph("id_front"))
    chat.see_question("id_back")
    line.page.reload()
    expect(line.page.get_by_text("上次的照片没有传完")).to_have_count(0)


def test_twenty_megabytes_become_less_than_one(chat: Chat, line: Line) -> None:
    picture = Image.open(BytesIO(chat.borrower.photograph("id_front").content)).convert("RGB").resize((3200, 2100))
    buffer = BytesIO()
    picture.save(buffer, "PNG", compress_level=0)
    assert len(buffer.getvalue()) > 20_000_000
    chat.photograph(Upload("photo.png", "image/png", buffer.getvalue()))
    chat.see_question("id_back")
    (size,) = line.announced
    assert size <= 400 * 1024
    chat.see_document("身份证人像面", chat.borrower.person.name)


def test_what_the_browser_can_not_draw_is_sent_as_it_is(chat: Chat, line: Line) -> None:
    register_heif_opener()
    buffer = BytesIO()
    Image.open(BytesIO(chat.borrower.photograph("id_front").content)).convert("RGB").save(buffer, "HEIF", quality=80)
    chat.photograph(Upload("IMG_0001.HEIC", "image/heic", buffer.getvalue()))
    chat.see_question("id_back")
    assert line.announced == [len(buffer.getvalue())]
    chat.see_document("身份证人像面", chat.borrower.person.name)
