"""The repayment schedule."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.applications.queries import get_owned_application, read_answers
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState
from portal.domain.errors import NotFound
from portal.offers.queries import find_offer
from portal.servicing.pages import schedule_page
from portal.servicing.queries import find_payout, list_installments
from portal.web.auth import Visitor
from portal.web.templating import Page, render


class ServicingController(Controller):
    """After disbursement."""

    path = "/applications/{reference:str}"

    @get("/schedule")
    async def show_schedule(
        self, reference: FromPath[str], uow: NamedDependency[UnitOfWork], visitor: NamedDependency[Visitor]
    ) -> Page:
        """What is due when; 404 before the loan is disbursed."""
        application = await get_owned_application(uow, reference, visitor.require_applicant())
        payout = await find_payout(uow, application.id)
        offer = await find_offer(uow, application.id)
        if application.state is not ApplicationState.DISBURSED or payout is None or offer is None:
            raise NotFound
        card = str((await read_answers(uow, application)).get("bank_card", ""))
        rows = await list_installments(uow, application.id)
        return render("servicing/schedule.html", schedule_page(application, offer, payout, rows, card[-4:]))


CONTROLLERS = (ServicingController,)
