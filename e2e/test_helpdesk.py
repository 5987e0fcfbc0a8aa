"""Staff at their desks: find anyone, look for a reason, see it live, mend what is stuck."""

from playwright.sync_api import expect

from e2e.applicants import sign_application
from e2e.cast import CAST
from e2e.conftest import NewDevice
from e2e.screens.device import DESK, Device
from e2e.screens.entry import Entry
from e2e.screens.helpdesk import Helpdesk
from e2e.screens.progress import PAID, STOPPED, Progress
from e2e.server import Stack
from portal.testing.seed import SeedLogin
from workers.sandbox.simulation.people import draw_borrower


def test_a_step_that_failed_is_found_and_restarted(
    new_device: NewDevice, stack: Stack, logins: dict[str, SeedLogin]
) -> None:
    borrower = draw_borrower(CAST["helpdesk"][0])
    before = stack.sandbox.stats("bank")
    stack.sandbox.order("bank", fail="refuse")
    try:
        reference = sign_application(stack, borrower)
        phone = new_device()
        Entry(phone).track(reference, borrower.mobile)
        progress = Progress(phone, reference)
        progress.see_submitted()
        progress.wait_for(STOPPED)
        phone.see("银行没有接受这次转账，借款没有转出。")
        phone.look("progress stopped")
    finally:
        stack.sandbox.order("bank")

    support = new_device(DESK)
    _find(
        support, stack, logins["support"], borrower.person.name, borrower.mobile, borrower.person.id_number, reference
    )
    _reveal(support, borrower.person.id_number)

    ops = new_device(DESK)
    helpdesk = Helpdesk(ops)
    helpdesk.sign_in(logins["ops"])
    ops.page.get_by_role("link", name="步骤失败").click()
    helpdesk.open_case(reference)
    ops.see("银行没有接受这次转账，借款没有转出。")
    ops.look("case stuck")
    helpdesk.restart_step()
    helpdesk.see_state("已放款")
    helpdesk.see_event("重新启动", "放款")

    # The other desk and the phone, open all the while, see it as well.
    Helpdesk(support).see_state("已放款")
    Helpdesk(support).see_event("重新启动")
    progress.wait_for(PAID)
    after = stack.sandbox.stats("bank")
    assert after["payouts"] == before["payouts"] + 1


def _find(desk: Device, stack: Stack, login: SeedLogin, name: str, *others: str) -> None:
    """By name, phone, ID number and reference; none of them gets into an address."""
    helpdesk = Helpdesk(desk)
    helpdesk.sign_in(login)
    for text in (name, *others):
        helpdesk.search(text)
        helpdesk.see_case(others[-1], f"{name[0]}**")
        assert name not in desk.page.url
        assert desk.path == f"/helpdesk/cases/{others[-1]}"
    helpdesk.search("查无此人")
    desk.see("没有找到")
    desk.look("nothing found")
    helpdesk.search(others[-1])
    helpdesk.see_case(others[-1], f"{name[0]}**")
    desk.look("case")


def _reveal(desk: Device, id_number: str) -> None:
    """Masked until there is a reason; the look leaves a line that everybody sees."""
    helpdesk = Helpdesk(desk)
    expect(desk.page.get_by_text(id_number)).to_have_count(0)
    helpdesk.reveal("id_number", "身份证号")
    desk.see("请先选择查看原因。")
    helpdesk.reveal("id_number", "身份证号", reason="联系申请人")
    expect(helpdesk.masked("id_number")).to_contain_text(id_number)
    expect(helpdesk.masked("mobile")).to_contain_text("****")
    helpdesk.see_event("查看了个人信息")
