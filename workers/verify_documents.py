"""Verifying the documents: every one read, the card's particulars equal to the answers, the income proven.

What is found here is for the timeline; the decision examines the same rows again. Nothing is decided here: a doubtful
or missing document leaves a fact unknown, which refers the case.
"""

from portal.db.models import StepRun
from portal.db.uow import UnitOfWork
from portal.domain.clock import today
from portal.underwriting.service import examine_documents, list_unread
from workers.case import get_case
from workers.job import Done, Park, Procedure
from workers.work import Work

_READING_SECONDS = 1.0


class VerifyDocuments(Procedure):
    """Needs nothing from outside."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> None:
        """Wait for documents that are still being read."""
        application = await get_case(uow, run)
        if await list_unread(uow, application.id):
            raise Park("documents_reading", _READING_SECONDS)

    async def record(self, work: Work, uow: UnitOfWork, run: StepRun, inputs: None, result: None) -> Done:
        """The checks by code."""
        application = await get_case(uow, run)
        facts = await examine_documents(uow, application, today())
        return Done({"checks": {check.code: check.result for check in facts.checks}})


STEP = VerifyDocuments
