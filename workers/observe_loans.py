"""Asking core banking how loans are repaid, and keeping what it says: the outcomes that models are measured by."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.db.models import StepRun
from portal.db.uow import UnitOfWork
from portal.domain.clock import today
from portal.domain.workflow import Step
from portal.servicing.outcomes import Observation, observe
from portal.servicing.queries import Loan, list_loans_to_observe
from portal.servicing.service import record_outcome
from workers.job import Done, Park, Procedure
from workers.outside import OutsideRefused, OutsideUnavailable
from workers.work import Work

MOST_LOANS = 500
"""Of one run; where there are more, the next run is due at once."""

AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Inputs:
    """Loans to look at, as of a day."""

    day: date
    loans: Sequence[Loan]


class ObserveLoans(Procedure):
    """Every day, those that nobody has looked at for a month."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> Inputs:
        """By the lender's day."""
        return Inputs(today(), await list_loans_to_observe(uow, today(), MOST_LOANS))

    async def perform(self, work: Work, inputs: Inputs) -> list[tuple[Loan, Observation]]:
        """A loan that the bank does not know is left for another day; a bank that is down is waited for."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def ask(loan: Loan) -> tuple[Loan, Observation] | None:
            async with turns:
                try:
                    paid_on = await work.bank.repayments(str(loan.payout_id), inputs.day)
                except OutsideRefused:
                    return None
            known = {number: day for number, day in paid_on.items() if number <= len(loan.due_on)}
            return loan, observe(loan.paid_out, loan.due_on, known, inputs.day)

        try:
            async with asyncio.TaskGroup() as group:
                asked = [group.create_task(ask(loan)) for loan in inputs.loans]
        except* OutsideUnavailable as away:
            raise Park("bank_unavailable", _longest(away)) from None
        return [found for task in asked if (found := task.result()) is not None]

    async def record(
        self,
        work: Work,
        uow: UnitOfWork,
        run: StepRun,
        inputs: Inputs,
        result: list[tuple[Loan, Observation]],
    ) -> Done:
        """One row a loan and day."""
        for loan, seen in result:
            await record_outcome(uow, loan.application_id, inputs.day, seen)
        if result and len(inputs.loans) == MOST_LOANS:
            await uow.make_due(Step.OBSERVE_LOANS, None)
        return Done()


def _longest(away: BaseExceptionGroup[OutsideUnavailable]) -> float:
    leaves = [error for error in away.exceptions if isinstance(error, OutsideUnavailable)]
    return max((error.retry_after for error in leaves), default=30)


STEP = ObserveLoans
