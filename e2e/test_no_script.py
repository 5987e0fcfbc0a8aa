"""The whole journey without JavaScript, on the smallest phone: every page is a page, every act a form."""

from e2e.cast import CAST
from e2e.conftest import NewDevice
from e2e.screens.application import apply
from e2e.screens.contract import Contract
from e2e.screens.device import SMALL_PHONE
from e2e.screens.progress import PAID, READY_TO_SIGN
from e2e.server import Stack
from workers.sandbox.simulation.people import draw_borrower


def test_from_the_first_tap_to_the_money_without_javascript(new_device: NewDevice, stack: Stack) -> None:
    borrower = draw_borrower(CAST["no script"][0])
    payouts = stack.sandbox.stats("bank")["payouts"]
    phone = new_device(SMALL_PHONE, scripted=False)
    progress = apply(
        phone, borrower, {"marital_status": lambda chat: chat.see_document("身份证人像面", borrower.person.name)}
    )
    phone.look("progress")
    progress.wait_for(READY_TO_SIGN)
    phone.look("progress approved")

    contract = Contract(phone, borrower, progress.reference)
    contract.read_decision()
    contract.read_costs()
    contract.sign()
    progress.wait_for(PAID)
    phone.look("progress paid")
    contract.read_schedule(int(borrower.answers["term"]))
    contract.check_sealed(stack.home)
    assert stack.sandbox.stats("bank")["payouts"] == payouts + 1
