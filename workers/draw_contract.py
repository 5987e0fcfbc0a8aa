"""After an approval: set the contract as a PDF and lay it before the borrower."""

from dataclasses import dataclass
from uuid import UUID

from portal.applications.queries import choice_label, get_application, read_answers, read_applicant
from portal.db.models import StepRun
from portal.db.uow import UnitOfWork
from portal.domain.clock import now, today
from portal.domain.money import add_months, annuity_schedule
from portal.offers.queries import find_offer
from portal.signing.queries import find_contract
from portal.signing.service import record_drawn
from workers.job import Done, Procedure, StepFailed
from workers.signing.contract import Borrower, ContractData, Lender, draw_contract
from workers.work import Work


@dataclass(frozen=True, slots=True)
class Inputs:
    """`data` is None when this offer's contract was drawn already."""

    offer_id: UUID
    data: ContractData | None


class DrawContract(Procedure):
    """offer → drawn contract."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> Inputs:
        """Who borrows what, on which terms."""
        assert run.application_id is not None  # noqa: S101 - every pipeline step belongs to an application
        application = await get_application(uow, run.application_id)
        offer = await find_offer(uow, application.id)
        if offer is None:
            raise StepFailed("no_offer")
        contract = await find_contract(uow, application.id)
        if contract is not None and contract.offer_id == offer.id:
            return Inputs(offer.id, None)
        person = await read_applicant(uow, application)
        answers = await read_answers(uow, application)
        disbursed_on = today()
        settings = work.settings
        data = ContractData(
            number=f"HT{application.reference}{1 if contract is None else 2}",
            application_reference=application.reference,
            drawn_at=now(),
            disbursed_on=disbursed_on,
            lender=Lender(
                settings.lender_name, settings.lender_credit_code, settings.lender_address, settings.support_phone
            ),
            borrower=Borrower(person.name or "", person.id_number or "", person.mobile),
            principal_fen=offer.amount_fen,
            term_months=offer.term_months,
            annual_rate_bp=offer.annual_rate_bp,
            purpose=str(choice_label(application, "purpose", answers["purpose"])),
            payout_bank="",
            payout_card=str(answers["bank_card"]),
            schedule=annuity_schedule(
                offer.amount_fen,
                offer.annual_rate_bp,
                offer.term_months,
                add_months(disbursed_on, 1),
                anchor_day=disbursed_on.day,
            ),
            sandbox=settings.environment == "development",
        )
        return Inputs(offer.id, data)

    async def perform(self, work: Work, inputs: Inputs) -> bytes:
        """Typesetting is CPU work."""
        return b"" if inputs.data is None else await work.cpu(draw_contract, inputs.data, work.settings.fonts)

    async def record(self, work: Work, uow: UnitOfWork, run: StepRun, inputs: Inputs, result: bytes) -> Done:
        """Keep it, unless the offer was replaced meanwhile."""
        assert run.application_id is not None  # noqa: S101 - as above
        application = await get_application(uow, run.application_id, for_update=True)
        offer = await find_offer(uow, application.id)
        if inputs.data is not None and offer is not None and offer.id == inputs.offer_id:
            await record_drawn(uow, work.files, application, offer, result, inputs.data.number)
        return Done()


STEP = DrawContract
