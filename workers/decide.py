"""Deciding: the policy over everything that is known, kept so that it replays to the same bytes."""

from dataclasses import asdict
from typing import Any

from portal.db.models import Lane, StepRun
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState
from portal.domain.clock import today
from portal.underwriting.service import (
    DecisionRecord,
    OfferTerms,
    assemble_inputs,
    record_decision,
    record_reassessment,
)
from scoring.decision import AssessmentRecord, assess, snapshot
from scoring.offer import Offer
from workers.case import get_case
from workers.engine import keep_engine
from workers.job import Done, Procedure
from workers.work import Work


class Decide(Procedure):
    """The last step before a person: an offer to sign, a case for an officer, or an explained no."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> dict[str, Any] | None:
        """The assessment's inputs; None when the application does not wait for a decision any more."""
        application = await get_case(uow, run)
        if application.state is not _expected(run):
            return None
        return await assemble_inputs(uow, application, today(), work.policy.limits.fraud.window_days)

    async def perform(self, work: Work, inputs: dict[str, Any] | None) -> DecisionRecord | None:
        """Screen, score and decide in one go, from the inputs alone."""
        return None if inputs is None else make_record(assess(inputs, work.model, work.policy))

    async def record(
        self, work: Work, uow: UnitOfWork, run: StepRun, inputs: dict[str, Any] | None, result: DecisionRecord | None
    ) -> Done:
        """The decision and everything that follows from it, unless the applicant withdrew meanwhile."""
        await keep_engine(work, uow)
        application = await get_case(uow, run, for_update=True)
        if result is None or application.state is not _expected(run):
            return Done({"result": "closed"}, stop=True)
        keep = record_decision if run.subject_id is None else record_reassessment
        decision = await keep(uow, application, result)
        return Done({"result": decision.outcome.value})


def _expected(run: StepRun) -> ApplicationState:
    """A run about a correction weighs a referred case again."""
    return ApplicationState.SUBMITTED if run.subject_id is None else ApplicationState.REFERRED


def make_record(assessment: AssessmentRecord) -> DecisionRecord:
    """The library's record in the portal's terms."""
    decision, score = assessment.decision, assessment.score
    return DecisionRecord(
        lane=Lane(decision.lane),
        pd=score.pd if score else None,
        points=score.points if score else None,
        grade=score.grade if score else None,
        model_hash=assessment.model_hash,
        policy_version=assessment.policy_version,
        snapshot=snapshot(assessment),
        offer=_terms(decision.offer),
        officer_offer=_terms(decision.officer_offer),
    )


def _terms(offer: Offer | None) -> OfferTerms | None:
    return None if offer is None else OfferTerms(**asdict(offer))


STEP = Decide
