"""Pay the principal to the borrower's card, exactly once."""

from dataclasses import dataclass
from uuid import UUID

from portal.applications.queries import get_application, read_answers, read_applicant
from portal.db.models import PayoutState, StepRun
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState
from portal.offers.queries import find_offer
from portal.servicing.queries import find_payout
from portal.servicing.service import intend_payout, record_disbursement
from workers.job import Done, Park, Procedure, StepFailed
from workers.outside import OutsideRefused, OutsideUnavailable
from workers.payout.client import Payee
from workers.work import Work


@dataclass(frozen=True, slots=True)
class Inputs:
    """`payout_id` is the idempotency key: however often the step is tried, the bank books one payment."""

    payout_id: UUID
    reference: str
    amount_fen: int
    payee: Payee


class Disburse(Procedure):
    """sealed → disbursed."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> Inputs:
        """Write the intent before the call."""
        assert run.application_id is not None  # noqa: S101 - every pipeline step belongs to an application
        application = await get_application(uow, run.application_id, for_update=True)
        offer = await find_offer(uow, application.id)
        if offer is None or application.state is not ApplicationState.SIGNED:
            raise StepFailed("not_signed")
        payout = await intend_payout(uow, application, offer)
        person = await read_applicant(uow, application)
        answers = await read_answers(uow, application)
        payee = Payee(str(answers["bank_card"]), person.name or "")
        return Inputs(payout.id, application.reference, payout.amount_fen, payee)

    async def perform(self, work: Work, inputs: Inputs) -> str:
        """The bank's own number of the payment."""
        try:
            booked = await work.bank.pay(
                reference=inputs.reference,
                amount_fen=inputs.amount_fen,
                payee=inputs.payee,
                idempotency_key=str(inputs.payout_id),
            )
        except OutsideUnavailable as error:
            raise Park("bank_unavailable", error.retry_after) from None
        except OutsideRefused:
            raise StepFailed("bank_refused") from None
        return booked.payout_id

    async def record(self, work: Work, uow: UnitOfWork, run: StepRun, inputs: Inputs, result: str) -> Done:
        """The loan runs."""
        assert run.application_id is not None  # noqa: S101 - as above
        application = await get_application(uow, run.application_id, for_update=True)
        offer = await find_offer(uow, application.id)
        payout = await find_payout(uow, application.id)
        if offer is not None and payout is not None and payout.state is PayoutState.INTENDED:
            await record_disbursement(uow, application, offer, payout, result)
        return Done()


STEP = Disburse
