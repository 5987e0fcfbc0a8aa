"""Scoring: the model's probability of default in points and a grade. A report without cards leaves nothing to score."""

from dataclasses import dataclass
from typing import Any

from portal.db.models import StepRun
from portal.db.uow import UnitOfWork
from portal.domain.clock import today
from portal.underwriting.service import assemble_inputs, record_score
from scoring.decision import parse_inputs
from scoring.features import build
from scoring.model import Model, Score
from workers.case import get_case
from workers.engine import policy_in_force
from workers.job import Done, Procedure
from workers.standing import find_standing
from workers.work import Work


@dataclass(frozen=True, slots=True)
class Inputs:
    """The assessment's inputs and the model in force."""

    known: dict[str, Any]
    model: Model


class ScoreApplication(Procedure):
    """The decision computes the same score from the same rows and keeps it with its inputs."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> Inputs:
        """Inputs and model."""
        application = await get_case(uow, run)
        standing = await find_standing(work, uow)
        policy = await policy_in_force(work, uow)
        known = await assemble_inputs(uow, application, today(), policy.limits.fraud.window_days)
        return Inputs(known, standing.champion)

    async def perform(self, work: Work, inputs: Inputs) -> Score | None:
        """A few milliseconds on one thread: a process of its own would cost more than it saves."""
        known = parse_inputs(inputs.known)
        features = build(known.report, known.application, known.as_of)
        return inputs.model.score(features) if features.scorable else None

    async def record(self, work: Work, uow: UnitOfWork, run: StepRun, inputs: Inputs, result: Score | None) -> Done:
        """Points and grade."""
        if result is None:
            return Done({"result": "not_scored"})
        application = await get_case(uow, run)
        await record_score(uow, application.id, result.points, result.grade, inputs.model.hash)
        return Done({"result": "scored"})


STEP = ScoreApplication
