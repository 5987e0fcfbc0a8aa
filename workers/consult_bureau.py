"""Asking the credit bureau: one authorisation, one query, whatever dies in between.

The intent and the consumed authorisation are one transaction before the call; the intent's id is the call's
idempotency key, so a repeated call is the same query. Without an authorisation nothing is asked, no report exists,
and the decision refers the case.
"""

from typing import Any

from portal.db.models import StepRun
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState
from portal.underwriting.service import InquiryOrder, order_inquiry, record_bureau_report
from workers.bureau.client import AuthorisationProof
from workers.case import get_case
from workers.job import Done, Park, Procedure, StepFailed
from workers.outside import OutsideRefused, OutsideUnavailable
from workers.work import Work

NO_AUTHORISATION = "no_authorisation"
_AUTHORISATION_REFUSED = 403


class ConsultBureau(Procedure):
    """Inputs are the order, None when nothing may be asked; the result is the report."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> InquiryOrder | None:
        """Consume the authorisation and write the intent, or find the one of an earlier try."""
        application = await get_case(uow, run, for_update=True)
        if application.state is not ApplicationState.SUBMITTED:
            return None
        return await order_inquiry(uow, application, work.settings.lender_name)

    async def perform(self, work: Work, inputs: InquiryOrder | None) -> dict[str, Any] | None:
        """Ask, unless the report is here already. An outage parks the step; it resumes by itself."""
        if inputs is None or inputs.answered:
            return None
        proof = AuthorisationProof(inputs.consent_id, inputs.text_hash, inputs.signed_at, inputs.expires_at)
        try:
            return await work.bureau.query(
                id_number=inputs.id_number, name=inputs.name, authorisation=proof, idempotency_key=str(inputs.id)
            )
        except OutsideUnavailable as error:
            raise Park("bureau_unavailable", error.retry_after) from None
        except OutsideRefused as error:
            if error.answer_status == _AUTHORISATION_REFUSED and error.reason.startswith("authorisation"):
                return None
            # A wrong key or address of ours: no retry mends it, staff restart the step when it is mended.
            raise StepFailed("bureau_refused") from None

    async def record(
        self, work: Work, uow: UnitOfWork, run: StepRun, inputs: InquiryOrder | None, result: dict[str, Any] | None
    ) -> Done:
        """The sealed report, or the fact that nothing was asked."""
        if inputs is not None and result is not None:
            await record_bureau_report(uow, inputs.id, result)
        known = result is not None or (inputs is not None and inputs.answered)
        return Done({"result": "received" if known else NO_AUTHORISATION})


STEP = ConsultBureau
