"""The application a step is about."""

from portal.applications.queries import get_application
from portal.db.models import Application, StepRun
from portal.db.uow import UnitOfWork


async def get_case(uow: UnitOfWork, run: StepRun, *, for_update: bool = False) -> Application:
    """Raises NotFound when it is gone, ValueError for a step without one: only notices are sent to nobody's case."""
    if run.application_id is None:
        raise ValueError(f"{run.step} belongs to an application")
    return await get_application(uow, run.application_id, for_update=for_update)
