"""Deciding: the policy over everything that is known, kept so that it replays to the same bytes."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from portal.db.models import Lane, StepRun
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState
from portal.domain.clock import today
from portal.registry.queries import find_open_halt
from portal.registry.shadow import Shadow, record_shadows
from portal.underwriting.service import (
    DecisionRecord,
    OfferTerms,
    assemble_inputs,
    record_decision,
    record_reassessment,
)
from scoring.decision import AssessmentRecord
from scoring.offer import Offer
from scoring.policy_file import Policy
from scoring.record import decide
from workers.case import get_case
from workers.engine import policy_in_force
from workers.job import Done, Procedure
from workers.shadows import score_in_shadow
from workers.standing import Standing, find_standing
from workers.work import Work

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Inputs:
    """The assessment's inputs, and the models and the policy that were in force when they were read: they decide this
    one, whatever comes in force meanwhile."""

    known: dict[str, Any]
    standing: Standing
    policy: Policy


@dataclass(frozen=True, slots=True)
class Result:
    """The champion's decision, and what its challengers would have said."""

    record: DecisionRecord
    shadows: tuple[Shadow, ...]


class Decide(Procedure):
    """The last step before a person: an offer to sign, a case for an officer, or an explained no."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> Inputs | None:
        """Inputs, models and policy; None when the application does not wait for a decision any more."""
        application = await get_case(uow, run)
        if application.state is not _expected(run):
            return None
        standing = await find_standing(work, uow)
        policy = await policy_in_force(work, uow)
        known = await assemble_inputs(uow, application, today(), policy.limits.fraud.window_days)
        halt = await find_open_halt(uow)
        if halt is not None:
            known["halt"] = {"subject": halt.subject, "psi": halt.psi, "threshold": halt.threshold}
        return Inputs(known, standing, policy)

    async def perform(self, work: Work, inputs: Inputs | None) -> Result | None:
        """Screen, score and decide in one go, from the inputs alone."""
        if inputs is None:
            return None
        assessment, snapshot = decide(inputs.known, inputs.standing.champion, inputs.policy)
        scored = assessment.score is not None
        shadows = score_in_shadow(inputs.known, inputs.standing, inputs.policy) if scored else ()
        return Result(make_record(assessment, snapshot), shadows)

    async def record(
        self, work: Work, uow: UnitOfWork, run: StepRun, inputs: Inputs | None, result: Result | None
    ) -> Done:
        """The decision and everything that follows from it, unless the applicant withdrew meanwhile."""
        application = await get_case(uow, run, for_update=True)
        if result is None or application.state is not _expected(run):
            return Done({"result": "closed"}, stop=True)
        keep = record_decision if run.subject_id is None else record_reassessment
        decision = await keep(uow, application, result.record)
        if result.shadows:
            await _keep_shadows(uow, decision.id, result.shadows)
        return Done({"result": decision.outcome.value})


async def _keep_shadows(uow: UnitOfWork, decision_id: UUID, shadows: tuple[Shadow, ...]) -> None:
    await uow.session.flush()
    try:
        await record_shadows(uow, decision_id, shadows)
    except SQLAlchemyError as refused:
        log.error("shadows_lost", decision=str(decision_id), error=type(refused).__name__)


def _expected(run: StepRun) -> ApplicationState:
    """A run about a correction weighs a referred case again."""
    return ApplicationState.SUBMITTED if run.subject_id is None else ApplicationState.REFERRED


def make_record(assessment: AssessmentRecord, snapshot: bytes) -> DecisionRecord:
    """The library's record in the portal's terms."""
    decision, score = assessment.decision, assessment.score
    return DecisionRecord(
        lane=Lane(decision.lane),
        pd=score.pd if score else None,
        points=score.points if score else None,
        grade=score.grade if score else None,
        model_hash=assessment.model_hash,
        policy_version=assessment.policy_version,
        snapshot=snapshot,
        offer=_terms(decision.offer),
        officer_offer=_terms(decision.officer_offer),
    )


def _terms(offer: Offer | None) -> OfferTerms | None:
    return None if offer is None else OfferTerms(**asdict(offer))


STEP = Decide
