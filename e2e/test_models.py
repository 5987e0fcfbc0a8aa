"""A model is brought in, put into use by two people, reported on, and the one before it put back."""

import os
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import expect

from e2e.applicants import submit_application
from e2e.cast import CAST
from e2e.conftest import NewDevice
from e2e.screens.device import DESK, Device
from e2e.screens.helpdesk import Helpdesk
from e2e.server import Stack
from portal.settings import ROOT
from portal.testing.seed import SeedLogin
from workers.sandbox.simulation.people import draw_borrower
from workers.tests.models import make_model, shifted

WHY = "与现用模型几乎相同，演练启用和退回。"


def test_two_people_put_a_model_into_use_and_back(
    new_device: NewDevice, stack: Stack, logins: dict[str, SeedLogin], tmp_path: Path
) -> None:
    # So little that no other journey's decision can turn on it.
    challenger = make_model(tmp_path / "other", calibrator=shifted(1e-6))
    _register(stack, tmp_path / "other")
    submit_application(stack, draw_borrower(CAST["models"][0]))
    analyst, second = new_device(DESK), new_device(DESK)
    Helpdesk(analyst).sign_in(logins["risk"])
    Helpdesk(second).sign_in(logins["admin"])

    analyst.follow("评分模型")
    analyst.see_heading("评分模型")
    analyst.see(challenger[:12], "自行导入", "使用中")
    analyst.look("models")
    champion = _promote(analyst, second, challenger)
    _read_report(analyst, challenger)

    assert _promote(analyst, second, champion) == challenger
    phone = new_device()
    Helpdesk(phone).sign_in(logins["officer"])
    phone.open("/helpdesk/models")
    phone.see("由风控分析提议，另一位同事确认。", "变更记录")
    phone.look("models")
    phone.open("/preferences/language?to=en")
    phone.open("/helpdesk/models")
    phone.see("In use", "History")
    phone.look("models in English")
    quiet = new_device(DESK, scripted=False)
    Helpdesk(quiet).sign_in(logins["ops"])
    quiet.open("/helpdesk/models")
    quiet.page.locator("#reports a").first.click()
    expect(quiet.page.locator("details.chart-numbers table").first).to_be_visible()
    quiet.look("model report without script")


def _register(stack: Stack, folder: Path) -> None:
    """As the lender's engineer does, on the machine that runs it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XINDAI_")}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "portal.cli", "register", str(folder), "--reason", "a rehearsal"],
        env=environment | {"XINDAI_HOME": str(stack.home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "is challenger" in done.stdout


def _promote(analyst: Device, second: Device, version: str) -> str:
    """Propose, fail to confirm alone, confirm by another; returns the version before."""
    analyst.open("/helpdesk/models")
    row = analyst.page.get_by_role("row").filter(has_text="使用中").get_by_role("rowheader").inner_text()
    analyst.page.get_by_label("模型", exact=True).select_option(version)
    analyst.page.get_by_label("理由", exact=True).fill(WHY)
    analyst.press("提交提议")
    analyst.see("已提议，等另一位同事确认。", "这是您的提议，要由另一位同事确认。")
    second.open("/helpdesk/models")
    second.see(WHY)
    second.look("model proposal")
    second.page.get_by_text("我看过两个模型的对比").click()
    second.press("确认启用")
    second.see("已启用，下一笔申请起由新模型评分。")
    now = second.page.get_by_role("row").filter(has_text="使用中").get_by_role("rowheader")
    expect(now).to_have_text(version[:12])
    analyst.open("/helpdesk/models")
    options = analyst.page.locator("select[name=version] option")
    versions: list[str] = options.evaluate_all("(all) => all.map((one) => one.value)")
    return next(version for version in versions if version.startswith(row.strip()))


def _read_report(analyst: Device, champion: str) -> None:
    analyst.open("/helpdesk/models")
    analyst.press("编制本月至今的报告")
    analyst.see("正在编制报告")
    link = analyst.page.locator("#reports a")
    for _ in analyst.patiently():
        analyst.open("/helpdesk/models")
        if link.count():
            break
    link.first.click()
    analyst.see_heading("模型月报")
    analyst.see(champion[:12], "违约概率的分布", "输入的偏移（PSI）")
    analyst.wait_for(analyst.page.locator("canvas"))
    analyst.look("model report")
    analyst.page.get_by_text("看数字").first.click()
    expect(analyst.page.locator("details.chart-numbers table").first).to_be_visible()
