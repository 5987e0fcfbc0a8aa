"""Cases that are not those of training halt automatic approval, until a person says to go on."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from portal.accounts.sessions import StaffIdentity
from portal.db.models import Application, ApprovalHalt, Decision, HaltState, Role, StepRun
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.domain.application import ApplicationState
from portal.domain.chores import CHORES, next_turn
from portal.domain.clock import CHINA
from portal.domain.errors import Invalid
from portal.domain.workflow import Step
from portal.registry.halts import AlreadyLifted, lift_halt, watched_since
from portal.registry.queries import find_open_halt
from portal.settings import Settings
from portal.testing.cases import make_staff
from portal.underwriting.findings import open_findings
from scoring.policy_file import DriftLimits, load_policy
from workers.chores import schedule_chores
from workers.replay import Replayer, replay_all
from workers.sandbox.personas import get_persona
from workers.testing import drain
from workers.tests.conftest import Sandbox
from workers.tests.steps import PROCEDURES, open_steps, reload, submit
from workers.watch_drift import WatchDrift
from workers.work import Work

pytestmark = pytest.mark.usefixtures("swift_retries")

WATCHING = PROCEDURES | {Step.WATCH_DRIFT: WatchDrift()}


def decide_by(work: Work, drift: DriftLimits) -> None:
    """The policy that came with the product, as if it had these limits."""
    policy = load_policy()
    work.policies[policy.version] = replace(policy, limits=replace(policy.limits, drift=drift))


@pytest.fixture
async def work(settings: Settings, units: UnitsOfWork, files: FileStore, sandbox: Sandbox) -> AsyncIterator[Work]:
    async with open_steps(settings, units, files, bureau_url=f"{sandbox.url}/bureau") as ready:
        decide_by(ready, DriftLimits(min_cases=2))
        yield ready


@pytest.fixture
async def risk(units: UnitsOfWork) -> StaffIdentity:
    return await make_staff(units, Role.RISK)


async def decide(work: Work, units: UnitsOfWork, persona: str) -> tuple[Application, Decision]:
    application = await submit(units, get_persona(persona))
    await drain(work, WATCHING)
    async with units.begin() as uow:
        statement = select(Decision).where(col(Decision.application_id) == application.id)
        return await reload(units, application), (await uow.session.exec(statement)).one()


async def watch(work: Work, units: UnitsOfWork) -> ApprovalHalt | None:
    async with units.begin() as uow:
        await uow.make_due(Step.WATCH_DRIFT, None)
    await drain(work, WATCHING)
    async with units.begin() as uow:
        return await find_open_halt(uow)


async def test_drift_refers_what_would_be_approved_until_it_is_lifted(
    work: Work, units: UnitsOfWork, risk: StaffIdentity
) -> None:
    await decide(work, units, "refer")
    assert await watch(work, units) is None, "one case says nothing"
    await decide(work, units, "decline")
    halt = await watch(work, units)
    assert halt is not None
    assert (halt.cases, halt.threshold, halt.version) == (2, 0.25, work.model.hash)
    assert halt.psi == max(halt.shifts.values())
    assert (await watch(work, units)) == halt, "one halt at a time"

    application, decision = await decide(work, units, "approve")
    assert application.state is ApplicationState.REFERRED
    assert (decision.lane, decision.officer_offer is not None) == ("refer", True)
    async with units.begin() as uow:
        found = open_findings(decision, await uow.cipher(application.applicant_id))
        assert [reason["code"] for reason in found.reasons] == ["drift"]
        assert found.rules[-1]["id"] == "drift"
        assert halt.subject in found.rules[-1]["zh"]
        (done,) = await replay_all(uow, application.reference, Replayer())
        assert (done.problem, done.differences) == ("", ())
        with pytest.raises(Invalid):
            await lift_halt(uow, halt.id, risk, "好")
    async with units.begin() as uow:
        await lift_halt(uow, halt.id, risk, "校园活动带来的客群，已抽查二十件。")
        with pytest.raises(AlreadyLifted):
            await lift_halt(uow, halt.id, risk, "校园活动带来的客群，已抽查二十件。")
        kept = await uow.session.get_one(ApprovalHalt, halt.id)
        assert (kept.state, kept.lifted_by) == (HaltState.LIFTED, risk.id)
        assert await watched_since(uow, 30) == kept.lifted_at
    assert await watch(work, units) is None, "what was judged raises no second halt"
    with pytest.raises(DBAPIError, match="append-only"):
        async with units.begin() as uow:
            await uow.session.exec(text("update approval_halt set comment = 'x'"))  # type: ignore[call-overload]


async def test_while_nothing_drifts_everything_goes_its_way(work: Work, units: UnitsOfWork) -> None:
    decide_by(work, DriftLimits(max_psi=10.0, min_cases=2))
    await decide(work, units, "refer")
    await decide(work, units, "decline")
    assert await watch(work, units) is None
    application, _ = await decide(work, units, "approve")
    assert application.state is ApplicationState.APPROVED


async def test_every_chore_has_one_row_ahead(units: UnitsOfWork) -> None:
    for _ in range(2):
        async with units.begin() as uow:
            await schedule_chores(uow)
    async with units.begin() as uow:
        rows = list(await uow.session.exec(select(StepRun).where(col(StepRun.application_id).is_(None))))
    assert sorted(row.step for row in rows) == sorted(CHORES)
    assert all(row.due_at > row.created_at for row in rows)


@pytest.mark.parametrize(
    ("step", "turn"),
    [
        (Step.WATCH_DRIFT, "2026-12-31 23:40"),
        (Step.OBSERVE_LOANS, "2027-01-01 02:10"),
        (Step.REPORT_MODELS, "2027-01-01 04:00"),
        (Step.RETRAIN_MODEL, "2027-01-01 04:30"),
    ],
)
def test_chores_come_round_by_the_lenders_clock(step: Step, turn: str) -> None:
    moment = datetime(2026, 12, 31, 23, 15, tzinfo=CHINA)
    found = next_turn(step, moment)
    assert f"{found:%Y-%m-%d %H:%M}" == turn
    assert next_turn(step, found) > found
    assert next_turn(step, found - timedelta(seconds=1)) == found
