"""What the page is made of: the application's steps as rows, the events that mark its turns, and the usual times.

The number of the last event is read first, so that what a page shows is at least as new as the id it carries.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from portal.db.models import Applicant, Application, Contract, Event, EventHead, Offer, StepRun
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState
from portal.domain.events import EventKind
from portal.domain.workflow import PIPELINE, Step, StepState

_RUNS_FOR_USUAL = 50

TURNS = (
    EventKind.APPLICATION_SUBMITTED,
    EventKind.APPLICATION_APPROVED,
    EventKind.APPLICATION_REFERRED,
    EventKind.APPLICATION_DECLINED,
    EventKind.APPLICATION_WITHDRAWN,
    EventKind.REVIEW_REQUESTED,
    EventKind.CONTRACT_SIGNED,
    EventKind.LOAN_DISBURSED,
    EventKind.STEP_FINISHED,
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One event, as far as the progress page uses it; `result` is the code a step ended with."""

    kind: EventKind
    at: datetime
    step: Step | None
    reason: str | None
    result: str | None


@dataclass(frozen=True, slots=True)
class RunView:
    """A step's row. `reason` is set while it waits, and while it is tried again after waiting."""

    step: Step
    state: StepState
    reason: str | None
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class OfferView:
    """How far the applicant has come with what they were offered."""

    expires_at: datetime
    cost_confirmed: bool
    contract_drawn: bool
    contract_sealed: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything a progress page shows of one application, read together."""

    reference: str
    state: ApplicationState
    last_event: int
    runs: dict[Step, RunView]
    turns: list[Turn]
    offer: OfferView | None
    usual_seconds: float | None


async def load_progress(uow: UnitOfWork, application: Application) -> Progress:
    """At most five statements; the application's row is read again, since a stream holds an old one."""
    last_event = await get_last_event(uow, application.id)
    await uow.session.refresh(application)
    runs = await list_runs(uow, application.id)
    live = next((run.step for run in runs.values() if run.state in (StepState.RUNNING, StepState.DUE)), None)
    offered = application.state in (ApplicationState.APPROVED, ApplicationState.SIGNED, ApplicationState.DISBURSED)
    return Progress(
        reference=application.reference,
        state=application.state,
        last_event=last_event,
        runs=runs,
        turns=await list_turns(uow, application.id, TURNS),
        offer=await find_offer(uow, application.id) if offered else None,
        usual_seconds=await find_usual_seconds(uow, live) if live is not None else None,
    )


async def get_last_event(uow: UnitOfWork, application_id: UUID) -> int:
    """The number of the newest event."""
    return (await uow.session.exec(select(EventHead.seq).where(EventHead.application_id == application_id))).one()


async def list_runs(uow: UnitOfWork, application_id: UUID) -> dict[Step, RunView]:
    """The pipeline's rows by step, the newest of each: a cancelled one may have been followed by another."""
    rows = await uow.session.exec(
        select(StepRun)
        .where(col(StepRun.application_id) == application_id, col(StepRun.step).in_(PIPELINE))
        .order_by(col(StepRun.created_at))
        .execution_options(populate_existing=True)
    )
    return {row.step: RunView(row.step, row.state, row.reason, row.started_at, row.finished_at) for row in rows}


async def list_turns(
    uow: UnitOfWork, application_id: UUID, kinds: tuple[EventKind, ...] = (), *, after: int = 0
) -> list[Turn]:
    """Events in order; all kinds unless some are named."""
    statement = (
        select(Event.kind, Event.at, Event.data)
        .where(col(Event.application_id) == application_id, col(Event.seq) > after)
        .order_by(col(Event.seq))
    )
    if kinds:
        statement = statement.where(col(Event.kind).in_(kinds))
    return [_turn(EventKind(kind), at, data) for kind, at, data in await uow.session.exec(statement)]


def _turn(kind: EventKind, at: datetime, data: Mapping[str, Any]) -> Turn:
    step = Step(data["step"]) if "step" in data else None
    return Turn(kind, at, step, data.get("reason"), data.get("result"))


async def find_offer(uow: UnitOfWork, application_id: UUID) -> OfferView | None:
    """The newest offer with its contract."""
    statement = (
        select(Offer.expires_at, Offer.cost_confirmed_at, Contract.id, Contract.sealed_at)
        .join(Contract, col(Contract.offer_id) == col(Offer.id), isouter=True)
        .where(col(Offer.application_id) == application_id)
        .order_by(col(Offer.created_at).desc())
        .limit(1)
    )
    row = (await uow.session.exec(statement)).one_or_none()
    if row is None:
        return None
    expires_at, confirmed_at, contract_id, sealed_at = row
    return OfferView(expires_at, confirmed_at is not None, contract_id is not None, sealed_at is not None)


async def find_usual_seconds(uow: UnitOfWork, step: Step) -> float | None:
    """The median of the step's last 50 finished runs, from its start to its end; None before there are any."""
    seconds = func.extract("epoch", col(StepRun.finished_at) - col(StepRun.started_at)).label("seconds")
    latest = (
        select(seconds)
        .where(col(StepRun.step) == step, col(StepRun.state) == StepState.DONE, col(StepRun.started_at).is_not(None))
        .order_by(col(StepRun.finished_at).desc())
        .limit(_RUNS_FOR_USUAL)
        .subquery()
    )
    median = await uow.session.exec(select(func.percentile_cont(0.5).within_group(latest.c.seconds)))
    value = median.one()
    return None if value is None else float(value)


async def find_application_of_mobile(uow: UnitOfWork, reference: str, mobile: str) -> Application | None:
    """The application with this reference, if it is this phone's."""
    statement = (
        select(Application)
        .join(Applicant, col(Applicant.id) == col(Application.applicant_id))
        .where(
            col(Application.reference) == reference,
            col(Applicant.mobile_index) == uow.keys.blind_index("mobile", mobile),
        )
    )
    return (await uow.session.exec(statement)).one_or_none()
