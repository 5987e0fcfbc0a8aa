"""The page that follows an application: what was done, what is under way, what comes next."""

from playwright.sync_api import Locator, expect

from e2e.screens.device import Device

READY_TO_SIGN = "审核通过，等您查看费用并签署"
WITH_OFFICER = "申请已转给审核员"
DECLINED = "这次申请没有通过"
PAID = "借款已转出"
WAITING = "暂停了一下，恢复后自动继续"
STOPPED = "有一步需要我们处理"

_PATIENCE_SECONDS = 120


class Progress:
    """On one device, for one application."""

    def __init__(self, device: Device, reference: str) -> None:
        self.device = device
        self.page = device.page
        self.reference = reference

    def open(self) -> None:
        """Go there by address."""
        self.device.open(f"/applications/{self.reference}/progress")

    def see_submitted(self) -> None:
        """Where one arrives after submitting: the number to note down, and that the page may be closed."""
        expect(self.page.locator("#reference")).to_have_text(self.reference)
        self.device.see("提交申请")
        self.stay()

    def wait_for(self, sentence: str) -> None:
        """It comes by itself, on the very same page; without script it comes by loading the page again."""
        heading = self.page.get_by_role("heading", level=1)
        if self.device.scripted:
            expect(heading).to_have_text(sentence, timeout=_PATIENCE_SECONDS * 1000)
            assert self.page.evaluate("() => window.stayed"), "the page was loaded again"
            return
        for _ in self.device.patiently():
            if heading.inner_text() == sentence:
                return
            self.page.get_by_role("link", name="刷新看最新进度").click()

    def arrive_at(self, sentence: str) -> None:
        """Where one arrives after an act of one's own."""
        self.device.see_heading(sentence)
        self.stay()

    def step(self, title: str) -> Locator:
        """One line of the timeline."""
        return self.page.locator("#timeline > li").filter(has_text=title)

    def see_done(self, *titles: str) -> None:
        """These steps are done, in words for who can't see the colour."""
        for title in titles:
            expect(self.step(title).first).to_contain_text("已完成")

    def see_parked(self, title: str, why: str) -> None:
        """This step waits for something outside, and says so."""
        expect(self.step(title).first).to_contain_text("等待中", timeout=_PATIENCE_SECONDS * 1000)
        expect(self.step(title).first).to_contain_text(why)

    def see_next(self) -> None:
        """What happens now, in numbered sentences."""
        expect(self.page.get_by_role("heading", name="接下来")).to_be_visible()

    def stay(self) -> None:
        """From here on the page must not be loaded again."""
        if self.device.scripted:
            self.page.evaluate("() => { window.stayed = true; }")
