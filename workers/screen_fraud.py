"""Screening for fraud: counts over other applications, the watch-list, changed readings; scoring weighs them."""

from typing import Any

from pydantic import TypeAdapter

from portal.applications.queries import read_answers
from portal.db.models import StepRun
from portal.db.uow import UnitOfWork
from portal.domain.clock import today
from portal.underwriting.service import examine_documents, read_fraud_inputs, read_own_loans, record_fraud_screen
from scoring.fraud import FraudInputs, FraudScreen, screen
from workers.case import get_case
from workers.job import Done, Procedure
from workers.work import Work

_INPUTS = TypeAdapter(FraudInputs)


class ScreenFraud(Procedure):
    """Needs nothing from outside."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> dict[str, Any]:
        """The counts."""
        application = await get_case(uow, run)
        answers = await read_answers(uow, application)
        facts = await examine_documents(uow, application, today())
        loans = await read_own_loans(uow, application, answers, today())
        return await read_fraud_inputs(uow, application, answers, facts, loans, work.policy.limits.fraud.window_days)

    async def perform(self, work: Work, inputs: dict[str, Any]) -> FraudScreen:
        """Weigh them."""
        return screen(_INPUTS.validate_python(inputs), work.policy.limits.fraud)

    async def record(
        self, work: Work, uow: UnitOfWork, run: StepRun, inputs: dict[str, Any], result: FraudScreen
    ) -> Done:
        """The signals by code."""
        application = await get_case(uow, run)
        codes = [signal.code for signal in result.signals]
        await record_fraud_screen(uow, application.id, result.action, codes)
        return Done({"result": result.action})


STEP = ScreenFraud
