"""Putting an approved change of the policy in force at its hour. Decisions look up what is in force one by one, so the
next one is made by it."""

from portal.db.models import StepRun
from portal.db.uow import UnitOfWork
from portal.policies.service import enact
from workers.job import Done, Procedure
from workers.work import Work


class EnactPolicy(Procedure):
    """Needs nothing from outside."""

    async def record(self, work: Work, uow: UnitOfWork, run: StepRun, inputs: None, result: None) -> Done:
        """Nothing where it was rejected meanwhile, or another policy overtook it."""
        assert run.subject_id is not None  # noqa: S101 - it is about a change
        await enact(uow, run.subject_id)
        return Done()


STEP = EnactPolicy
