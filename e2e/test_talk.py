"""Somebody who talks rather than taps: three answers in one sentence, one of them corrected, questions on the way, why,
a person, a fresh start that is thought better of. With script and without, on both widths, in both languages."""

import pytest
from playwright.sync_api import expect

from e2e.cast import CAST
from e2e.conftest import NewDevice
from e2e.screens.application import begin
from e2e.screens.chat import Chat
from e2e.screens.device import PHONE, SMALL_PHONE, Kind
from workers.sandbox.simulation.people import draw_borrower

FIRST_PHOTOGRAPH = "请拍身份证有照片的一面。"


@pytest.mark.parametrize(
    ("kind", "scripted", "number"), [(PHONE, True, CAST["talk"][0]), (SMALL_PHONE, False, CAST["talk"][1])]
)
def test_an_applicant_who_talks(new_device: NewDevice, kind: Kind, scripted: bool, number: int) -> None:
    phone = new_device(kind, scripted=scripted)
    chat = begin(phone, draw_borrower(number))
    chat.say("想借五万块装修，分三年还")
    phone.see_heading("我听懂的是：")
    chat.see_reply("¥50,000.00", "36 个月", "装修")
    phone.look("chat heard")
    if scripted:
        phone.keep_shot("chat-heard")
    chat.say("不对，是六万")
    chat.see_reply("¥60,000.00")
    phone.press("对，就这样")
    phone.see_heading(FIRST_PHOTOGRAPH)
    chat.see_reply("记下了：")
    _correct(chat)
    _ask(chat)
    phone.look("chat talk")
    chat.say("重新开始")
    phone.see_heading("要重新开始吗？")
    phone.look("chat restart")
    phone.press("不了，接着填")
    phone.see_heading(FIRST_PHOTOGRAPH)


def _correct(chat: Chat) -> None:
    chat.say("金额改成八万")
    chat.see_reply("¥80,000.00")
    chat.device.look("chat heard correction")
    chat.page.locator(".heard-change summary").click()
    chat.page.get_by_label("借款金额").fill("7万")
    chat.device.look("chat heard change")
    chat.device.press("按改好的记下")
    chat.see_answer("¥70,000.00")


def _ask(chat: Chat) -> None:
    chat.say("利率多少")
    chat.see_reply("7.20% 到 18.00%")
    chat.say("可以提前还款吗")
    chat.see_reply("随时都能提前还清")
    if chat.device.scripted:
        chat.device.keep_shot("chat-asked")
    chat.say("为什么要问这个")
    chat.say("今天天气怎么样")
    chat.see_reply("没有听懂这句话")
    chat.say("你会下棋吗")
    chat.see_reply("还是没有听懂")
    chat.say("人工")
    chat.see_reply("已经告诉工作人员")


@pytest.mark.parametrize(
    ("kind", "scripted", "number"), [(SMALL_PHONE, True, CAST["talk"][2]), (PHONE, False, CAST["talk"][3])]
)
def test_the_same_in_english(new_device: NewDevice, kind: Kind, scripted: bool, number: int) -> None:
    phone = new_device(kind, scripted=scripted)
    chat = begin(phone, draw_borrower(number))
    place = phone.path
    phone.open("/preferences/language?to=en")
    phone.open(place)
    phone.see_heading("How much would you like to borrow?")
    chat.say("50k over 3 years for renovation")
    phone.see_heading("What I understood:")
    phone.look("chat heard, English")
    phone.press("Yes, that's right")
    chat.say("what is the interest rate")
    chat.see_reply("between 7.20% and 18.00%")
    chat.say("why do you need this")
    chat.say("can I repay early")
    chat.see_reply("at any time")
    chat.say("I want to talk to a person")
    chat.see_reply("Our staff now know")
    phone.look("chat talk, English")

    # Loaded again, all of it is still there.
    phone.page.reload()
    expect(phone.page.locator(".bubble-me").get_by_text("can I repay early", exact=True)).to_be_visible()
    chat.see_reply("at any time", "Our staff now know")
