"""Screening for fraud: counts over other applications, the watch-list, changed readings; scoring weighs them."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from portal.applications.queries import read_answers
from portal.db.models import StepRun
from portal.db.uow import UnitOfWork
from portal.domain.clock import today
from portal.underwriting.service import examine_documents, read_fraud_inputs, read_own_loans, record_fraud_screen
from scoring.fraud import FraudInputs, FraudLimits, FraudScreen, screen
from workers.case import get_case
from workers.engine import policy_in_force
from workers.job import Done, Procedure
from workers.work import Work

_INPUTS = TypeAdapter(FraudInputs)


@dataclass(frozen=True, slots=True)
class Counted:
    """What the screen rests on."""

    counts: FraudInputs
    limits: FraudLimits


class ScreenFraud(Procedure):
    """Needs nothing from outside."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> Counted:
        """The counts, and what the policy in force makes of them."""
        application = await get_case(uow, run)
        answers = await read_answers(uow, application)
        facts = await examine_documents(uow, application, today())
        loans = await read_own_loans(uow, application, answers, today())
        limits = (await policy_in_force(work, uow)).limits.fraud
        counts = await read_fraud_inputs(uow, application, answers, facts, loans, limits.window_days)
        return Counted(_INPUTS.validate_python(counts), limits)

    async def perform(self, work: Work, inputs: Counted) -> FraudScreen:
        """Weigh them."""
        return screen(inputs.counts, inputs.limits)

    async def record(self, work: Work, uow: UnitOfWork, run: StepRun, inputs: Counted, result: FraudScreen) -> Done:
        """The signals by code."""
        application = await get_case(uow, run)
        codes = [signal.code for signal in result.signals]
        await record_fraud_screen(uow, application.id, result.action, codes)
        return Done({"result": result.action})


STEP = ScreenFraud
