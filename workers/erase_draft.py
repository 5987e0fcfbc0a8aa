"""Erasing a draft that nobody went on with for thirty days; one that was withdrawn before it was submitted, likewise.

Closed first, so that nobody goes on with it meanwhile; then its files, which no transaction undoes; its rows last.
"""

from portal.applications.queries import get_application
from portal.db.models import StepRun
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.workflow import Step
from portal.drafts import service
from workers.job import Done, NotYet, Procedure
from workers.work import Work

_ERASABLE = frozenset({ApplicationState.DRAFT, ApplicationState.WITHDRAWN})


class EraseDraft(Procedure):
    """Inputs are the keys of its files, None when there is nothing to erase."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> tuple[str, ...] | None:
        """Close it; raises NotYet when somebody was here since."""
        assert run.application_id is not None  # noqa: S101 - a draft is an application
        application = await get_application(uow, run.application_id, for_update=True)
        if application.state not in _ERASABLE or application.submitted_at is not None:
            return None
        due = await service.when_due(uow, application, Step.ERASE_DRAFT)
        if due > now():
            raise NotYet(due)
        return await service.close(uow, application)

    async def perform(self, work: Work, inputs: tuple[str, ...] | None) -> None:
        """The files; raises StorageUnavailable, and is then tried again."""
        for key in inputs or ():
            await work.files.delete(key)

    async def record(
        self, work: Work, uow: UnitOfWork, run: StepRun, inputs: tuple[str, ...] | None, result: None
    ) -> Done:
        """The rows, and the person where nothing else of theirs is kept."""
        if inputs is not None and run.application_id is not None:
            await service.erase(uow, run.application_id)
        return Done()


STEP = EraseDraft
