"""What decides, shown to those who answer for it: the rows that held for one case, and all tables in force."""

from playwright.sync_api import expect

from e2e.conftest import NewDevice
from e2e.screens.application import apply
from e2e.screens.device import DESK
from e2e.screens.helpdesk import Helpdesk
from e2e.screens.progress import DECLINED
from e2e.server import Stack
from portal.testing.seed import SeedLogin
from workers.sandbox.personas import get_persona
from workers.sandbox.simulation.people import borrower_of


def test_staff_see_which_rows_held_and_where_they_come_from(
    new_device: NewDevice, stack: Stack, logins: dict[str, SeedLogin]
) -> None:
    progress = apply(new_device(), borrower_of(get_persona("watch_list")))
    progress.wait_for(DECLINED)
    desk = new_device(DESK)
    helpdesk = Helpdesk(desk)
    helpdesk.sign_in(logins["officer"])
    helpdesk.show_all()
    helpdesk.open_case(progress.reference)
    desk.page.get_by_text("政策逐条结果").click()
    expect(desk.page.get_by_text("watch_list-decline", exact=True)).to_be_visible()
    desk.look("case with the rows that held")

    desk.follow("政策")
    desk.see_heading("审批政策")
    desk.see("综合融资成本年化不超过 24%", "current_delinquency-decline", "低于 22 周岁")
    desk.look("policy")
    desk.open("/preferences/language?to=en")
    desk.open("/helpdesk/policy")
    desk.see("all-in cost of 24% a year at most", "below 22")
    desk.look("policy in English")

    phone = new_device()
    Helpdesk(phone).sign_in(logins["risk"])
    phone.open("/helpdesk/policy")
    phone.see_heading("审批政策")
    phone.look("policy")
