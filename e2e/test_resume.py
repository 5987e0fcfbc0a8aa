"""Stop on one phone, go on with another: nothing is typed or photographed twice."""

from e2e.cast import CAST
from e2e.conftest import NewDevice
from e2e.screens.application import begin
from workers.sandbox.simulation.people import draw_borrower


def test_a_second_phone_goes_on_where_the_first_stopped(new_device: NewDevice) -> None:
    borrower = draw_borrower(CAST["resume"][0])
    first = new_device()
    old = begin(first, borrower)
    old.fill_in(until="bank_card")
    old.see_document("身份证人像面", borrower.person.name)

    second = new_device()
    chat = begin(second, borrower)
    chat.see_question("bank_card")
    assert chat.reference == old.reference
    chat.see_answer(borrower.person.name)
    chat.see_document("身份证人像面", borrower.person.name)
    chat.see_document("身份证国徽面", borrower.person.authority)
    second.look("chat resumed")

    chat.change("借款金额")
    second.see_heading("您想借多少钱？")
    chat.type("六万")
    chat.see_question("bank_card")
    chat.see_answer("¥60,000.00")
    chat.answer("bank_card")
    chat.see_question("consents")

    # The first phone has followed.
    old.see_question("consents")
    old.see_answer("¥60,000.00")
