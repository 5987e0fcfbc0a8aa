"""What officers, applicants and staff do to a case, on a real database."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from portal.applications.service import NOT_PUBLIC, record_origin
from portal.db.models import Application, Decision, Event, Lane, Notice, Offer, Outcome, StepRun
from portal.db.uow import UnitsOfWork
from portal.domain.application import ApplicationState, IllegalTransition
from portal.domain.clock import now
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.events import ActorKind, EventKind
from portal.domain.money import monthly_payment_fen
from portal.domain.workflow import Step, StepState
from portal.testing.cases import make_snapshot, make_staff, make_submitted
from portal.underwriting.findings import read_reasons
from portal.underwriting.service import (
    AlreadyDecided,
    DecisionRecord,
    OfferTerms,
    decide_referred,
    make_offer,
    record_decision,
    request_review,
    restart_step,
)

TERMS = OfferTerms(5_000_000, 24, 1_020, monthly_payment_fen(5_000_000, 1_020, 24))
REASON = {"code": "rule_income_proof", "zh": "收入尚未得到证明。", "en": "The income has not been proven."}
COMMENT = "已电话核实收入，流水与工资条一致。"


def record(lane: Lane, officer_offer: OfferTerms | None = None) -> DecisionRecord:
    return DecisionRecord(
        lane=lane,
        pd=0.03,
        points=610,
        grade="B",
        model_hash="m" * 64,
        policy_version="standard-1",
        snapshot=make_snapshot([REASON]),
        offer=TERMS if lane is Lane.APPROVE else None,
        officer_offer=officer_offer,
    )


async def decided(units: UnitsOfWork, lane: Lane, officer_offer: OfferTerms | None = TERMS) -> Application:
    application = await make_submitted(units)
    async with units.begin() as uow:
        locked = await uow.session.get_one(Application, application.id)
        await record_decision(uow, locked, record(lane, officer_offer))
    return locked


async def offers_of(units: UnitsOfWork, application: Application) -> list[Offer]:
    async with units.begin() as uow:
        return list(await uow.session.exec(select(Offer).where(col(Offer.application_id) == application.id)))


async def last_event(units: UnitsOfWork, application: Application) -> Event:
    async with units.begin() as uow:
        statement = select(Event).where(col(Event.application_id) == application.id).order_by(col(Event.seq).desc())
        return (await uow.session.exec(statement.limit(1))).one()


def test_the_offer_states_every_cost() -> None:
    offer = make_offer(uuid4(), TERMS)
    assert offer.fees == []
    assert offer.all_in_cost_bp == pytest.approx(1_020, abs=2)
    assert offer.monthly_payment_fen == TERMS.monthly_payment_fen


async def test_an_application_is_decided_once(units: UnitsOfWork) -> None:
    application = await decided(units, Lane.REFER)
    async with units.begin() as uow:
        locked = await uow.session.get_one(Application, application.id)
        with pytest.raises(AlreadyDecided):
            await record_decision(uow, locked, record(Lane.APPROVE))


async def test_an_approval_without_an_offer_is_impossible(units: UnitsOfWork) -> None:
    application = await make_submitted(units)
    async with units.begin() as uow:
        locked = await uow.session.get_one(Application, application.id)
        with pytest.raises(ValueError, match="offer"):
            await record_decision(uow, locked, replace(record(Lane.APPROVE), offer=None))


async def test_an_officer_approves_with_a_lower_amount(units: UnitsOfWork) -> None:
    application = await decided(units, Lane.REFER)
    officer = await make_staff(units)
    async with units.begin() as uow:
        decision = await decide_referred(uow, application.id, officer, Outcome.APPROVED, COMMENT, 3_000_000)
    (offer,) = await offers_of(units, application)
    assert (offer.amount_fen, offer.annual_rate_bp, offer.term_months) == (3_000_000, 1_020, 24)
    assert offer.monthly_payment_fen == monthly_payment_fen(3_000_000, 1_020, 24)
    assert (decision.staff_id, decision.lane, decision.grade) == (officer.id, Lane.REFER, "B")
    async with units.begin() as uow:
        cipher = await uow.cipher(application.applicant_id)
        assert decision.comment is not None
        assert cipher.open(f"decision.comment.{decision.id}", decision.comment) == COMMENT
        run = (await uow.session.exec(select(StepRun).where(col(StepRun.step) == Step.DRAW_CONTRACT))).one()
        notices = list(await uow.session.exec(select(Notice.name)))
    assert run.state is StepState.DUE
    assert notices == ["application_referred", "application_approved"]
    event = await last_event(units, application)
    assert (event.kind, event.actor_kind, event.actor_id) == (
        EventKind.APPLICATION_APPROVED,
        ActorKind.STAFF,
        officer.id,
    )


async def test_an_officer_declines_with_the_reasons_of_the_case(units: UnitsOfWork) -> None:
    application = await decided(units, Lane.REFER)
    officer = await make_staff(units)
    async with units.begin() as uow:
        decision = await decide_referred(uow, application.id, officer, Outcome.DECLINED, COMMENT)
        assert await read_reasons(uow, application, decision) == (REASON,)
    assert (await last_event(units, application)).data["reasons"] == [REASON["code"]]
    assert await offers_of(units, application) == []


@pytest.mark.parametrize(
    ("outcome", "comment", "amount", "field"),
    [
        (Outcome.APPROVED, "可以", None, "comment"),
        (Outcome.APPROVED, "    好          ", None, "comment"),
        (Outcome.REFERRED, COMMENT, None, "outcome"),
        (Outcome.APPROVED, COMMENT, 5_000_001, "amount"),
        (Outcome.APPROVED, COMMENT, 0, "amount"),
    ],
)
async def test_what_an_officer_may_not(
    units: UnitsOfWork, outcome: Outcome, comment: str, amount: int | None, field: str
) -> None:
    application = await decided(units, Lane.REFER)
    officer = await make_staff(units)
    with pytest.raises(Invalid) as caught:
        async with units.begin() as uow:
            await decide_referred(uow, application.id, officer, outcome, comment, amount)
    assert list(caught.value.fields) == [field]
    assert await offers_of(units, application) == []


async def test_nobody_approves_where_means_are_unknown(units: UnitsOfWork) -> None:
    application = await decided(units, Lane.REFER, None)
    officer = await make_staff(units)
    with pytest.raises(Invalid) as caught:
        async with units.begin() as uow:
            await decide_referred(uow, application.id, officer, Outcome.APPROVED, COMMENT)
    assert list(caught.value.fields) == ["amount"]


async def test_a_case_is_decided_by_one_officer(units: UnitsOfWork) -> None:
    application = await decided(units, Lane.REFER)
    officer = await make_staff(units)
    async with units.begin() as uow:
        await decide_referred(uow, application.id, officer, Outcome.DECLINED, COMMENT)
    with pytest.raises(AlreadyDecided):
        async with units.begin() as uow:
            await decide_referred(uow, application.id, officer, Outcome.APPROVED, COMMENT)


async def test_a_declined_applicant_is_heard_by_a_person(units: UnitsOfWork) -> None:
    application = await decided(units, Lane.DECLINE)
    async with units.begin() as uow:
        locked = await uow.session.get_one(Application, application.id)
        await request_review(uow, locked)
    async with units.begin() as uow:
        reviewed = await uow.session.get_one(Application, application.id)
        assert reviewed.state is ApplicationState.REFERRED
        assert reviewed.decided_at is None
    assert (await last_event(units, application)).kind is EventKind.REVIEW_REQUESTED
    async with units.begin() as uow:
        locked = await uow.session.get_one(Application, application.id)
        with pytest.raises(IllegalTransition):
            await request_review(uow, locked)
    officer = await make_staff(units)
    async with units.begin() as uow:
        await decide_referred(uow, application.id, officer, Outcome.APPROVED, COMMENT)
    assert len(await offers_of(units, application)) == 1


async def test_only_a_decision_is_reviewed(units: UnitsOfWork) -> None:
    """Asking at another time would take the case out of the pipeline."""
    for application in (await make_submitted(units), await decided(units, Lane.REFER)):
        before = application.state
        async with units.begin() as uow:
            locked = await uow.session.get_one(Application, application.id)
            with pytest.raises(IllegalTransition):
                await request_review(uow, locked)
            assert locked.state is before


@pytest.mark.parametrize("state", [StepState.FAILED, StepState.PARKED])
async def test_a_step_is_started_again(units: UnitsOfWork, state: StepState) -> None:
    application = await make_submitted(units)
    staff = await make_staff(units)
    async with units.begin() as uow:
        run = (await uow.session.exec(select(StepRun).where(col(StepRun.application_id) == application.id))).one()
        run.state, run.attempt, run.reason, run.due_at = state, 5, "outside", now() + timedelta(hours=1)
    async with units.begin() as uow:
        again = await restart_step(uow, application.id, run.id, staff)
    assert (again.state, again.attempt, again.reason) == (StepState.DUE, 0, None)
    assert again.due_at <= now()
    event = await last_event(units, application)
    assert (event.kind, event.actor_id, event.data) == (
        EventKind.STEP_RESTARTED,
        staff.id,
        {"step": "verify_documents"},
    )
    with pytest.raises(Conflict):
        async with units.begin() as uow:
            await restart_step(uow, application.id, run.id, staff)


async def test_a_step_of_another_application_is_not_found(units: UnitsOfWork) -> None:
    application, other = await make_submitted(units), await make_submitted(units)
    staff = await make_staff(units)
    async with units.begin() as uow:
        run = (await uow.session.exec(select(StepRun).where(col(StepRun.application_id) == other.id))).one()
    with pytest.raises(NotFound):
        async with units.begin() as uow:
            await restart_step(uow, application.id, run.id, staff)


async def test_a_decision_can_not_be_changed(units: UnitsOfWork) -> None:
    await decided(units, Lane.DECLINE)
    with pytest.raises(Exception, match="append-only"):
        async with units.begin() as uow:
            await uow.session.execute(text("update decision set outcome = 'approved'"))
    async with units.begin() as uow:
        assert (await uow.session.exec(select(Decision.outcome))).one() is Outcome.DECLINED


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.1.2.3", "::1", "192.168.1.9"])
async def test_an_address_inside_a_network_tells_nobody_apart(units: UnitsOfWork, ip: str) -> None:
    application = Application(reference="r", applicant_id=uuid4(), script_version="1")
    async with units.begin() as uow:
        record_origin(uow, application, ip)
    assert application.ip_index == NOT_PUBLIC


async def test_a_public_address_is_kept_as_an_index_only(units: UnitsOfWork) -> None:
    one, same, none = (Application(reference="r", applicant_id=uuid4(), script_version="1") for _ in range(3))
    async with units.begin() as uow:
        record_origin(uow, one, "8.8.8.8")
        record_origin(uow, same, "8.8.8.8")
        record_origin(uow, none, "unknown")
    assert one.ip_index == same.ip_index != NOT_PUBLIC
    assert b"8.8.8.8" not in (one.ip_index or b"")
    assert none.ip_index is None
