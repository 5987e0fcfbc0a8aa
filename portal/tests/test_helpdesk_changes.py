"""The pages of changes of the policy: drafted by one, approved by another, taken back by either."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar
from sqlmodel import select

from portal.db.models import ChangeState, EngineKind, PolicyChange, Role
from portal.db.uow import UnitsOfWork
from portal.domain.clock import now
from portal.domain.errors import Invalid
from portal.helpdesk.change_forms import parse_moment, parse_value, shown
from portal.policies import service
from portal.policies.queries import find_version_in_force
from portal.settings import Settings
from portal.testing.desk import Desk, desk_of
from portal.tests.test_helpdesk_policy import AGE, DESCRIBED
from portal.underwriting.engine import keep_version

LIST = "/helpdesk/policy/changes"
PARAMETERS: list[dict[str, Any]] = [
    {"key": "lanes.approve_max_pd_ppm", "file": "lanes", "table": "", "rows": [], "kind": "ppm"}
    | {"zh": "自动通过：违约概率不超过", "en": "approved up to", "value": 246_500},
    {"key": "knock_out.age.age.0", "file": "knock_out", "table": "age", "rows": ["age-young"], "kind": "years"}
    | {"zh": "年龄", "en": "age", "value": 22},
    {"key": "knock_out.age.age-young.outcome", "file": "knock_out", "table": "age", "rows": ["age-young"]}
    | {"kind": "outcome", "zh": "结果", "en": "outcome", "value": "decline"},
]
POLICY = DESCRIBED | {"tables": [AGE], "parameters": PARAMETERS}
SIDE: dict[str, Any] = {
    **{lane: {"count": 1, "share": 0.5, "low": 0.1, "high": 0.9} for lane in ("approve", "refer", "decline")},
    "declined_by_score": {"count": 0, "share": 0.0, "low": 0.0, "high": 0.2},
    "bad_rate": {"count": 1, "of": 8, "share": 0.125, "low": 0.02, "high": 0.5},
    "mean_pd": 0.0123,
    "mean_rate_bp": 930.0,
    "granted_fen": 10_000_000,
}
GROUP = {"count": 1, "share": 0.5, "low": 0.1, "high": 0.9, "gap": {"value": -0.25, "low": -0.4, "high": -0.1}}
RESULT: dict[str, Any] = {
    "count": 2,
    "left_out": 1,
    "blind": [],
    "model": "abc",
    "before": SIDE,
    "after": SIDE | {"mean_pd": 0.02},
    "prices": {"count": 1, "dearer": 1, "cheaper": 0, "larger": 0, "smaller": 0}
    | {"rate_change_bp": 80.0, "payment_change_fen": 1_500.0},
    "groups": [{"by": "sex", "group": "F", "count": 2, "before": GROUP, "after": GROUP}],
    "flipped": 1,
    "moves": [{"from": "approve", "to": "refer", "count": 1}],
    "flips": [
        {"reference": "XD1234567890", "from": "approve", "to": "refer"}
        | {"why": [{"table": "age", "before": "age-pass", "after": "age-young"}]}
    ],
}


@pytest.fixture(autouse=True)
async def in_force(units: UnitsOfWork) -> None:
    for version in ("standard-1+a", "standard-1+b"):
        async with units.begin() as uow:
            await keep_version(uow, EngineKind.POLICY, version, b"zip", POLICY)
    async with units.begin() as uow:
        await service.begin_first_term(uow, "standard-1+a")


@pytest.fixture
async def analyst(app: Litestar, units: UnitsOfWork, settings: Settings) -> AsyncIterator[Desk]:
    async with desk_of(app, units, settings, Role.RISK) as desk:
        yield desk


@pytest.fixture
async def second(app: Litestar, units: UnitsOfWork, settings: Settings) -> AsyncIterator[Desk]:
    async with desk_of(app, units, settings, Role.ADMIN) as desk:
        yield desk


async def draft(desk: Desk) -> str:
    """The change's address."""
    sent = await desk.send(LIST, id=str(uuid4()), title="调高年龄下限", why="年轻人逾期偏多")
    assert sent.status_code == 303
    return str(sent.headers["location"]).removesuffix("/values/lanes")


async def only_change(units: UnitsOfWork) -> PolicyChange:
    async with units.begin() as uow:
        return (await uow.session.exec(select(PolicyChange))).one()


async def replayed(units: UnitsOfWork, address: str, result: dict[str, Any] | None = None) -> None:
    """What a worker would have found."""
    change_id = UUID(address.rpartition("/")[2])
    async with units.begin() as uow:
        change = await uow.session.get_one(PolicyChange, change_id)
        assert await service.record_replay(uow, change_id, change.revision, "standard-1+b", result or RESULT)


async def test_values_are_typed_as_people_say_them(analyst: Desk, units: UnitsOfWork) -> None:
    address = await draft(analyst)
    form = (await analyst.open(f"{address}/values/lanes")).text
    assert 'value="24.65"' in form
    assert "age-young" in (await analyst.open(f"{address}/values/knock_out")).text
    wrong = await analyst.send(f"{address}/values/lanes", **{"lanes.approve_max_pd_ppm": "二十"})
    assert wrong.status_code == 422
    assert "请填写数字" in wrong.text
    assert 'value="二十"' in wrong.text
    await analyst.send(f"{address}/values/lanes", **{"lanes.approve_max_pd_ppm": "20"})
    values = {"knock_out.age.age.0": "23", "knock_out.age.age-young.outcome": "refer"}
    saved = await analyst.send(f"{address}/values/knock_out", **values)
    assert saved.headers["location"] == address
    change = await only_change(units)
    assert change.edits == {
        "lanes.approve_max_pd_ppm": 200_000,
        "knock_out.age.age.0": 23,
        "knock_out.age.age-young.outcome": "refer",
    }
    assert change.state is ChangeState.REPLAYING
    page = (await analyst.open(address)).text
    for words in ("正在检查并回放最近 500 笔决定", 'hx-trigger="every 2s"', "24.65", "拒绝", "请人工判断", "周岁"):
        assert words in page
    await analyst.send(f"{address}/values/knock_out", **{"knock_out.age.age.0": "22"})
    assert "knock_out.age.age.0" not in (await only_change(units)).edits


async def test_what_the_replay_found_is_told_in_both_languages(analyst: Desk, units: UnitsOfWork) -> None:
    address = await draft(analyst)
    await analyst.send(f"{address}/values/knock_out", **{"knock_out.age.age.0": "23"})
    await replayed(units, address)
    page = (await analyst.open(address)).text
    for words in (
        "1 / 8 · 12.5%",
        "2.00%",
        "+0.77",
        "¥100,000",
        "+0.80",
        "−25.0",
        "−40.0 ~ −10.0",
        'href="/helpdesk/cases/XD1234567890"',
        "age-pass",
        "1 笔无法重算",
        "data-chart=",
    ):
        assert words in page, words
    analyst.browser.cookies.set("language", "en")
    english = (await analyst.open(address)).text
    for words in ("Gap after", "Mean probability of default of the approved", "Automatic approval", "Replay again"):
        assert words in english, words


async def test_a_change_needs_two_people_and_can_go_back(analyst: Desk, second: Desk, units: UnitsOfWork) -> None:
    address = await draft(analyst)
    await analyst.send(f"{address}/values/knock_out", **{"knock_out.age.age.0": "23"})
    early = await analyst.send(f"{address}/submit")
    assert early.status_code == 409
    await replayed(units, address)
    assert (await analyst.send(f"{address}/submit")).headers["location"] == f"{address}?done=submitted"
    own = await analyst.send(f"{address}/approve", comment="我自己看过了")
    assert own.status_code == 409
    assert "另一位同事" in own.text
    assert "批准这项变更" not in (await analyst.open(address)).text
    assert (await second.send(f"{address}/approve", comment="好")).status_code == 422
    wrong = await second.send(f"{address}/approve", comment="看过回放，同意", effective_at="明天")
    assert "请填写日期和时间" in wrong.text
    assert "看过回放，同意" in wrong.text
    assert (await second.send(f"{address}/approve", comment="看过回放，同意")).status_code == 303
    async with units.begin() as uow:
        change = (await uow.session.exec(select(PolicyChange))).one()
        assert await service.enact(uow, change.id) == "standard-1+b"
    page = (await analyst.open(LIST)).text
    assert "退回上一版" in page
    assert "退回上一版" not in (await second.open(LIST)).text
    short = await analyst.send(f"{LIST}/roll-back", version="standard-1+b", reason="")
    assert short.status_code == 422
    stale = await analyst.send(f"{LIST}/roll-back", version="standard-1+a", reason="坏账上升了")
    assert stale.status_code == 409
    await analyst.send(f"{LIST}/roll-back", version="standard-1+b", reason="坏账上升了")
    async with units.begin() as uow:
        assert await find_version_in_force(uow) == "standard-1+a"
    page = (await analyst.open(f"{LIST}?done=rolled_back")).text
    for words in ("生效的政策是退回来的", "坏账上升了", "已退回到上一版政策"):
        assert words in page
    policy = (await analyst.open("/helpdesk/policy")).text
    assert "生效的政策是退回来的" in policy
    history = (await second.open(address)).text
    for words in ("起草", "改了参数", "回放完成", "已提交批准", "看过回放，同意", "被退回", "坏账上升了"):
        assert words in history


async def test_a_problem_is_shown_at_its_place(analyst: Desk, units: UnitsOfWork) -> None:
    address = await draft(analyst)
    await analyst.send(f"{address}/values/knock_out", **{"knock_out.age.age.0": "17"})
    change = await only_change(units)
    problem = {"place": "knock_out/age/age-pass", "zh": "超出法定界限：年满 18 周岁", "en": "past its legal bound"}
    async with units.begin() as uow:
        await service.record_problem(uow, change.id, change.revision, problem)
    page = (await analyst.open(address)).text
    assert "超出法定界限：年满 18 周岁" in page
    assert "knock_out/age/age-pass" in page
    assert "提交批准</span>" not in page


async def test_only_its_author_edits_a_draft(
    analyst: Desk, app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    address = await draft(analyst)
    async with desk_of(app, units, settings, Role.RISK) as other:
        assert (await other.open(f"{address}/values/lanes")).status_code == 404
        sent = await other.send(f"{address}/values/lanes", **{"lanes.approve_max_pd_ppm": "20"})
        assert sent.status_code == 409
        assert (await other.send(f"{address}/reject", why="不需要改了")).status_code == 303
    assert (await only_change(units)).state is ChangeState.REJECTED
    assert (await analyst.send(f"{address}/values/lanes")).status_code == 409


async def test_the_same_form_drafts_once(analyst: Desk, units: UnitsOfWork) -> None:
    form = {"id": str(uuid4()), "title": "调高年龄下限", "why": "年轻人逾期偏多"}
    assert {(await analyst.send(LIST, **form)).status_code for _ in range(2)} == {303}
    await only_change(units)
    empty = await analyst.send(LIST, title="", why="")
    assert (empty.status_code, "至少 4 个字" in empty.text) == (422, True)


async def test_how_many_decisions_are_replayed_is_bounded(analyst: Desk, units: UnitsOfWork) -> None:
    address = await draft(analyst)
    for count in ("0", "5001", "abc"):
        assert (await analyst.send(f"{address}/replay", count=count)).status_code == 422
    assert (await analyst.send(f"{address}/replay", count="5000")).status_code == 303
    assert (await only_change(units)).replay_count == 5_000
    assert (await analyst.open(f"{address}/values/explode")).status_code == 404


def test_values_go_both_ways() -> None:
    for kind, value, text in (
        ("fen", 5_000_050, "50,000.5"),
        ("bp", 720, "7.2"),
        ("ppm", 246_500, "24.65"),
        ("times", 2_400, "24"),
        ("days", -1, "-1"),
        ("outcome", "refer", "refer"),
    ):
        assert shown(kind, value) == text
        assert parse_value(kind, text) == value
    for kind, text in (
        ("fen", "1.005"),
        ("days", "1.5"),
        ("bp", "--1"),
        ("bp", "1.2.3"),
        ("outcome", "x"),
        ("fen", ""),
    ):
        with pytest.raises(Invalid):
            parse_value(kind, text)
    assert parse_moment("") is None
    at = parse_moment("2026-12-01T09:00")
    assert at is not None
    assert at.utcoffset() == timedelta(hours=8)
    assert now().tzinfo is not None
