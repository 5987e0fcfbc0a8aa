"""From the decision to the repayment plan: outcome, costs, signature, schedule."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import expect

from e2e.screens.device import Device
from workers.sandbox.simulation.people import Borrower
from workers.signing.verify import verify

_READING = "请阅读至少"
_TOO_SOON = "请先完整阅读费用明细"


class Contract:
    """An approved borrower's way to the money."""

    def __init__(self, device: Device, borrower: Borrower, reference: str) -> None:
        self.device = device
        self.page = device.page
        self.borrower = borrower
        self.base = f"/applications/{reference}"

    def read_decision(self) -> None:
        """The amount and the annual rate side by side, then on to the costs."""
        self.device.open(f"{self.base}/decision")
        self.device.see_heading("审核通过，您可以借款了")
        self.device.see("可借金额", "年化综合融资成本", "每月还款", "请说明原因", "申请人工复核")
        self.device.look("decision approved")
        self.device.follow("查看全部费用")

    def read_costs(self) -> None:
        """Every cost, for as long as the server asks."""
        self.device.see_heading("综合融资成本明示表")
        self.device.see("借款本金", "利息", "合计还款", "逾期", "提前还款", _READING)
        self.device.look("costs")
        button = self.page.get_by_role("button", name="确认费用，去签约")
        if self.device.scripted:
            expect(button).to_be_disabled()
            self.page.get_by_role("checkbox").check()
            expect(button).to_be_enabled()
            button.click()
        else:
            self._hurry()
        self.device.see_heading("签署借款合同")

    def sign(self) -> None:
        """The paper, a code, name and signature."""
        ask = self.page.get_by_role("button", name="发送签约验证码")
        self.device.wait_for(ask)
        self.device.look("contract")
        assert self.device.fetch(f"{self.base}/contract.pdf").startswith(b"%PDF-")
        before = self.device.sandbox.newest_message(self.borrower.mobile)
        ask.click()
        expect(self.page.get_by_label("签约验证码")).to_be_visible()
        self.device.look("signature")
        code = self.device.sandbox.wait_for_code(self.borrower.mobile, after=before)
        self.page.get_by_role("checkbox").check()
        if self.device.scripted:
            self._draw()
        self.page.get_by_label("输入姓名").fill(self.borrower.person.name)
        self.page.get_by_label("签约验证码").fill(code)
        self.device.press("签署合同")

    def read_schedule(self, months: int) -> None:
        """Every instalment."""
        self.device.follow("查看还款计划")
        self.device.see_heading("还款计划")
        self.device.see(f"尾号 {self.borrower.answers['bank_card'][-4:]}", "第 1 期", f"第 {months} 期")
        expect(self.page.get_by_role("row", name="第")).to_have_count(months)
        self.device.look("schedule")

    def check_sealed(self, home: Path) -> None:
        """The paper that is downloaded now is signed by both, and a changed one would show."""
        pdf = self.device.fetch(f"{self.base}/contract.pdf")
        root = (home / "pki" / "root.pem").read_bytes()
        changed = bytearray(pdf)
        changed[len(pdf) // 3] ^= 1
        # In a thread of its own: pyHanko wants a loop to itself, and the browser's runs in this one.
        with ThreadPoolExecutor(1) as other:
            sealed, tampered = other.map(lambda paper: verify(paper, [root]), (pdf, bytes(changed)))
        assert sealed.sound, sealed
        assert not tampered.sound

    def _hurry(self) -> None:
        """Without script nothing holds the button back, so the server does."""
        self.page.get_by_role("checkbox").check()
        self.device.press("确认费用，去签约")
        self.device.see(_TOO_SOON)
        for _ in self.device.patiently():
            if self.device.path.endswith("/sign"):
                return
            self.page.get_by_role("checkbox").check()
            self.device.press("确认费用，去签约")

    def _draw(self) -> None:
        """A stroke with the finger."""
        canvas = self.page.get_by_role("img", name="手写签名区")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + 30, box["y"] + 40)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 120, box["y"] + 70, steps=5)
        self.page.mouse.move(box["x"] + 60, box["y"] + 30, steps=5)
        self.page.mouse.up()
