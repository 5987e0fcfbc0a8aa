"""Decision, reasons, human review, withdrawal, cost statement."""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.applications.queries import get_owned_application
from portal.applications.service import withdraw
from portal.db.models import Application, Offer
from portal.db.uow import UnitOfWork
from portal.domain.application import UNDECIDED, ApplicationState
from portal.domain.errors import Invalid, NotFound
from portal.offers.pages import SHOWN, Told, WithdrawPage, decision_page, offer_page
from portal.offers.queries import find_decision, find_offer
from portal.offers.service import confirm_cost_statement, show_cost_statement
from portal.underwriting.findings import read_hints, read_reasons
from portal.underwriting.service import request_review
from portal.web.auth import Visitor
from portal.web.forms import read_fields
from portal.web.templating import Page, redirect, render

# While it is reviewed or after it was withdrawn there is nothing to read, and no clock to start.
_OFFERED = frozenset({ApplicationState.APPROVED, ApplicationState.SIGNED, ApplicationState.DISBURSED})


class OfferController(Controller):
    """What was decided and what is offered."""

    path = "/applications/{reference:str}"

    @get("/decision")
    async def show_decision(
        self, reference: FromPath[str], uow: NamedDependency[UnitOfWork], visitor: NamedDependency[Visitor]
    ) -> Page:
        """All three outcomes; 404 while there is none."""
        return await _decision(uow, visitor, reference, explained=False)

    @get("/decision/explanation")
    async def explain(
        self, reference: FromPath[str], uow: NamedDependency[UnitOfWork], visitor: NamedDependency[Visitor]
    ) -> Page:
        """请说明原因 (PIPL 24): how the decision was made, and from what."""
        return await _decision(uow, visitor, reference, explained=True)

    @post("/review")
    async def ask_for_review(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """申请人工复核 (PIPL 24): a person decides again."""
        application = await get_owned_application(uow, reference, visitor.require_applicant(), for_update=True)
        await request_review(uow, application)
        return redirect(request, f"/applications/{reference}/progress")

    @get("/withdraw")
    async def ask_to_give_up(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Asks once more, while nothing is decided; afterwards the decision's own page does."""
        application = await get_owned_application(uow, reference, visitor.require_applicant())
        if application.state not in UNDECIDED:
            return redirect(request, f"/applications/{reference}/progress")
        return render("offers/withdraw.html", WithdrawPage(reference))

    @post("/withdraw")
    async def give_up(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """The applicant no longer wants it."""
        application = await get_owned_application(uow, reference, visitor.require_applicant(), for_update=True)
        await withdraw(uow, application)
        return redirect(request, f"/applications/{reference}/progress")

    @get("/offer")
    async def show_offer(
        self, reference: FromPath[str], uow: NamedDependency[UnitOfWork], visitor: NamedDependency[Visitor]
    ) -> Page:
        """The cost statement; starts the reading clock."""
        application, offer = await _offered(uow, visitor, reference)
        await show_cost_statement(uow, application, offer)
        return render("offers/offer.html", offer_page(application, offer))

    @post("/offer", status_code=200)
    async def confirm_offer(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """On to the signature, once it was read."""
        application, offer = await _offered(uow, visitor, reference)
        ticked = (await read_fields(request)).get("read") == "yes"
        try:
            await confirm_cost_statement(uow, application, offer, ticked=ticked)
        except Invalid as invalid:
            return render("offers/offer.html", offer_page(application, offer, invalid.fields), invalid.status)
        return redirect(request, f"/applications/{reference}/sign")


async def _decision(uow: UnitOfWork, visitor: Visitor, reference: str, *, explained: bool) -> Page:
    application = await get_owned_application(uow, reference, visitor.require_applicant())
    decision = await find_decision(uow, application.id)
    if decision is None or application.state not in SHOWN:
        raise NotFound
    offer = await find_offer(uow, application.id)
    told = Told(await read_reasons(uow, application, decision), await read_hints(uow, application, decision))
    page = decision_page(application, decision, told, offer, language=visitor.language, explained=explained)
    return render("offers/decision.html", page)


async def _offered(uow: UnitOfWork, visitor: Visitor, reference: str) -> tuple[Application, Offer]:
    application = await get_owned_application(uow, reference, visitor.require_applicant(), for_update=True)
    offer = await find_offer(uow, application.id, for_update=True)
    if offer is None or application.state not in _OFFERED:
        raise NotFound
    return application, offer


CONTROLLERS = (OfferController,)
