"""The report about the models, from real decisions and outcomes."""

import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.db.models import Application, ModelOrigin, Role, Verdict
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.domain.clock import today
from portal.domain.workflow import Step
from portal.registry.reports import AlreadyAsked, age_band, ask_for_report, find_report, list_reports
from portal.registry.service import register
from portal.servicing.outcomes import Observation
from portal.servicing.service import record_outcome
from portal.settings import Settings
from portal.testing.cases import make_staff
from workers.report_models import ReportModels, period_of
from workers.sandbox.personas import get_persona
from workers.testing import drain
from workers.tests.conftest import Sandbox
from workers.tests.steps import PROCEDURES, open_steps, submit
from workers.tests.test_registry import challenge
from workers.work import Work

pytestmark = pytest.mark.usefixtures("swift_retries")

STEPS = PROCEDURES | {Step.REPORT_MODELS: ReportModels()}


@pytest.fixture
async def work(settings: Settings, units: UnitsOfWork, files: FileStore, sandbox: Sandbox) -> AsyncIterator[Work]:
    async with open_steps(settings, units, files, bureau_url=f"{sandbox.url}/bureau") as ready:
        yield ready


async def decide(work: Work, persona: str) -> Application:
    application = await submit(work.units, get_persona(persona))
    await drain(work, STEPS)
    return application


async def judge(units: UnitsOfWork, application: Application, verdict: Verdict) -> None:
    async with units.begin() as uow:
        await record_outcome(uow, application.id, today(), Observation(12, 12, 12, 0, 0, verdict))


async def test_a_report_tells_of_champion_and_challengers(work: Work, units: UnitsOfWork, tmp_path: Path) -> None:
    challenger = await challenge(units, work, tmp_path / "other")
    async with units.begin() as uow:
        await register(uow, "f" * 64, b"no archive", {}, ModelOrigin.BROUGHT)
    for persona, verdict in (("approve", Verdict.GOOD), ("refer", Verdict.BAD), ("decline", Verdict.OPEN)):
        await judge(units, await decide(work, persona), verdict)
    risk = await make_staff(units, Role.RISK)
    async with units.begin() as uow:
        await ask_for_report(uow, risk)
    with pytest.raises(AlreadyAsked):
        async with units.begin() as uow:
            await ask_for_report(uow, risk)
    await drain(work, STEPS)
    async with units.begin() as uow:
        report = await find_report(uow)
        assert report is not None
        assert await find_report(uow, report.id) is not None
        assert [(line.first, line.last, line.by) for line in await list_reports(uow)] == [
            (today().replace(day=1), today(), risk.name)
        ]
    champion, other, broken = report.content["models"]
    assert (champion["version"], other["version"], broken["version"]) == (work.model.hash, challenger, "f" * 64)
    assert "can't be loaded" in broken["error"]
    assert champion["decided"]["cases"] == champion["decided"]["asked"] == other["decided"]["asked"] == 3
    assert champion["decided"]["approval"][0] == pytest.approx(1 / 3, abs=1e-4)
    assert other["decided"]["approval"][0] == 0
    assert champion["outcomes"] == {"cases": 2, "bads": 1}
    assert champion["measured"]["auc"] == 1.0
    assert set(champion["stability"]) == {"(score)", *work.model.names}
    assert champion["approvals"] == {"sex": [], "age": [], "region": []}, "three people are told of nowhere"
    assert get_persona("approve").person.name not in json.dumps(report.content, ensure_ascii=False)
    with pytest.raises(DBAPIError, match="append-only"):
        async with units.begin() as uow:
            await uow.session.exec(text("update model_report set content = '{}'"))  # type: ignore[call-overload]


def test_a_month_is_a_whole_one_unless_somebody_asks() -> None:
    day = date(2027, 3, 1)
    assert period_of(day, asked=False) == (date(2027, 2, 1), date(2027, 2, 28))
    assert period_of(day, asked=True) == (day, day)


def test_bands_of_age_meet() -> None:
    assert [age_band(age) for age in (18, 24, 25, 44, 54, 55, 90)] == [
        "18-24", "18-24", "25-34", "35-44", "45-54", "55+", "55+",
    ]  # fmt: skip
