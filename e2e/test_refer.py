"""A case that a person has to look at: the applicant waits on the phone, the officer decides at the desk."""

from e2e.conftest import NewDevice
from e2e.screens.application import apply
from e2e.screens.device import DESK, Device
from e2e.screens.helpdesk import Helpdesk
from e2e.screens.progress import READY_TO_SIGN, WITH_OFFICER, Progress
from e2e.server import Stack
from portal.testing.seed import SeedLogin
from workers.sandbox.personas import get_persona
from workers.sandbox.simulation.people import borrower_of


def test_an_officer_approves_what_the_machine_referred(
    new_device: NewDevice, stack: Stack, logins: dict[str, SeedLogin]
) -> None:
    borrower = borrower_of(get_persona("refer"))
    phone = new_device()
    progress = apply(phone, borrower)
    progress.wait_for(WITH_OFFICER)
    phone.look("progress referred")
    _read_why(phone, progress)

    desk = new_device(DESK)
    helpdesk = Helpdesk(desk)
    helpdesk.sign_in(logins["officer"])
    desk.look("queue")
    helpdesk.open_case(progress.reference)
    helpdesk.see_case(progress.reference, "周**")
    helpdesk.see_state("待人工审核")
    desk.see("作出决定", "需要您判断的地方", "材料", "核对与征信", "时间线")
    desk.look("case to decide")
    desk.keep_shot("helpdesk")

    helpdesk.decide("批准", "好")
    desk.see("决定还没有提交")
    helpdesk.decide("批准", "逾期发生在二十个月前，此后按时还款，收入稳定。")
    desk.see("决定已记录，申请人会收到短信。")
    helpdesk.see_state("待客户签约")
    helpdesk.see_event("批准了申请", "备好合同")
    desk.look("case decided")

    progress.wait_for(READY_TO_SIGN)
    progress.see_done("人工审核", "准备合同")
    stack.sandbox.wait_for_message(borrower.mobile, "需要人工审核")
    stack.sandbox.wait_for_message(borrower.mobile, "审核已有结果")


def _read_why(phone: Device, progress: Progress) -> None:
    """While it waits: that a person decides, and what made it so."""
    phone.see("这一步由人判断，不是系统自动决定。")
    phone.follow("为什么需要人工审核")
    phone.see_heading("正在人工审核")
    phone.look("decision referred")
    progress.open()
    progress.see_submitted()
