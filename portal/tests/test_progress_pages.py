"""What the progress page says, from real rows: it must never say more than they do."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from portal.db.models import Application, Contract, Offer, StepRun
from portal.db.uow import UnitOfWork, UnitsOfWork
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.events import EventKind
from portal.domain.workflow import PIPELINE, Step, StepState
from portal.progress import wording
from portal.progress.pages import ProgressPage, StepLine, progress_page
from portal.progress.queries import find_usual_seconds, load_progress
from portal.testing.factories import make_draft


@pytest.fixture
async def submitted(units: UnitsOfWork) -> Application:
    """Submitted, its first step due."""
    application = await make_draft(units)
    async with units.begin() as uow:
        locked = await uow.session.get_one(Application, application.id)
        await uow.change_state(locked, ApplicationState.SUBMITTED, submitted_at=now())
        await uow.append(locked.id, EventKind.APPLICATION_SUBMITTED)
        await uow.make_due(Step.VERIFY_DOCUMENTS, locked.id)
    return application


async def put(units: UnitsOfWork, application: Application, step: Step, state: StepState, **columns: Any) -> None:
    """Set a step's row, and the event that goes with a finished one."""
    async with units.begin() as uow:
        await uow.make_due(step, application.id)
        row = (
            await uow.session.exec(
                select(StepRun).where(StepRun.application_id == application.id, StepRun.step == step)
            )
        ).one()
        result = columns.pop("result", None)
        row.state = state
        for name, value in columns.items():
            setattr(row, name, value)
        if state is StepState.DONE:
            data = {"result": result} if result else {}
            await uow.append(application.id, EventKind.STEP_FINISHED, step=step.value, ms=1, **data)


async def finish_assessment(units: UnitsOfWork, application: Application, outcome: str) -> None:
    start = now() - timedelta(seconds=5)
    for step in PIPELINE[:5]:
        columns = {"result": outcome} if step is Step.DECIDE else {}
        await put(units, application, step, StepState.DONE, started_at=start, finished_at=now(), **columns)


async def move(units: UnitsOfWork, application: Application, *targets: tuple[ApplicationState, EventKind]) -> None:
    async with units.begin() as uow:
        row = await uow.session.get_one(Application, application.id)
        for state, kind in targets:
            await uow.change_state(row, state)
            await uow.append(row.id, kind)


async def offer(units: UnitsOfWork, application: Application, expires_at: datetime, **contract: Any) -> None:
    async with units.begin() as uow:
        made = Offer(
            application_id=application.id,
            amount_fen=5_000_000,
            term_months=12,
            annual_rate_bp=1_080,
            all_in_cost_bp=1_080,
            monthly_payment_fen=441_000,
            expires_at=expires_at,
        )
        uow.session.add(made)
        await uow.session.flush()
        if contract.pop("drawn", False):
            uow.session.add(
                Contract(
                    application_id=application.id,
                    offer_id=made.id,
                    number=f"HT{application.reference}",
                    drawn_key="contracts/1/drawn.pdf",
                    drawn_sha256="0" * 64,
                    **contract,
                )
            )


async def page_of(units: UnitsOfWork, application: Application) -> ProgressPage:
    async with units.begin() as uow:
        return progress_page(await load_progress(uow, await uow.session.get_one(Application, application.id)))


def line(page: ProgressPage, step: Step) -> StepLine:
    return next(each for each in page.steps if each.title == wording.STEPS[step].title)


def looks(page: ProgressPage) -> list[str]:
    return [step.look for step in page.steps]


async def test_just_submitted(units: UnitsOfWork, submitted: Application) -> None:
    page = await page_of(units, submitted)
    assert page.standing.sentence == "正在核对您的材料"
    assert looks(page) == ["done", "live", "ahead", "ahead", "ahead", "ahead"]
    assert line(page, Step.VERIFY_DOCUMENTS).note == wording.QUEUED
    assert page.last_event == 1
    assert not page.over


async def test_a_running_step_shows_its_time_and_the_usual_one(units: UnitsOfWork, submitted: Application) -> None:
    for seconds in (2.0, 4.0, 60.0):
        other = await make_draft(units)
        end = now()
        await put(
            units, other, Step.VERIFY_DOCUMENTS, StepState.DONE,
            started_at=end - timedelta(seconds=seconds), finished_at=end,
        )  # fmt: skip
    await put(
        units, submitted, Step.VERIFY_DOCUMENTS, StepState.RUNNING, attempt=1, started_at=now() - timedelta(seconds=3)
    )
    live = line(await page_of(units, submitted), Step.VERIFY_DOCUMENTS)
    assert live.look == "live"
    assert live.elapsed is not None
    assert 3 <= live.elapsed < 60
    assert live.usual == pytest.approx(4.0, abs=0.01)


async def test_the_usual_time_is_unknown_before_the_first_run(uow: UnitOfWork) -> None:
    assert await find_usual_seconds(uow, Step.SCORE) is None


@pytest.mark.parametrize("state", [StepState.PARKED, StepState.RUNNING, StepState.DUE])
async def test_waiting_reads_as_one_wait_between_the_tries(
    units: UnitsOfWork, submitted: Application, state: StepState
) -> None:
    await put(units, submitted, Step.CONSULT_BUREAU, state, reason="bureau_unavailable", started_at=now())
    await put(units, submitted, Step.VERIFY_DOCUMENTS, StepState.DONE, started_at=now(), finished_at=now())
    page = await page_of(units, submitted)
    waiting = line(page, Step.CONSULT_BUREAU)
    assert (waiting.look, waiting.note, waiting.after) == ("parked", "征信系统暂时连不上。", wording.RETRYING)
    assert page.standing.sentence == wording.WAITING
    assert page.standing.detail == "征信系统暂时连不上。"


async def test_a_failed_step_is_ours_to_mend(units: UnitsOfWork, submitted: Application) -> None:
    await put(units, submitted, Step.VERIFY_DOCUMENTS, StepState.FAILED, reason="crashed", finished_at=now())
    page = await page_of(units, submitted)
    failed = line(page, Step.VERIFY_DOCUMENTS)
    assert (failed.look, failed.note, failed.after) == ("failed", wording.FAILED["crashed"], wording.LOOKING)
    assert page.standing.sentence == wording.STOPPED
    assert not page.over


async def test_referred_then_approved_by_a_person(units: UnitsOfWork, submitted: Application) -> None:
    await finish_assessment(units, submitted, "referred")
    await move(units, submitted, (ApplicationState.REFERRED, EventKind.APPLICATION_REFERRED))
    page = await page_of(units, submitted)
    assert line(page, Step.DECIDE).note == "需要人工判断，已转给审核员。"
    assert page.steps[-1].title == wording.REVIEW_TITLE
    assert page.steps[-1].look == "live"
    assert page.steps[-1].elapsed == 0
    assert [act.page for act in page.acts] == ["decision"]

    await move(units, submitted, (ApplicationState.APPROVED, EventKind.APPLICATION_APPROVED))
    await offer(units, submitted, now() + timedelta(days=7))
    page = await page_of(units, submitted)
    assert looks(page) == ["done"] * 7 + ["ahead"] * 4
    assert page.standing.sentence == "审核通过，正在准备合同"


async def test_approved_waits_for_the_signature_until_the_offer_ends(
    units: UnitsOfWork, submitted: Application
) -> None:
    await finish_assessment(units, submitted, "approved")
    await move(units, submitted, (ApplicationState.APPROVED, EventKind.APPLICATION_APPROVED))
    await put(units, submitted, Step.DRAW_CONTRACT, StepState.DONE, started_at=now(), finished_at=now())
    until = now() + timedelta(days=7)
    await offer(units, submitted, until, drawn=True)
    page = await page_of(units, submitted)
    assert page.standing == wording.CONTRACT_READY
    assert page.sign_until == until
    assert not page.may_leave
    assert [act.page for act in page.acts] == ["decision"]
    sign = next(step for step in page.steps if step.title == wording.SIGN_TITLE)
    assert (sign.look, sign.note) == ("live", wording.SIGN_WAITING)


async def test_an_offer_that_is_over_asks_for_no_signature(units: UnitsOfWork, submitted: Application) -> None:
    await move(units, submitted, (ApplicationState.APPROVED, EventKind.APPLICATION_APPROVED))
    await offer(units, submitted, now() - timedelta(seconds=1), drawn=True)
    page = await page_of(units, submitted)
    assert page.standing == wording.OFFER_OVER
    assert page.acts == ()
    assert page.sign_until is None


async def test_paid_out(units: UnitsOfWork, submitted: Application) -> None:
    await finish_assessment(units, submitted, "approved")
    await offer(units, submitted, now() + timedelta(days=7), drawn=True, sealed_at=now())
    for step in (Step.DRAW_CONTRACT, Step.SEAL_CONTRACT, Step.DISBURSE):
        await put(units, submitted, step, StepState.DONE, started_at=now(), finished_at=now())
    await move(
        units,
        submitted,
        (ApplicationState.APPROVED, EventKind.APPLICATION_APPROVED),
        (ApplicationState.SIGNED, EventKind.CONTRACT_SIGNED),
        (ApplicationState.DISBURSED, EventKind.LOAN_DISBURSED),
    )
    page = await page_of(units, submitted)
    assert looks(page) == ["done"] * 10
    assert page.over
    assert [act.page for act in page.acts] == ["schedule", "contract.pdf"]


async def test_declined_then_looked_at_again(units: UnitsOfWork, submitted: Application) -> None:
    await finish_assessment(units, submitted, "declined")
    await move(units, submitted, (ApplicationState.DECLINED, EventKind.APPLICATION_DECLINED))
    page = await page_of(units, submitted)
    assert page.over
    assert looks(page) == ["done"] * 6
    assert page.acts[0].page == "decision"

    await move(units, submitted, (ApplicationState.REFERRED, EventKind.REVIEW_REQUESTED))
    page = await page_of(units, submitted)
    assert not page.over
    assert page.may_withdraw
    assert page.steps[-1].note == wording.REVIEW_ASKED
    assert page.steps[-1].look == "live"

    await move(units, submitted, (ApplicationState.DECLINED, EventKind.APPLICATION_DECLINED))
    assert (await page_of(units, submitted)).steps[-1].look == "done"


async def test_withdrawn(units: UnitsOfWork, submitted: Application) -> None:
    async with units.begin() as uow:
        await uow.cancel_steps(submitted.id)
    await move(units, submitted, (ApplicationState.WITHDRAWN, EventKind.APPLICATION_WITHDRAWN))
    page = await page_of(units, submitted)
    assert page.over
    assert not page.may_withdraw
    assert looks(page) == ["done", "stopped"]
    assert page.standing.sentence == "申请已撤回"
