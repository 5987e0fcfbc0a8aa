"""Recording what the pipeline found and decided, and what officers do: every change of an application's fate."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from portal.accounts.sessions import StaffIdentity
from portal.applications.queries import get_application
from portal.db.models import (
    Application,
    Decision,
    Lane,
    Offer,
    Outcome,
    StepRun,
)
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState, IllegalTransition
from portal.domain.clock import now, today
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.events import ActorKind, EventKind
from portal.domain.money import add_months, all_in_cost_bp, annuity_schedule, monthly_payment_fen
from portal.domain.text import N_
from portal.domain.workflow import Step, StepState
from portal.notifications.service import notify
from portal.underwriting.findings import parse_findings, reasons_told, snapshot_place
from portal.underwriting.inquiries import InquiryOrder, order_inquiry, record_bureau_report
from portal.underwriting.loans import read_own_loans
from portal.underwriting.queries import (
    assemble_inputs,
    examine_documents,
    find_automatic_decision,
    list_unread,
    read_fraud_inputs,
)

__all__ = [
    "DecisionRecord",
    "InquiryOrder",
    "OfferTerms",
    "assemble_inputs",
    "decide_referred",
    "examine_again",
    "examine_documents",
    "find_automatic_decision",
    "list_unread",
    "order_inquiry",
    "read_fraud_inputs",
    "read_own_loans",
    "record_bureau_report",
    "record_decision",
    "record_fraud_screen",
    "record_reassessment",
    "record_score",
    "request_review",
    "restart_step",
]

OFFER_DAYS = 7
MIN_COMMENT = 10


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """Fen, months, bp a year."""

    amount_fen: int
    term_months: int
    annual_rate_bp: int
    monthly_payment_fen: int


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """What the policy came to. `snapshot` is the canonical record that replays to the same bytes, with the reasons and
    the trace of rules in it. `offer` exists in the approve lane only, `officer_offer` is the most that an officer may
    grant later."""

    lane: Lane
    pd: float | None
    points: int | None
    grade: str | None
    model_hash: str
    policy_version: str
    snapshot: bytes
    offer: OfferTerms | None
    officer_offer: OfferTerms | None


class AlreadyDecided(Conflict):
    """The application is not, or no longer, waiting for this decision."""

    public = N_("这笔申请已经有了结果，请刷新页面查看最新情况。")


async def record_fraud_screen(uow: UnitOfWork, application_id: UUID, action: str, signals: list[str]) -> None:
    """Which signals showed, by code; what they say is in the decision's snapshot."""
    await uow.append(application_id, EventKind.FRAUD_SCREENED, action=action, signals=signals)


async def record_score(uow: UnitOfWork, application_id: UUID, points: int, grade: str, model_hash: str) -> None:
    """The model's result; the decision computes it again from the same rows and keeps all of it."""
    await uow.append(application_id, EventKind.APPLICATION_SCORED, points=points, grade=grade, model=model_hash[:12])


async def record_decision(uow: UnitOfWork, application: Application, record: DecisionRecord) -> Decision:
    """Write the policy's decision and let the application go its lane; the caller holds its row locked.

    Raises AlreadyDecided when it does not wait for one.
    """
    if application.state is not ApplicationState.SUBMITTED:
        raise AlreadyDecided
    outcome = {Lane.APPROVE: Outcome.APPROVED, Lane.REFER: Outcome.REFERRED, Lane.DECLINE: Outcome.DECLINED}[
        record.lane
    ]
    if (outcome is Outcome.APPROVED) is not (record.offer is not None):
        raise ValueError("exactly an approval comes with an offer")
    decision = await _keep_decision(uow, application, record, outcome)
    await _enact(uow, application, decision, parse_findings(record.snapshot).reasons, record.offer, None)
    return decision


async def record_reassessment(uow: UnitOfWork, application: Application, record: DecisionRecord) -> Decision:
    """What the policy says of a referred case after staff corrected what was read: still a person's to decide, now
    on these figures. The caller holds the row locked; an officer who looks at the old ones is told so.

    Raises AlreadyDecided when it is not referred any more.
    """
    if application.state is not ApplicationState.REFERRED:
        raise AlreadyDecided
    application.version += 1
    most = record.officer_offer or record.offer
    return await _keep_decision(uow, application, replace(record, officer_offer=most), Outcome.REFERRED)


async def _keep_decision(
    uow: UnitOfWork, application: Application, record: DecisionRecord, outcome: Outcome
) -> Decision:
    decision = Decision(
        application_id=application.id,
        lane=record.lane,
        outcome=outcome,
        pd=record.pd,
        points=record.points,
        grade=record.grade,
        model_hash=record.model_hash,
        policy_version=record.policy_version,
        officer_offer=asdict(record.officer_offer) if record.officer_offer else None,
    )
    cipher = await uow.cipher(application.applicant_id)
    decision.snapshot = cipher.seal_bytes(snapshot_place(decision.id), record.snapshot)
    uow.session.add(decision)
    return decision


async def decide_referred(
    uow: UnitOfWork,
    application_id: UUID,
    staff: StaffIdentity,
    outcome: Outcome,
    comment: str,
    amount_fen: int | None = None,
) -> Decision:
    """An officer's decision on a referred case, with a reason; roles are checked by the caller.

    `amount_fen` may lower what the policy allows, never raise it. Raises Invalid (comment, amount), AlreadyDecided.
    """
    application = await get_application(uow, application_id, for_update=True)
    if application.state is not ApplicationState.REFERRED:
        raise AlreadyDecided
    comment = comment.strip()
    if len(comment) < MIN_COMMENT:
        raise Invalid({"comment": N_("请写明决定的理由，至少 10 个字。")})
    if outcome is Outcome.REFERRED:
        raise Invalid({"outcome": N_("请选择通过或不通过。")})
    automatic = await find_automatic_decision(uow, application_id)
    terms = _officer_terms(automatic, amount_fen) if outcome is Outcome.APPROVED else None
    decision = Decision(
        application_id=application_id,
        staff_id=staff.id,
        lane=automatic.lane if automatic else Lane.REFER,
        outcome=outcome,
        pd=automatic.pd if automatic else None,
        points=automatic.points if automatic else None,
        grade=automatic.grade if automatic else None,
        model_hash=automatic.model_hash if automatic else None,
        policy_version=automatic.policy_version if automatic else None,
    )
    cipher = await uow.cipher(application.applicant_id)
    decision.comment = cipher.seal(f"decision.comment.{decision.id}", comment)
    uow.session.add(decision)
    await _enact(uow, application, decision, reasons_told(decision, automatic, cipher), terms, staff)
    return decision


def _officer_terms(automatic: Decision | None, amount_fen: int | None) -> OfferTerms:
    if automatic is None or automatic.officer_offer is None:
        raise Invalid({"amount": N_("收入、支出或征信资料不全，无法测算还款能力，不能直接通过。请先补齐资料。")})
    most = OfferTerms(**automatic.officer_offer)
    if amount_fen is None or amount_fen == most.amount_fen:
        return most
    if not 0 < amount_fen <= most.amount_fen:
        raise Invalid({"amount": N_("批准的金额不能超过政策允许的最高金额。")})
    payment = monthly_payment_fen(amount_fen, most.annual_rate_bp, most.term_months)
    return OfferTerms(amount_fen, most.term_months, most.annual_rate_bp, payment)


_FATES = {
    Outcome.APPROVED: (ApplicationState.APPROVED, EventKind.APPLICATION_APPROVED, "application_approved"),
    Outcome.REFERRED: (ApplicationState.REFERRED, EventKind.APPLICATION_REFERRED, "application_referred"),
    Outcome.DECLINED: (ApplicationState.DECLINED, EventKind.APPLICATION_DECLINED, "application_declined"),
}


async def _enact(
    uow: UnitOfWork,
    application: Application,
    decision: Decision,
    reasons: Sequence[Mapping[str, Any]],
    terms: OfferTerms | None,
    staff: StaffIdentity | None,
) -> None:
    """State, event, offer, next step and notice, all in the decision's transaction. Of the reasons, the event names
    the codes only."""
    state, kind, notice = _FATES[decision.outcome]
    decided_at = None if state is ApplicationState.REFERRED else decision.decided_at
    await uow.change_state(application, state, decided_at=decided_at)
    await uow.append(
        application.id,
        kind,
        actor=staff.id if staff else None,
        actor_kind=ActorKind.STAFF if staff else ActorKind.SYSTEM,
        decision=str(decision.id),
        lane=decision.lane.value,
        reasons=[reason["code"] for reason in reasons],
    )
    if terms is not None:
        offer = make_offer(application.id, terms)
        uow.session.add(offer)
        await uow.make_due(Step.DRAW_CONTRACT, application.id, subject_id=offer.id)
    await notify(uow, notice, application=application)


def make_offer(application_id: UUID, terms: OfferTerms) -> Offer:
    """Interest is the whole cost: no fees, nothing deducted up front (民法典 670). Open for seven days."""
    first_due = add_months(today(), 1)
    schedule = annuity_schedule(terms.amount_fen, terms.annual_rate_bp, terms.term_months, first_due)
    return Offer(
        application_id=application_id,
        amount_fen=terms.amount_fen,
        term_months=terms.term_months,
        annual_rate_bp=terms.annual_rate_bp,
        all_in_cost_bp=all_in_cost_bp(terms.amount_fen, schedule),
        monthly_payment_fen=terms.monthly_payment_fen,
        expires_at=now() + timedelta(days=OFFER_DAYS),
    )


async def request_review(uow: UnitOfWork, application: Application) -> None:
    """The applicant asks for a person to decide again (PIPL 24); the caller holds the row locked.

    Raises IllegalTransition unless there is a decision to look at again: while the pipeline runs, asking would take
    the case out of it. An unsigned approval is reviewed too, and waits meanwhile: its amount or price may be the point.
    """
    if application.state not in (ApplicationState.DECLINED, ApplicationState.APPROVED):
        raise IllegalTransition
    await uow.change_state(application, ApplicationState.REFERRED, decided_at=None)
    await uow.append(
        application.id,
        EventKind.REVIEW_REQUESTED,
        actor=application.applicant_id,
        actor_kind=ActorKind.APPLICANT,
    )
    await notify(uow, "review_received", application=application)


async def examine_again(uow: UnitOfWork, application: Application, change_id: UUID) -> None:
    """A fact was corrected (`change_id`, a FieldChange): verify again, and where a person is to decide, weigh again.

    Before the decision the steps still to come read the corrected row by themselves.
    """
    await uow.make_due(Step.VERIFY_DOCUMENTS, application.id, subject_id=change_id)
    if application.state is ApplicationState.REFERRED:
        await uow.make_due(Step.DECIDE, application.id, subject_id=change_id)


async def restart_step(uow: UnitOfWork, application_id: UUID, run_id: UUID, staff: StaffIdentity) -> StepRun:
    """Make a failed or parked step due now, with all its tries; raises NotFound, or Conflict when it is neither."""
    statement = (
        select(StepRun)
        .where(col(StepRun.id) == run_id, col(StepRun.application_id) == application_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    run = (await uow.session.exec(statement)).one_or_none()
    if run is None:
        raise NotFound
    if run.state not in (StepState.FAILED, StepState.PARKED):
        raise Conflict
    run.state, run.attempt, run.reason, run.due_at, run.finished_at = StepState.DUE, 0, None, now(), None
    uow.session.add(run)
    await uow.append(
        application_id, EventKind.STEP_RESTARTED, actor=staff.id, actor_kind=ActorKind.STAFF, step=run.step.value
    )
    uow.wake(run)
    return run
