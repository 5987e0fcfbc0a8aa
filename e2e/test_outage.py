"""The credit bureau is down: the page says what it waits for, nothing is lost, and it goes on by itself."""

from e2e.cast import CAST
from e2e.conftest import NewDevice
from e2e.screens.application import begin
from e2e.screens.contract import Contract
from e2e.screens.device import SMALL_PHONE
from e2e.screens.progress import PAID, READY_TO_SIGN, WAITING, Progress
from e2e.server import Stack
from workers.sandbox.simulation.people import draw_borrower


def test_an_outage_is_explained_and_over_by_itself(new_device: NewDevice, stack: Stack) -> None:
    borrower = draw_borrower(CAST["outage"][0])
    phone = new_device(SMALL_PHONE)
    chat = begin(phone, borrower)
    chat.fill_in()
    queries = stack.sandbox.stats("bureau")["queries"]
    stack.sandbox.order("bureau", fail="500")
    try:
        reference = chat.check_and_submit()
        progress = Progress(phone, reference)
        progress.see_submitted()
        progress.wait_for(WAITING)
        progress.see_parked("查询征信", "征信系统暂时连不上。")
        phone.see("恢复后会自动继续，您不需要做什么。")
        phone.look("progress parked")
    finally:
        stack.sandbox.order("bureau")

    progress.wait_for(READY_TO_SIGN)
    progress.see_done("查询征信")
    assert stack.sandbox.stats("bureau")["queries"] == queries + 1

    # To the end, with script on the smallest phone: this is where every page is seen at 320 px.
    contract = Contract(phone, borrower, reference)
    contract.read_decision()
    contract.read_costs()
    contract.sign()
    progress.see_submitted()
    progress.wait_for(PAID)
    phone.look("progress paid")
    contract.read_schedule(int(borrower.answers["term"]))
