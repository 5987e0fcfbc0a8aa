import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, delete, select, update

from portal.accounts.sessions import StaffIdentity
from portal.db.models import (
    ChangeState,
    Decision,
    LoanOutcome,
    PersonKey,
    PolicyChange,
    PolicyEvent,
    PolicyEventKind,
    PolicyTerm,
    Role,
    Verdict,
)
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.domain.clock import now
from portal.domain.errors import Conflict, Invalid
from portal.domain.workflow import Step
from portal.policies import service
from portal.policies.queries import find_version_in_force, get_change, list_terms
from portal.settings import Settings
from portal.testing.cases import make_staff
from scoring.policy_file import load_policy
from workers.enact_policy import EnactPolicy
from workers.engine import policy_in_force
from workers.replay import Replayer, replay_all
from workers.replay_policy import ReplayPolicy
from workers.sandbox.personas import get_persona
from workers.testing import drain
from workers.tests.conftest import Sandbox
from workers.tests.steps import PROCEDURES, open_steps, submit
from workers.work import Work

pytestmark = pytest.mark.usefixtures("swift_retries")

STEPS = PROCEDURES | {Step.REPLAY_POLICY: ReplayPolicy(), Step.ENACT_POLICY: EnactPolicy()}
DEARER = {"price.rate.rate-A.annual_rate_bp": 800, "price.rate.rate-B.annual_rate_bp": 1_100}
STRICTER = {"means.means.dti_bp.0": 500}


@pytest.fixture
async def work(settings: Settings, units: UnitsOfWork, files: FileStore, sandbox: Sandbox) -> AsyncIterator[Work]:
    async with open_steps(settings, units, files, bureau_url=f"{sandbox.url}/bureau") as ready:
        yield ready
        ready.cpu_pool.close()


@pytest.fixture
async def author(units: UnitsOfWork) -> StaffIdentity:
    return await make_staff(units, Role.RISK)


@pytest.fixture
async def colleague(units: UnitsOfWork) -> StaffIdentity:
    return await make_staff(units, Role.RISK)


async def decide(work: Work, persona: str) -> tuple[str, Decision]:
    application = await submit(work.units, get_persona(persona))
    await drain(work, STEPS)
    async with work.units.begin() as uow:
        statement = select(Decision).where(col(Decision.application_id) == application.id)
        return application.reference, (await uow.session.exec(statement)).one()


async def draft(work: Work, author: StaffIdentity, edits: dict[str, Any]) -> PolicyChange:
    """Drafted and tried."""
    async with work.units.begin() as uow:
        await policy_in_force(work, uow)
        change = await service.open_draft(uow, author, uuid4(), "试一试别的数值", "看看会怎样")
        await service.write_values(uow, change, author, edits)
    await drain(work, STEPS)
    return await reload(work, change)


async def approve(work: Work, change: PolicyChange, author: StaffIdentity, colleague: StaffIdentity) -> PolicyChange:
    """Handed in, approved, in force."""
    async with work.units.begin() as uow:
        locked = await get_change(uow, change.id, for_update=True)
        await service.submit(uow, locked, author)
        await service.approve(uow, locked, colleague, "看过回放，同意", None)
    await drain(work, STEPS)
    return await reload(work, change)


async def reload(work: Work, change: PolicyChange) -> PolicyChange:
    async with work.units.begin() as uow:
        return await get_change(uow, change.id)


async def kinds(work: Work, change: PolicyChange) -> list[PolicyEventKind]:
    async with work.units.begin() as uow:
        statement = select(PolicyEvent).where(col(PolicyEvent.change_id) == change.id)
        return [event.kind for event in await uow.session.exec(statement.order_by(col(PolicyEvent.number)))]


async def test_a_change_is_tried_on_kept_decisions(work: Work, author: StaffIdentity) -> None:
    good, _ = await decide(work, "approve")
    await decide(work, "refer")
    change = await draft(work, author, STRICTER)
    assert (change.state, change.problem) == (ChangeState.REPLAYED, None)
    result = change.result
    assert result is not None
    assert (result["count"], result["left_out"], result["flipped"]) == (2, 0, 2)
    assert result["before"]["approve"]["count"] == 1
    assert result["after"]["approve"]["count"] == 0
    flip = result["flips"][0]
    assert (flip["reference"], flip["from"], flip["to"]) == (good, "approve", "decline")
    assert "affordability" in {row["table"] for row in flip["why"]}
    assert {group["by"] for group in result["groups"]} == {"sex", "region", "age"}
    assert "收入" not in str(result), "no sentence about a person is kept with the change"
    assert await kinds(work, change) == [PolicyEventKind.DRAFTED, PolicyEventKind.EDITED, PolicyEventKind.REPLAYED]


async def test_outcomes_of_loans_tell_bad_rates(work: Work, author: StaffIdentity) -> None:
    _, decision = await decide(work, "approve")
    loan: dict[str, Any] = {"application_id": decision.application_id, "months_on_book": 5, "due": 5, "paid": 1}
    loan |= {"past_due_days": 95, "worst_past_due_days": 95}
    async with work.units.begin() as uow:
        uow.session.add(LoanOutcome(as_of=date(2026, 8, 1), verdict=Verdict.OPEN, **loan))
        uow.session.add(LoanOutcome(as_of=date(2026, 9, 1), verdict=Verdict.BAD, **loan))
    result = (await draft(work, author, DEARER)).result
    assert result is not None
    assert [result[side]["bad_rate"]["count"] for side in ("before", "after")] == [1, 1]


async def test_an_approved_change_makes_the_next_decision_and_goes_back(
    work: Work, author: StaffIdentity, colleague: StaffIdentity
) -> None:
    first, before = await decide(work, "approve")
    change = await approve(work, await draft(work, author, STRICTER), author, colleague)
    assert change.state is ChangeState.IN_FORCE
    second, after = await decide(work, "approve")
    assert (before.policy_version, after.policy_version) == (load_policy().version, change.version)
    assert (before.lane.value, after.lane.value) == ("approve", "decline")

    async with work.units.begin() as uow:
        await service.roll_back(uow, colleague, str(change.version), "拒绝得太多了")
        assert await find_version_in_force(uow) == load_policy().version
    third, again = await decide(work, "approve")
    assert again.policy_version == load_policy().version
    assert (await reload(work, change)).state is ChangeState.ROLLED_BACK
    async with work.units.begin() as uow:
        terms = await list_terms(uow)
        replayer = Replayer()
        replayed = [one for which in (first, second, third) for one in await replay_all(uow, which, replayer)]
    assert [row.term.version for row in terms] == [before.policy_version, change.version, before.policy_version]
    assert terms[0].rolled_back_by
    assert [(one.problem, one.differences) for one in replayed] == [("", ())] * 3


async def test_rolling_back_goes_change_by_change(work: Work, author: StaffIdentity, colleague: StaffIdentity) -> None:
    one = await approve(work, await draft(work, author, DEARER), author, colleague)
    two = await approve(work, await draft(work, author, STRICTER), author, colleague)
    assert (await reload(work, one)).state is ChangeState.REPLACED
    assert two.base_version == one.version
    async with work.units.begin() as uow:
        await service.roll_back(uow, author, str(two.version), "先退回来")
    assert (await reload(work, one)).state is ChangeState.IN_FORCE
    async with work.units.begin() as uow:
        await service.roll_back(uow, author, str(one.version), "再退一步")
        assert await find_version_in_force(uow) == load_policy().version
        with pytest.raises(service.NothingBefore):
            await service.roll_back(uow, author, load_policy().version, "没有更早的")
    assert (await kinds(work, one))[-3:] == [
        PolicyEventKind.REPLACED,
        PolicyEventKind.REINSTATED,
        PolicyEventKind.ROLLED_BACK,
    ]


async def test_what_is_no_policy_comes_back_with_its_place(work: Work, author: StaffIdentity) -> None:
    change = await draft(work, author, {"price.rate.rate-D.annual_rate_bp": 3_000})
    assert (change.state, change.result, change.version) == (ChangeState.DRAFT, None, None)
    assert change.problem is not None
    assert change.problem["place"] == "price/rate/rate-D"
    assert "24%" in change.problem["zh"]
    assert "2025-10-01" in change.problem["en"]
    assert (await kinds(work, change))[-1] is PolicyEventKind.REFUSED


async def test_newer_values_throw_an_older_replay_away(work: Work, author: StaffIdentity) -> None:
    change = await draft(work, author, DEARER)
    async with work.units.begin() as uow:
        assert not await service.record_replay(uow, change.id, change.revision, "x", {"count": 0, "flipped": 0})
        locked = await get_change(uow, change.id, for_update=True)
        await service.write_values(uow, locked, author, STRICTER)
        assert not await service.record_replay(uow, change.id, change.revision, "x", {"count": 0, "flipped": 0})
    await drain(work, STEPS)
    assert (await reload(work, change)).edits == STRICTER


async def test_erased_people_are_left_out(work: Work, author: StaffIdentity) -> None:
    await decide(work, "approve")
    async with work.units.begin() as uow:
        await uow.session.exec(delete(PersonKey))
    result = (await draft(work, author, DEARER)).result
    assert result is not None
    assert (result["count"], result["left_out"]) == (0, 1)


async def test_two_people_are_needed(work: Work, author: StaffIdentity) -> None:
    change = await draft(work, author, DEARER)
    async with work.units.begin() as uow:
        locked = await get_change(uow, change.id, for_update=True)
        await service.submit(uow, locked, author)
        with pytest.raises(service.Own):
            await service.approve(uow, locked, author, "我自己同意", None)
    with pytest.raises(DBAPIError, match="approver_is_another"):
        async with work.units.begin() as uow:
            await uow.session.exec(update(PolicyChange).values(approver_id=author.id))
    with pytest.raises(DBAPIError, match="approved_before_in_force"):
        async with work.units.begin() as uow:
            await uow.session.exec(update(PolicyChange).values(state=ChangeState.IN_FORCE))


async def test_a_change_waits_for_its_hour(work: Work, author: StaffIdentity, colleague: StaffIdentity) -> None:
    change = await draft(work, author, DEARER)
    async with work.units.begin() as uow:
        locked = await get_change(uow, change.id, for_update=True)
        await service.submit(uow, locked, author)
        for wrong in (now() - timedelta(days=1), now() + timedelta(days=91)):
            with pytest.raises(Invalid):
                await service.approve(uow, locked, colleague, "看过回放，同意", wrong)
        await service.approve(uow, locked, colleague, "看过回放，同意", now() + timedelta(hours=2))
    await drain(work, STEPS)
    assert (await reload(work, change)).state is ChangeState.SCHEDULED
    async with work.units.begin() as uow:
        await service.reject(uow, await get_change(uow, change.id, for_update=True), colleague, "再想一想")
        assert await service.enact(uow, change.id) is None
        assert await find_version_in_force(uow) == load_policy().version


async def test_a_change_overtaken_by_another_goes_back(
    work: Work, author: StaffIdentity, colleague: StaffIdentity
) -> None:
    late = await draft(work, author, DEARER)
    async with work.units.begin() as uow:
        locked = await get_change(uow, late.id, for_update=True)
        await service.submit(uow, locked, author)
        await service.approve(uow, locked, colleague, "看过回放，同意", now() + timedelta(hours=2))
    first = await approve(work, await draft(work, author, STRICTER), author, colleague)
    async with work.units.begin() as uow:
        assert await service.enact(uow, late.id) is None
    late = await reload(work, late)
    assert (late.state, late.approver_id) == (ChangeState.DRAFT, None)
    async with work.units.begin() as uow:
        locked = await get_change(uow, late.id, for_update=True)
        await service.replay_again(uow, locked, 10)
    await drain(work, STEPS)
    late = await reload(work, late)
    assert (late.state, late.base_version, late.edits) == (ChangeState.REPLAYED, first.version, DEARER)


async def test_a_change_of_nothing_or_on_an_old_base_is_not_handed_in(
    work: Work, author: StaffIdentity, colleague: StaffIdentity
) -> None:
    nothing, stale = await draft(work, author, {}), await draft(work, author, DEARER)
    await approve(work, await draft(work, author, STRICTER), author, colleague)
    async with work.units.begin() as uow:
        with pytest.raises(Invalid, match="没有改动"):
            await service.submit(uow, await get_change(uow, nothing.id, for_update=True), author)
        with pytest.raises(Invalid, match="重新回放"):
            await service.submit(uow, await get_change(uow, stale.id, for_update=True), author)
        with pytest.raises(Conflict):
            await service.submit(uow, await get_change(uow, stale.id, for_update=True), colleague)


async def test_too_many_declined_by_score_alone_is_not_handed_in(work: Work, author: StaffIdentity) -> None:
    change = await draft(work, author, DEARER)
    assert change.result is not None
    change.result = {**change.result, "after": {"declined_by_score": {"share": 0.06}}}
    change.result["before"] = {"declined_by_score": {"share": 0.03}}
    async with work.units.begin() as uow:
        with pytest.raises(Invalid, match="百分之五"):
            await service.submit(uow, change, author)


async def test_exactly_one_policy_is_in_force(work: Work) -> None:
    async def begin() -> None:
        async with work.units.begin() as uow:
            await policy_in_force(work, uow)

    await asyncio.gather(*(begin() for _ in range(4)))
    async with work.units.begin() as uow:
        assert len(await list_terms(uow)) == 1
    with pytest.raises(DBAPIError, match="policy_term_in_force"):
        async with work.units.begin() as uow:
            uow.session.add(PolicyTerm(version=load_policy().version))
    with pytest.raises(DBAPIError, match="has to be in force"):
        async with work.units.begin() as uow:
            await uow.session.exec(update(PolicyTerm).values(ended_at=now()))
    with pytest.raises(DBAPIError, match="can only end"):
        async with work.units.begin() as uow:
            await uow.session.exec(update(PolicyTerm).values(reason="anders"))
    for statement in ("delete from policy_term", "truncate policy_term", "truncate policy_event"):
        with pytest.raises(DBAPIError):
            async with work.units.begin() as uow:
                await uow.session.execute(text(statement))


async def test_the_history_of_a_change_cannot_be_rewritten(work: Work, author: StaffIdentity) -> None:
    await draft(work, author, DEARER)
    for statement in (update(PolicyEvent).values(comment="x"), delete(PolicyEvent)):
        with pytest.raises(DBAPIError):
            async with work.units.begin() as uow:
                await uow.session.exec(statement)
