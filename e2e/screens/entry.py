"""From the landing page to being signed in."""

from e2e.screens.device import Device


class Entry:
    """The way in."""

    def __init__(self, device: Device) -> None:
        self.device = device

    def begin(self) -> None:
        """Landing page, one button."""
        self.device.open("/")
        self.device.see_heading("个人借款")
        self.device.see("年化综合融资成本")
        self.device.look("landing")
        self.device.follow("申请个人消费借款")

    def sign_in(self, mobile: str) -> None:
        """Phone number, then the code from the text message."""
        self.device.see_heading("您的手机号是？")
        self.device.look("phone number")
        before = self.device.sandbox.newest_message(mobile)
        self.device.page.get_by_label("手机号").fill(mobile)
        self.device.press("获取验证码")
        self.device.see_heading("请填写短信里的验证码")
        self.device.see(f"{mobile[:3]}****{mobile[-4:]}")
        self.device.look("code")
        self.device.page.get_by_label("6 位验证码").fill(self._wait_for_code(mobile, before))
        self.device.press("继续")

    def track(self, reference: str, mobile: str) -> None:
        """The other way in: reference and phone number, for an application that was submitted."""
        self.device.open("/track")
        self.device.see_heading("查看申请进度")
        self.device.look("track")
        before = self.device.sandbox.newest_message(mobile)
        self.device.page.get_by_label("申请编号").fill(reference)
        self.device.page.get_by_label("手机号").fill(mobile)
        self.device.press("获取验证码")
        self.device.see_heading("请填写短信里的验证码")
        code = self.device.sandbox.wait_for_code(mobile, after=before)
        self.device.page.get_by_label("6 位验证码").fill(code)
        self.device.press("查看进度")

    def _wait_for_code(self, mobile: str, before: int) -> str:
        """None comes within half a minute of an earlier one: then ask again, as the page says."""
        for _ in self.device.patiently():
            code = self.device.sandbox.find_code(mobile, after=before, seconds=31)
            if code is not None:
                return code
            before = self.device.sandbox.newest_message(mobile)
            self.device.press("重新获取验证码")
            self.device.see_heading("请填写短信里的验证码")
        raise AssertionError
