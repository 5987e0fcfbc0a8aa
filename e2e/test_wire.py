"""Turns on bad lines: said at once, sent until they have arrived, stored once, in the order they were said."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import CDPSession, Page, Request, Route, expect

from e2e.cast import CAST
from e2e.conftest import NewDevice
from e2e.relay import Relay
from e2e.screens.application import begin
from e2e.screens.chat import Chat
from e2e.screens.device import PHONE, SMALL_PHONE, Kind
from e2e.server import Stack
from workers.sandbox.simulation.people import draw_borrower

THIRD_GENERATION = {"offline": False, "latency": 300, "downloadThroughput": 200_000, "uploadThroughput": 96_000}
"""1.6 Mbit/s down, 768 kbit/s up, 300 ms there and back: the usual 3G profile of page measurements."""
SAID = ".turn-said"
STATE = "[data-turn-state]"

_numbers = iter(CAST["wire"])


@pytest.fixture(scope="module")
def relay(stack: Stack) -> Iterator[Relay]:
    """Between phones and portal; it goes after the last phone."""
    relay = Relay(stack.url)
    yield relay
    relay.end()


@pytest.fixture
def open_chat(new_device: NewDevice, relay: Relay) -> Iterator[Callable[..., Chat]]:
    """A conversation of somebody else each time, over the relay, at a question; the relay is whole afterwards."""

    def make(until: str = "amount", kind: Kind = PHONE, english: bool = False, person: int = 0) -> Chat:
        phone = new_device(kind)
        phone.stack = replace(phone.stack, url=relay.url)
        chat = begin(phone, draw_borrower(person or next(_numbers)))
        chat.fill_in(until=until)
        if english:
            place = phone.path
            phone.open("/preferences/language?to=en")
            phone.open(place)
        phone.page.wait_for_load_state()
        return chat

    yield make
    relay.mend()


def emulate(page: Page, conditions: dict[str, int]) -> CDPSession:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", conditions)
    return session


def count_turns(page: Page) -> list[str]:
    """The keys of every turn that leaves the page."""
    keys: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and "/answers/" in request.url:
            found = re.search(r"_key=([^&]+)", request.post_data or "")
            keys.append(found[1] if found else "")

    page.on("request", note)
    return keys


def wait_until(page: Page, condition: Callable[[], bool]) -> None:
    """What the page's events come to; nothing in the page is asked."""
    for _ in range(1000):
        if condition():
            return
        page.wait_for_timeout(20)
    raise AssertionError("it never came to that")


def see_above_composer(page: Page, selector: str) -> None:
    """Not under the bar that sticks to the foot of the screen."""

    def is_above() -> bool:
        box, bar = page.locator(selector).bounding_box(), page.locator("form.composer").bounding_box()
        return box is not None and bar is not None and box["y"] + box["height"] <= bar["y"]

    wait_until(page, is_above)


class Hold:
    """Keeps the replies to turns back until they are let go; the portal has done its work by then."""

    def __init__(self, page: Page) -> None:
        self._waiting: list[Route] = []
        self._page = page
        page.route(re.compile("/answers/"), self._keep)

    def _keep(self, route: Route) -> None:
        if route.request.method == "POST":
            self._waiting.append(route)
        else:
            route.continue_()

    def let_go(self) -> None:
        """The oldest one arrives."""
        assert self._waiting
        self._waiting.pop(0).continue_()

    def wait_for(self, number: int) -> None:
        """So many turns are under way."""
        wait_until(self._page, lambda: len(self._waiting) >= number)


@pytest.mark.parametrize("kind", [PHONE, SMALL_PHONE], ids=lambda kind: kind.name)
@pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])
def test_an_answer_stands_there_at_once(open_chat: Callable[..., Chat], kind: Kind, english: bool) -> None:
    chat = open_chat(kind=kind, english=english)
    page, hold = chat.page, Hold(chat.page)
    chat.field.fill("50000")
    page.locator("form.composer button.act-primary").last.click()
    said = page.locator(SAID)
    expect(said).to_contain_text("50000")
    expect(said).to_contain_text("Sending" if english else "发送中")
    expect(page.locator(".turn-thinking")).to_be_visible()
    expect(chat.field).to_have_value("")
    expect(page.get_by_role("log")).to_be_visible()
    see_above_composer(page, ".turn-thinking")
    chat.device.look(f"chat sending {'en' if english else 'zh'}")
    hold.wait_for(1)
    hold.let_go()
    expect(page.locator("[data-question]")).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Over how many months would you like to repay?" if english else "想分多少个月还清？"
    )
    expect(said).to_have_count(0)
    expect(page.locator(".turn-thinking")).to_have_count(0)


def test_the_newest_of_two_quick_turns_counts(open_chat: Callable[..., Chat]) -> None:
    """The second is said while the first reply is slow; it never overtakes the first, and is what stands in the end."""
    chat = open_chat()
    page, hold, keys = chat.page, Hold(chat.page), count_turns(chat.page)
    chat.type("50000")
    hold.wait_for(1)
    chat.type("60000")
    expect(page.locator(SAID)).to_have_count(2)
    expect(page.locator(SAID).nth(0)).to_contain_text("50000")
    expect(page.locator(SAID).nth(1)).to_contain_text("60000")
    hold.let_go()
    hold.wait_for(1)
    expect(page.get_by_role("heading", level=1)).to_have_text("您想借多少钱？")
    hold.let_go()
    chat.see_question("term")
    chat.see_answer("¥60,000.00")
    expect(page.locator(".bubble-me", has_text="0,000.00")).to_have_count(1)
    assert len(set(keys)) == len(keys) == 2


def test_words_begun_while_a_reply_comes_stay(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    hold = Hold(chat.page)
    chat.type("利率多少")
    hold.wait_for(1)
    chat.field.press_sequentially("可以提前还款吗")
    hold.let_go()
    chat.see_reply("7.20% 到 18.00%")
    expect(chat.field).to_have_value("可以提前还款吗")
    chat.go_on()
    hold.wait_for(1)
    hold.let_go()
    chat.see_reply("随时都能提前还清")
    chat.see_question("amount")


def test_what_is_said_at_once_after_an_answer_opens_it_not_again(open_chat: Callable[..., Chat]) -> None:
    """The answer stands, the question on the way is answered, and the next one is asked."""
    chat = open_chat()
    hold = Hold(chat.page)
    chat.type("50000")
    hold.wait_for(1)
    chat.type("利率多少")
    hold.let_go()
    hold.wait_for(1)
    hold.let_go()
    chat.see_reply("7.20% 到 18.00%")
    chat.see_question("term")
    chat.see_answer("¥50,000.00")


def test_older_news_do_not_take_a_turn_off_the_screen(open_chat: Callable[..., Chat]) -> None:
    """What another phone's turn makes the page ask for crosses with a turn of its own."""
    chat = open_chat()
    page, hold = chat.page, Hold(chat.page)
    chat.type("50000")
    hold.wait_for(1)
    with page.expect_response(re.compile(r"/chat\?at=amount$")):
        page.evaluate("() => htmx.ajax('GET', location.href, { target: '#chat', swap: 'outerHTML' })")
    expect(page.locator(SAID)).to_contain_text("50000")
    expect(chat.field).to_have_value("")
    hold.let_go()
    chat.see_question("term")
    chat.see_answer("¥50,000.00")


def test_a_cut_line_is_waited_out_and_nothing_is_stored_twice(open_chat: Callable[..., Chat], relay: Relay) -> None:
    """The portal has stored it when the line goes: the page can't know, sends it again, and that is once."""
    chat = open_chat()
    phone, keys = chat.device, count_turns(chat.page)
    phone.go_offline(False)  # what fails meanwhile may say so on the console
    relay.swallow(1000)
    chat.type("50000")
    expect(chat.page.locator(f'{SAID} [data-turn-state="waiting"]')).to_be_visible()
    phone.look("chat waiting")
    relay.swallow(0)
    chat.see_question("term")
    chat.see_answer("¥50,000.00")
    expect(chat.page.locator(".bubble-me", has_text="¥50,000.00")).to_have_count(1)
    assert len(keys) >= 2
    assert len(set(keys)) == 1


@pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])
def test_without_a_network_it_waits_and_goes_by_itself(open_chat: Callable[..., Chat], english: bool) -> None:
    chat = open_chat(english=english)
    phone = chat.device
    phone.go_offline()
    chat.field.fill("50000")
    chat.page.locator("form.composer button.act-primary").last.click()
    expect(chat.page.locator(SAID)).to_contain_text(
        "it is sent once there is one" if english else "没有网络，恢复后自动发送。"
    )
    expect(chat.page.locator("[data-net]")).to_be_visible()
    phone.look(f"chat offline {'en' if english else 'zh'}")
    phone.go_offline(False)
    expect(chat.page.locator(".bubble-me").last).to_contain_text("¥50,000.00")
    expect(chat.page.locator("[data-net]")).to_be_hidden()


def test_half_a_minute_without_a_network_loses_nothing(open_chat: Callable[..., Chat]) -> None:
    """The page's clock runs half a minute and all its tries ahead; then a tap sends it."""
    chat = open_chat()
    phone, page, keys = chat.device, chat.page, count_turns(chat.page)
    page.clock.install()
    page.route(re.compile("/answers/"), lambda route: route.abort("connectionreset"))
    phone.go_offline(False)
    chat.type("50000")
    failed = page.locator(f'{SAID} [data-turn-state="failed"]')
    for _ in phone.patiently():
        if failed.count():
            break
        page.clock.run_for(16_000)
    expect(failed).to_contain_text("未发送。")
    assert len(keys) == 6
    phone.look("chat not sent")
    phone.keep_shot("chat-not-sent")
    page.clock.run_for(600_000)
    assert len(keys) == 6, "without a sign of life it is not sent for ever"
    page.unroute(re.compile("/answers/"))
    phone.press("点此重试")
    chat.see_question("term")
    assert len(set(keys)) == 1


def test_every_tenth_connection_is_lost(open_chat: Callable[..., Chat], relay: Relay) -> None:
    """On a 3G line that drops every tenth connection, up to the first photograph; each question is answered once."""
    chat = open_chat()
    chat.device.go_offline(False)
    session = emulate(chat.page, THIRD_GENERATION)
    relay.lose_every(10)
    keys = count_turns(chat.page)
    for slot in ("amount", "term", "purpose"):
        chat.see_question(slot)
        chat.answer(slot)
    chat.see_question("id_front")
    relay.lose_every(0)
    session.detach()
    expect(chat.page.locator(".bubble-me")).to_have_count(4)  # the loan chosen on the first page, too
    assert len(set(keys)) == 3


def test_a_server_that_is_away_is_tried_again(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    answers = iter([503, 502, 429])

    def refuse(route: Route) -> None:
        status = next(answers, None)
        if status is None:
            route.continue_()
        else:
            route.fulfill(status=status, headers={"Retry-After": "1"}, body="")

    chat.page.route(re.compile("/answers/"), refuse)
    with chat.device.expecting(503), chat.device.expecting(502), chat.device.expecting(429):
        chat.type("50000")
        chat.see_question("term")
    expect(chat.page.locator(".bubble-me", has_text="¥50,000.00")).to_have_count(1)


def test_what_was_refused_goes_back_into_the_field(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    chat.page.route(re.compile("/answers/"), lambda route: route.fulfill(status=403, body=""))
    with chat.device.expecting(403):
        chat.type("50000")
        chat.device.see("登录已过期，您填写的内容都已保存。请刷新页面后继续。")
    expect(chat.field).to_have_value("50000")
    expect(chat.page.locator(SAID)).to_have_count(0)


def test_typed_text_survives_a_page_that_dies(open_chat: Callable[..., Chat]) -> None:
    """A reload, and a phone that ends the page for want of memory; not another question, and never a number."""
    chat = open_chat()
    chat.field.press_sequentially("5万")
    chat.page.reload()
    expect(chat.field).to_have_value("5万")
    chat.device.see("这是您上次没有发出的内容。")
    chat.device.look("chat restored")
    chat.go_on()
    chat.see_question("term")
    assert chat.page.evaluate("() => Object.keys(sessionStorage)") == []


def test_what_is_masked_is_kept_nowhere(open_chat: Callable[..., Chat]) -> None:
    """Neither by the browser while it is typed, nor in clear by the transcript while it is sent."""
    chat = open_chat("bank_card", person=CAST["wire, far on"][0])
    number = chat.borrower.answers["bank_card"]
    chat.field.press_sequentially(number)
    kept = chat.page.evaluate("() => JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert number not in kept
    hold = Hold(chat.page)
    chat.go_on()
    expect(chat.page.locator(SAID)).to_contain_text(number[-4:])
    assert number not in chat.page.locator(SAID).inner_text()
    hold.wait_for(1)
    hold.let_go()
    chat.see_question("consents")


def test_a_page_killed_behind_the_camera_comes_back_with_everything(open_chat: Callable[..., Chat]) -> None:
    """The camera is open when the phone ends the browser: opened again, the draft and the photographs are there."""
    chat = open_chat("id_back", person=CAST["wire, far on"][1])
    phone, reference = chat.device, chat.reference
    with chat.page.expect_file_chooser():
        chat.page.get_by_role("button", name="拍照").click()
    phone.kill_browser()
    phone.open(f"/applications/{reference}/chat")
    again = Chat(phone, chat.borrower)
    again.see_question("id_back")
    again.see_document("身份证人像面", chat.borrower.person.name)
    again.answer("id_back")
    again.see_question("name")


def test_a_page_that_can_not_be_fetched_apologises_and_comes_back(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    phone, page = chat.device, chat.page
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    chat.field.press_sequentially("5万")
    phone.go_offline()
    page.reload()
    phone.see_heading("网络断开了")
    phone.look("offline page")
    phone.go_offline(False)
    chat.see_question("amount")
    expect(chat.field).to_have_value("5万")
