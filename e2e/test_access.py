"""Thumbs, keyboards, large type and the dark: what phone-ux asks of every page, on both widths, in both languages."""

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.cast import CAST
from e2e.conftest import NewDevice
from e2e.screens.application import begin
from e2e.screens.device import PHONE, SMALL_PHONE, Kind
from e2e.screens.entry import Entry
from workers.sandbox.simulation.people import draw_borrower

_SMALL = """() => [...document.querySelectorAll('a, button, summary, input, select, textarea, label')]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('.sr-only, .skip-link'))
  // A link in a sentence is as high as its line; a box is as large as the label around it, a field as its frame.
  .filter((one) => getComputedStyle(one).display !== 'inline')
  .filter((one) => !['radio', 'checkbox', 'hidden'].includes(one.type) && !(one.matches('label') && one.htmlFor))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
  .map(([one, box]) => `${one.tagName} ${one.className} ${one.textContent.trim()} ${box.width}×${box.height}`)"""
"""What a thumb would miss."""


def see_large_targets(page: Page) -> None:
    assert page.evaluate(_SMALL) == []


@pytest.mark.parametrize("kind", [PHONE, SMALL_PHONE], ids=lambda kind: kind.name)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_for_thumbs_and_every_eye(new_device: NewDevice, kind: Kind, language: str) -> None:
    """Targets, sideways scroll, axe; in large type and in the dark, too."""
    number = CAST["access"][2 * (kind is SMALL_PHONE) + (language == "en")]
    phone = new_device(kind)
    chat = begin(phone, draw_borrower(number))
    chat.answer("amount")
    chat.see_question("term")
    places = ["/track", phone.path, f"/applications/{chat.reference}/chat?edit=amount"]
    phone.open(f"/preferences/language?to={language}")
    for place in ("/", *places):
        phone.open(place)
        see_large_targets(phone.page)
    phone.page.locator("form.composer button.act-primary").last.click()
    expect(phone.page.locator("#value button")).to_have_count(5)
    name = f"{language} {{}}"
    phone.look(name.format("chat"))
    phone.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    phone.look(name.format("chat dark"))
    phone.open("/preferences/type?size=large")
    for place in ("/", *places):
        phone.open(place)
        see_large_targets(phone.page)
        phone.look(name.format(f"large {'chat' if 'chat' in place else place.strip('/')}"))


@pytest.mark.parametrize("kind", [PHONE, SMALL_PHONE], ids=lambda kind: kind.name)
def test_the_keyboard_hides_neither_question_nor_field(new_device: NewDevice, kind: Kind) -> None:
    """As a phone's keyboard does, the window becomes half as high while the field has the focus."""
    phone = new_device(kind)
    chat = begin(phone, draw_borrower(CAST["access"][4 + (kind is SMALL_PHONE)]))
    chat.field.click()
    height = round(kind.height * 0.54)
    phone.page.set_viewport_size({"width": kind.width, "height": height})
    for _ in phone.patiently(seconds=5):
        field = chat.field.bounding_box()
        question = phone.page.get_by_role("heading", level=1).bounding_box()
        top = phone.page.locator(".topbar").bounding_box()
        assert field is not None
        assert question is not None
        assert top is not None
        in_sight = field["y"] + field["height"] <= height
        asked = top["height"] <= question["y"] and question["y"] + question["height"] <= field["y"]
        if in_sight and (asked or kind is SMALL_PHONE):
            return


def test_an_error_is_said_first_and_beside_the_field(new_device: NewDevice) -> None:
    phone = new_device()
    entry = Entry(phone)
    entry.begin()
    phone.page.get_by_label("手机号").fill("１３８-0013")
    phone.press("获取验证码")
    expect(phone.page.get_by_role("alert")).to_be_focused()
    expect(phone.page).to_have_title(re.compile("^错误："))
    expect(phone.page.get_by_label("手机号")).to_have_value("１３８-0013")
    expect(phone.page.get_by_label("手机号")).to_have_attribute("aria-invalid", "true")
    phone.look("phone number wrong")
