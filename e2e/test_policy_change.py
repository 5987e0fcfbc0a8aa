"""A risk analyst tries a change on history, a colleague approves it, the next applicant meets it, and it goes back."""

from playwright.sync_api import expect

from e2e.applicants import await_decision
from e2e.cast import CAST
from e2e.conftest import NewDevice
from e2e.screens.device import DESK, Device
from e2e.screens.helpdesk import Helpdesk
from e2e.server import Stack
from portal.testing.seed import SeedLogin
from workers.sandbox.simulation.people import draw_borrower


def test_a_change_of_the_policy_goes_its_way_and_back(
    new_device: NewDevice, stack: Stack, logins: dict[str, SeedLogin]
) -> None:
    outcomes = [await_decision(stack, draw_borrower(number)) for number in CAST["policy change, before"]]
    assert outcomes.count("approved") == 3
    analyst, second = new_device(DESK), new_device(DESK)
    Helpdesk(analyst).sign_in(logins["risk"])
    Helpdesk(second).sign_in(logins["admin"])

    _draft(analyst)
    _refused_by_law(analyst)
    _replayed(analyst)
    address = analyst.path
    analyst.press("提交批准")
    analyst.see("已提交，等另一位同事批准。", "自己起草的变更要由另一位同事批准。")

    second.open(address)
    second.page.get_by_label("批准的意见").fill("看过回放，差异在意料之中")
    second.look("policy change to approve")
    second.press("批准这项变更")
    second.see("已批准，到时间自动生效。")
    for _ in second.patiently():
        second.open(address)
        if second.page.get_by_text("生效中").count():
            break
    assert await_decision(stack, draw_borrower(CAST["policy change, after"][0])) == "referred"

    _rolled_back(analyst)
    assert await_decision(stack, draw_borrower(CAST["policy change, after"][1])) == "approved"
    _elsewhere(new_device, logins, address)


def _draft(analyst: Device) -> None:
    analyst.follow("政策变更")
    analyst.see_heading("政策变更")
    analyst.look("policy changes, none yet")
    analyst.page.get_by_label("名称").fill("收紧通过线，调整价格")
    analyst.page.get_by_label("为什么要改").fill("看看只让最稳的人自动通过会怎样")
    analyst.press("开始起草")
    analyst.see_heading("修改参数")


def _refused_by_law(analyst: Device) -> None:
    """A price past the law's bound is refused at its row, with the citation."""
    analyst.page.get_by_role("navigation", name="参数分组").get_by_role("link", name="定价").click()
    price = analyst.page.get_by_label("年利率 rate-A")
    expect(price).to_have_value("7.2")
    price.fill("24.5")
    analyst.look("policy values of a file")
    analyst.press("保存并回放")
    analyst.see("这样的政策不能启用", "综合融资成本年化不超过 24%", "price/rate/rate-A")
    analyst.look("policy change refused")
    analyst.follow("修改参数")
    analyst.page.get_by_role("navigation", name="参数分组").get_by_role("link", name="定价").click()
    analyst.page.get_by_label("年利率 rate-A").fill("7.8")
    analyst.press("保存并回放")


def _replayed(analyst: Device) -> None:
    """The result comes by itself: figures, groups, and who would end differently."""
    analyst.wait_for(analyst.page.get_by_role("heading", name="回放结果"))
    analyst.follow("修改参数")
    line = analyst.page.get_by_label("自动通过：违约概率不超过")
    expect(line).to_have_value("24.65")
    line.fill("0.02")
    analyst.look("policy values of the lines")
    analyst.press("保存并回放")
    analyst.wait_for(analyst.page.get_by_role("heading", name="结果会不同的申请"))
    analyst.see("各人群的自动通过率", "score-pass", "score-refer", "24.65")
    expect(analyst.page.locator(".chart canvas").first).to_be_visible()
    analyst.look("policy change replayed")


def _rolled_back(analyst: Device) -> None:
    analyst.follow("政策变更")
    analyst.look("policy changes, one in force")
    analyst.page.locator("summary").get_by_text("退回上一版").click()
    analyst.page.get_by_label("退回的理由").fill("自动通过的太少，排队变长")
    analyst.press("立即退回")
    analyst.see("已退回到上一版政策，下一笔申请起生效。", "生效的政策是退回来的")
    analyst.look("policy changes, rolled back")


def _elsewhere(new_device: NewDevice, logins: dict[str, SeedLogin], address: str) -> None:
    """On a phone, in English, and without script."""
    phone = new_device()
    Helpdesk(phone).sign_in(logins["risk"])
    for path, screen in ((address, "policy change"), ("/helpdesk/policy/changes", "policy changes")):
        phone.open(path)
        phone.look(f"{screen} on a phone")
    phone.open("/preferences/language?to=en")
    phone.open(address)
    phone.see("What the replay found", "Rolled back")
    phone.look("policy change in English")
    plain = new_device(DESK, scripted=False)
    Helpdesk(plain).sign_in(logins["admin"])
    plain.open(address)
    plain.see("回放结果", "变更后 95% 区间")
    plain.look("policy change without script")
