"""Words that want to be script, in every field, in what was read and in what staff write: they stay words."""

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import NewDevice
from e2e.hostile import TEXTS, Planted, plant
from e2e.screens.device import DESK, Device
from e2e.server import Stack

_ALIVE = """() => Boolean(window.hit) || document.querySelector(
  '#hit, img[src="x"], [onerror], [onload], [onfocus], [data-hx-on\\\\:load], [href^="javascript:"], script:not([src])')
  !== null"""


@pytest.mark.parametrize("text", TEXTS, ids=[f"words-{number}" for number in range(len(TEXTS))])
def test_words_stay_words(new_device: NewDevice, stack: Stack, text: str) -> None:
    planted = plant(stack, text)
    _be_the_applicant(new_device(), planted, text)
    _be_the_officer(new_device(DESK), planted, text)


def test_the_look_sees_what_is_alive(phone: Device) -> None:
    """Or finding nothing would prove nothing."""
    for tag, attribute, value in (("b", "id", "hit"), ("a", "href", "javascript:0"), ("script", "type", "x")):
        phone.open("/")
        assert not phone.page.evaluate(_ALIVE)
        phone.page.evaluate(
            "([tag, attribute, value]) => document.body.appendChild(document.createElement(tag))"
            ".setAttribute(attribute, value)",
            [tag, attribute, value],
        )
        assert phone.page.evaluate(_ALIVE)


def _be_the_applicant(phone: Device, planted: Planted, text: str) -> None:
    _sign_in(phone, planted.drafter)
    chat = f"/applications/{planted.draft.reference}/chat"
    for path in (chat, *(f"{chat}?edit={slot}" for slot in ("name", "employer", "id_front", "income_proof"))):
        phone.open(path)
        _assert_harmless(phone.page)
    phone.open(f"{chat}?edit=employer")
    phone.page.locator("#value").fill(text * 3)
    phone.page.locator("form.composer button.act-primary").first.click()  # too long: it comes back as it was typed
    expect(phone.page.locator("#value")).to_have_value(re.compile(re.escape(text[:20])))
    _assert_harmless(phone.page)
    _sign_in(phone, planted.applicant)
    for page in ("progress", "decision", "decision/explanation"):
        with phone.expecting(404):
            phone.open(f"/applications/{planted.submitted.reference}/{page}")
        _assert_harmless(phone.page)


def _be_the_officer(desk: Device, planted: Planted, text: str) -> None:
    page, case = desk.page, f"/helpdesk/cases/{planted.submitted.reference}"
    _sign_in(desk, planted.officer)
    desk.open("/helpdesk")
    _assert_harmless(page)
    page.locator("input[name=q]").first.fill(text)
    page.locator("input[name=q]").first.press("Enter")
    _assert_harmless(page)
    desk.open(case)
    page.locator("#reason-person").select_option(value="other")
    page.locator("#why-person").fill(text)
    for kind in ("name", "employer"):
        page.locator(f"#masked-{kind}").get_by_role("button").click()
        expect(page.locator(f"#masked-{kind}")).to_contain_text(text[:12])
    _assert_harmless(page)
    page.locator(".note-form textarea").fill(text)
    desk.press("保存备注")
    expect(page.locator("#events")).to_contain_text(text[:12])
    _assert_harmless(page)


def _sign_in(device: Device, session_id: str) -> None:
    device.page.context.add_cookies([{"name": "xindai", "value": session_id, "url": device.stack.url}])


def _assert_harmless(page: Page) -> None:
    """Nothing ran and nothing became an element; what the content policy would have stopped is a complaint."""
    page.wait_for_load_state("load")
    assert not page.evaluate(_ALIVE), f"{page.url}: {page.content()[:2000]}"
