"""Two phones at the same draft at the same time: a turn made on one appears on the other."""

from e2e.cast import CAST
from e2e.conftest import NewDevice
from e2e.screens.application import begin
from e2e.screens.device import SMALL_PHONE
from workers.sandbox.simulation.people import draw_borrower


def test_a_turn_on_one_phone_appears_on_the_other(new_device: NewDevice) -> None:
    borrower = draw_borrower(CAST["two phones"][0])
    first, second = new_device(), new_device()
    old = begin(first, borrower)
    new = begin(second, borrower)
    old.see_question("amount")
    new.see_question("amount")

    new.answer("amount")
    old.see_question("term")
    first.see("您在另一台手机上接着填了")
    first.look("chat from elsewhere")

    # What is on the screen stays while it is still to be answered.
    old.change("借款金额")
    old.field.fill("六万")
    new.answer("term")
    new.see_question("purpose")
    old.see_answer(f"{borrower.answers['term']} 个月")
    assert old.field.input_value() == "六万"
    old.go_on()
    old.see_question("purpose")
    new.see_answer("¥60,000.00")


def test_back_leads_to_the_question_before(new_device: NewDevice) -> None:
    borrower = draw_borrower(CAST["two phones"][1])
    phone = new_device()
    chat = begin(phone, borrower)
    chat.answer("amount")
    chat.see_question("term")
    chat.answer("term")
    chat.see_question("purpose")
    phone.page.go_back()
    chat.see_question("term")
    phone.page.go_back()
    chat.see_question("amount")
    chat.type("70000")
    chat.see_question("purpose")
    chat.see_answer("¥70,000.00")
    phone.page.get_by_role("link", name="上一题").click()
    chat.see_question("term")
    phone.look("chat edit")


def test_another_work_situation_says_what_it_asks_again(new_device: NewDevice) -> None:
    borrower = draw_borrower(CAST["two phones"][2])
    phone = new_device(SMALL_PHONE)
    chat = begin(phone, borrower)
    chat.fill_in(until="bank_card")
    chat.change("工作情况")
    phone.see("重填：收入证明、每月收入")
    phone.look("chat edit with consequences")
    phone.page.get_by_text("重填：收入证明、每月收入").first.scroll_into_view_if_needed()
    phone.keep_shot("chat-changed")
    phone.page.locator("form.composer").get_by_role("button", name="退休").click()
    chat.see_question("income_proof")
    chat.change("工作情况")
    phone.page.locator("form.composer").get_by_role("button", name="企业职工").click()
    chat.see_question("bank_card")
    chat.see_answer(borrower.person.employer)
    chat.change("借款产品")
    phone.look("chat edit product")
    place = phone.path
    phone.open("/preferences/language?to=en")
    phone.open(place)
    phone.see_heading("Which loan would you like?")
    phone.look("chat edit product in English")
    phone.open("/")
    phone.look("landing in English")
