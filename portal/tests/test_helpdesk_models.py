"""The pages about models: two people promote, risk lifts a halt, others read; the report in numbers and plots."""

import html
import json
import re
from datetime import date
from typing import Any

import pytest
from litestar import Litestar

from portal.db.models import ModelOrigin, Retraining, Role
from portal.db.uow import UnitsOfWork
from portal.registry import service
from portal.registry.halts import Shifted, halt_approval
from portal.registry.queries import find_champion, find_open_halt, find_proposal
from portal.registry.reports import keep_report, list_reports
from portal.settings import Settings
from portal.testing.desk import Desk, counted_statements, desk_of

OLD, NEW = "a" * 64, "b" * 64
WHY = "影子评分三个月，区分度更好。"
FIGURES = {"rows": 30_000, "trained": {"auc": 0.7881, "ks": 0.4411, "brier": 0.1332, "ece": 0.0051}}
GRADES = [
    {"grade": "A", "cases": 60, "trained": 0.04, "bad_rate": [0.05, 0.02, 0.13], "mean_pd": 0.04},
    {"grade": "B", "cases": 0, "trained": None},
]
GROUP = {"group": "F", "cases": 64, "approval": [0.5, 0.38, 0.62], "gap": [-0.1, -0.25, 0.06]}
CHAMPION: dict[str, Any] = {
    "version": OLD,
    "decided": {
        "cases": 120, "scored": 120, "asked": 120,
        "automation": [0.7, 0.61, 0.77], "approval": [0.6, 0.51, 0.68], "decline": [0.1, 0.06, 0.17],
    },
    "stability": {"paid_now": 0.31, "(score)": 0.04, "limit": 0.02},
    "distribution": {"edges": [0.05, 0.2], "trained": [0.3, 0.4, 0.3], "now": [0.35, 0.35, 0.3]},
    "outcomes": {"cases": 100, "bads": 12},
    "measured": {"auc": 0.771, "auc_low": 0.7, "auc_high": 0.84, "ks": 0.41, "brier": 0.1, "ece": 0.02},
    "reliability": [{"low": 0, "high": 0.1, "share": 0.8, "mean_pd": 0.04, "bad_rate": 0.05}],
    "grades": GRADES,
    "approvals": {"sex": [{"group": "M", "cases": 70, "approval": [0.6, 0.48, 0.71]}, GROUP], "age": [], "region": []},
    "errors": {
        "sex": [],
        "age": [
            {
                "group": "25-34", "cases": 90, "bad_rate": [0.1, 0.05, 0.18], "mean_pd": 0.08,
                "error": [0.02, -0.03, 0.1], "auc": [0.7, 0.6, 0.8],
            },
            {
                "group": "(others)", "cases": 31, "bad_rate": [0.0, 0.0, 0.1], "mean_pd": 0.05,
                "error": [-0.05, -0.05, 0.05],
            },
        ],
        "region": [],
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
async def registry(units: UnitsOfWork) -> None:
    async with units.begin() as uow:
        await service.register(uow, OLD, b"zip", FIGURES, ModelOrigin.SHIPPED)
        await service.register(uow, NEW, b"zip", FIGURES, ModelOrigin.RETRAINED)


async def proposal_of(units: UnitsOfWork) -> str:
    async with units.begin() as uow:
        found = await find_proposal(uow)
        assert found is not None
        return str(found.id)


async def test_two_people_put_a_model_into_use(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    async with desk_of(app, units, settings, Role.RISK) as risk, desk_of(app, units, settings, Role.ADMIN) as admin:
        page = (await risk.open("/helpdesk/models")).text
        for words in (OLD[:12], NEW[:12], "使用中", "挑战者", "定期再训练", "0.7881", "提交提议"):
            assert words in page
        refused = await risk.send("/helpdesk/models/propose", version=NEW, reason="太短")
        assert refused.status_code == 422
        assert "至少 10 个字" in refused.text
        assert "太短</textarea>" in refused.text
        done = await risk.send("/helpdesk/models/propose", version=NEW, reason=WHY)
        assert (done.status_code, done.headers["location"]) == (303, "/helpdesk/models?done=proposed")
        confirm = f"/helpdesk/models/promotions/{await proposal_of(units)}/confirm"
        own = (await risk.open("/helpdesk/models")).text
        assert "要由另一位同事确认" in own
        assert confirm not in own
        alone = await risk.send(confirm, seen="yes")
        assert (alone.status_code, "提议和确认要由两个人完成" in alone.text) == (409, True)
        assert WHY in (await admin.open("/helpdesk/models")).text
        unseen = await admin.send(confirm)
        assert (unseen.status_code, "请先看过两个模型的对比" in unseen.text) == (422, True)
        assert (await admin.send(confirm, seen="yes")).headers["location"] == "/helpdesk/models?done=promoted"
        again = await admin.send(confirm, seen="yes")
        assert (again.status_code, "已经处理过了" in again.text) == (409, True)
    async with units.begin() as uow:
        champion = await find_champion(uow)
        assert champion is not None
        assert champion.version == NEW


async def test_a_proposal_is_dropped_and_a_challenger_stopped(
    app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    async with desk_of(app, units, settings, Role.RISK) as risk:
        await risk.send("/helpdesk/models/propose", version=NEW, reason=WHY)
        busy = await risk.send("/helpdesk/models/retire", challenger=NEW, retire_reason=WHY)
        assert (busy.status_code, "正在等待确认" in busy.text) == (409, True)
        drop = f"/helpdesk/models/promotions/{await proposal_of(units)}/drop"
        assert (await risk.send(drop, drop_reason="不")).status_code == 422
        assert (await risk.send(drop, drop_reason=WHY)).status_code == 303
        assert (await risk.send("/helpdesk/models/retire", challenger=NEW, retire_reason=WHY)).status_code == 303
        page = (await risk.open("/helpdesk/models?done=retired")).text
    for words in ("已停用，不再影子评分。", "放弃提议", WHY):
        assert words in page
    assert "停用挑战者" not in page


async def test_a_retraining_that_made_no_model_says_why(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    async with units.begin() as uow:
        uow.session.add(Retraining(cases=10_000, bads=3, problem="only 3 bad outcome(s) in 10,000 rows"))
    async with desk_of(app, units, settings, Role.OPS) as desk:
        page = (await desk.open("/helpdesk/models")).text
    assert "没有训练出模型：" in page
    assert "only 3 bad outcome(s) in 10,000 rows" in page


async def halt(units: UnitsOfWork) -> str:
    async with units.begin() as uow:
        raised = await halt_approval(uow, Shifted(OLD, 1_000, {"paid_now": 0.41, "(score)": 0.3, "limit": 0.1}), 0.25)
        assert raised is not None
        assert raised.shifts == {"paid_now": 0.41, "(score)": 0.3}
        return str(raised.id)


async def test_risk_is_told_of_a_halt_and_lifts_it(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    raised = await halt(units)
    async with desk_of(app, units, settings, Role.RISK) as risk, desk_of(app, units, settings, Role.OFFICER) as officer:
        for path in ("/helpdesk", "/helpdesk/models"):
            assert "自动审批已暂停" in (await risk.open(path)).text, path
        seen = (await officer.open("/helpdesk/models")).text
        assert "paid_now" in seen
        assert "恢复自动审批" not in seen
        lift = f"/helpdesk/models/halts/{raised}/lift"
        assert (await risk.send(lift, comment="好")).status_code == 422
        assert (await risk.send(lift, comment="抽查二十件，客群确有变化但质量相同。")).status_code == 303
        assert (await risk.send(lift, comment="抽查二十件，客群确有变化但质量相同。")).status_code == 409
        assert "自动审批已暂停" not in (await risk.open("/helpdesk")).text
        assert "抽查二十件" in (await risk.open("/helpdesk/models")).text
    async with units.begin() as uow:
        assert await find_open_halt(uow) is None


async def open_report(desk: Desk, units: UnitsOfWork, query: str = "") -> str:
    async with units.begin() as uow:
        if not await list_reports(uow):
            broken = {"version": NEW, "error": "the trees are cut short"}
            await keep_report(uow, date(2026, 11, 1), date(2026, 11, 30), {"models": [CHAMPION, broken]}, None)
        report = (await list_reports(uow))[0].id
    assert f"/helpdesk/models/reports/{report}" in (await desk.open("/helpdesk/models")).text
    return (await desk.open(f"/helpdesk/models/reports/{report}{query}")).text


async def test_the_report_tells_in_tables_what_it_draws(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    async with desk_of(app, units, settings, Role.OFFICER) as desk:
        page = await open_report(desk, units)
        other = await open_report(desk, units, f"?model={NEW}")
        desk.browser.cookies.set("language", "en")
        english = await open_report(desk, units)
    for words in (
        "0.771（0.700 至 0.840）",
        "0.310 paid_now",
        "70.0%",
        "the trees are cut short",
        "−10.0（−25.0 至 +6.0）",
    ):
        assert words in page
    for words in ("女", "25–34 岁", "其他", "+2.0（−3.0 至 +10.0）", "已有结果的借款 100 笔，其中坏账 12 笔"):
        assert words in page
    options = [json.loads(html.unescape(found)) for found in re.findall(r"data-chart='([^']+)'", page)]
    assert len(options) == page.count('class="chart-numbers"') == 6
    assert options[0]["series"][1]["data"] == [35.0, 35.0, 30.0]
    assert "本期没有可以评分的申请" in other
    for words in ("Female", "Aged 25–34", "0.771 (0.700 to 0.840)", "Automatic approvals by sex"):
        assert words in english
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r'lang="zh-CN"[^<]*<', "", english).replace("中文", "")
        .replace(desk.staff.name, ""))  # fmt: skip


async def test_a_report_is_asked_for_once(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    async with desk_of(app, units, settings, Role.RISK) as risk:
        assert (await risk.send("/helpdesk/models/reports")).headers["location"] == "/helpdesk/models?done=asked"
        again = await risk.send("/helpdesk/models/reports")
        assert (again.status_code, "报告正在编制" in again.text) == (409, True)
        missing = await risk.open(f"/helpdesk/models/reports/{'0' * 8}-0000-0000-0000-000000000000")
        assert missing.status_code == 404


async def test_the_page_asks_little_of_the_database(app: Litestar, units: UnitsOfWork, settings: Settings) -> None:
    await halt(units)
    async with desk_of(app, units, settings, Role.RISK) as risk:
        with counted_statements() as sent:
            await risk.open("/helpdesk/models")
    assert len(sent) <= 12
