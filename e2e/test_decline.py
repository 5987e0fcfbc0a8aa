"""A no: said plainly, with its reasons, with what can help, and with the right to be looked at by a person."""

from playwright.sync_api import expect

from e2e.screens.application import apply
from e2e.screens.device import Device
from e2e.screens.progress import DECLINED, WITH_OFFICER
from e2e.server import Stack
from workers.sandbox.personas import get_persona
from workers.sandbox.simulation.people import borrower_of


def test_a_declined_person_learns_why_and_asks_for_a_human(phone: Device, stack: Stack) -> None:
    borrower = borrower_of(get_persona("decline"))
    payouts = stack.sandbox.stats("bank")["payouts"]
    progress = apply(phone, borrower)
    progress.wait_for(DECLINED)
    phone.look("progress declined")

    phone.follow("查看原因和可以做的事")
    phone.see_heading("这次没有通过")
    phone.see("主要原因", "逾期", "可以怎么做", "之后可以再申请")
    phone.look("decision declined")
    expect(phone.page.get_by_role("link", name="查看全部费用")).to_have_count(0)
    phone.follow("请说明原因")
    phone.see("这个结果是怎么来的", "性别、婚姻、民族和住址不参与评分")
    phone.look("decision explained")

    _ask_for_review(phone)
    progress.arrive_at(WITH_OFFICER)
    phone.see("您申请了人工复核，审核员正在重新查看。")
    stack.sandbox.wait_for_message(borrower.mobile, "人工复核请求")
    assert stack.sandbox.stats("bank")["payouts"] == payouts


def _ask_for_review(phone: Device) -> None:
    """Asked back first, in place."""
    summary = phone.page.locator("summary").get_by_text("申请人工复核")
    if summary.count():
        summary.click()
        phone.page.locator("details[open] button[type=submit]").first.click()
    else:
        phone.press("申请人工复核")
