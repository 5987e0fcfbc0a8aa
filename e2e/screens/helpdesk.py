"""The helpdesk as staff use it: find, look, decide, restart."""

import pyotp
from playwright.sync_api import Locator, expect

from e2e.screens.device import Device
from portal.testing.seed import SeedLogin


class Helpdesk:
    """One member of staff at one desk."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.page = device.page

    def sign_in(self, login: SeedLogin) -> None:
        """Login, password and the authenticator's code."""
        self.device.open("/helpdesk")
        self.device.see_heading("员工登录")
        self.device.look("staff sign-in")
        self.page.get_by_label("账号").fill(login.login)
        self.page.get_by_label("密码").fill(login.password)
        self.page.get_by_label("动态码").fill(pyotp.TOTP(login.totp_secret).now())
        self.device.press("登录")
        self.device.see_heading("案件队列")

    def search(self, text: str) -> None:
        """By name, phone, ID number or reference; / leads into the field."""
        self.page.locator("main").first.click(position={"x": 2, "y": 2})
        self.page.keyboard.press("/")
        field = self.page.get_by_label("按姓名、手机号、身份证号或申请编号搜索")
        expect(field).to_be_focused()
        field.fill(text)
        field.press("Enter")

    def see_case(self, reference: str, masked_name: str) -> None:
        """One case is open."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(masked_name)
        expect(self.page.locator("#case-head")).to_contain_text(reference)

    def open_case(self, reference: str) -> None:
        """From the queue."""
        self.page.get_by_role("link", name=reference).first.click()
        expect(self.page.locator("#case-head")).to_contain_text(reference)

    def show_all(self) -> None:
        """Every case, whatever its state."""
        self.page.get_by_role("link", name="全部").first.click()

    def see_state(self, word: str) -> None:
        """The case's state as a word."""
        expect(self.page.locator("#case-head")).to_contain_text(word, timeout=45_000)

    def masked(self, kind: str) -> Locator:
        """One line of personal data."""
        return self.page.locator(f"#masked-{kind}")

    def reveal(self, kind: str, label: str, reason: str = "") -> None:
        """Show one kind, for a reason when there is one."""
        if reason:
            self.page.locator("#reason-person").select_option(label=reason)
        self.masked(kind).get_by_role("button", name=f"查看 {label}").click()

    def see_event(self, *words: str) -> None:
        """A line of the timeline, newest first; it comes by itself."""
        for one in words:
            expect(self.page.locator("#events").get_by_text(one).first).to_be_visible()

    def decide(self, outcome: str, comment: str) -> None:
        """An officer's decision with its reason, asked twice."""
        self.page.get_by_role("radio", name=outcome, exact=True).check(force=True)
        self.page.get_by_label("决定的理由").fill(comment)
        self.page.locator("#decide summary").get_by_text("提交决定").click()
        self.device.press("确认提交")

    def restart_step(self) -> None:
        """The stuck step's way out."""
        self.device.press("重新启动")
        self.device.see("步骤已重新启动，进展会自动显示在下面。")

    def sign_out(self) -> None:
        """Leave the desk."""
        self.device.press("退出")
        self.device.see_heading("员工登录")
