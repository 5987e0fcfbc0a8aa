"""Reminding, once, of a draft that was left a day ago."""

from portal.applications.queries import get_application
from portal.db.models import StepRun
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.workflow import Step
from portal.drafts import service
from workers.job import Done, NotYet, Procedure
from workers.work import Work


class RemindDraft(Procedure):
    """Everything happens where the step is finished, so that the reminder is written once."""

    async def record(self, work: Work, uow: UnitOfWork, run: StepRun, inputs: None, result: None) -> Done:
        """Write the notice; nothing when it was submitted or withdrawn. Raises NotYet when somebody was here since."""
        assert run.application_id is not None  # noqa: S101 - a draft is an application
        application = await get_application(uow, run.application_id, for_update=True)
        if application.state is not ApplicationState.DRAFT:
            return Done()
        due = await service.when_due(uow, application, Step.REMIND_DRAFT)
        if due > now():
            raise NotYet(due)
        await service.remind(uow, application)
        return Done()


STEP = RemindDraft
