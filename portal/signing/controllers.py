"""Reading, signing and downloading the contract."""

from dataclasses import dataclass
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.accounts.service import issue_code
from portal.applications.queries import get_owned_application, read_applicant
from portal.db.models import Application, CodePurpose, Contract, ContractState, Offer
from portal.db.uow import UnitOfWork
from portal.documents.files import FileStore, get_sealed
from portal.domain.application import ApplicationState
from portal.domain.errors import Invalid, NotFound
from portal.offers.queries import find_offer
from portal.signing.pages import sign_page
from portal.signing.queries import find_contract
from portal.signing.service import SigningForm, sign
from portal.web.auth import Visitor
from portal.web.forms import read_fields
from portal.web.templating import Page, redirect, render

_STATES = (ApplicationState.APPROVED, ApplicationState.SIGNED, ApplicationState.DISBURSED)


@dataclass(frozen=True, slots=True)
class Case:
    """What every handler here needs."""

    application: Application
    offer: Offer
    contract: Contract | None
    mobile: str

    @property
    def address(self) -> str:
        """Where the application's pages live."""
        return f"/applications/{self.application.reference}"


class SigningController(Controller):
    """The borrower's side of the contract."""

    path = "/applications/{reference:str}"

    @get("/sign")
    async def show(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """The contract and the way to sign it; first the costs have to be confirmed."""
        case = await _case(uow, visitor, reference)
        if case.offer.cost_confirmed_at is None:
            return redirect(request, f"{case.address}/offer")
        return _page(case)

    @post("/sign/code", status_code=200)
    async def send_code(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """A code to the borrower's phone, good for this contract only; none before the costs were confirmed."""
        case = await _case(uow, visitor, reference)
        if case.contract is None:
            raise NotFound
        if case.offer.cost_confirmed_at is None or case.contract.state is not ContractState.DRAWN:
            return redirect(request, f"{case.address}/sign")
        await issue_code(uow, case.mobile, CodePurpose.SIGN_CONTRACT, scope=str(case.contract.id))
        return _page(case, code_sent=True)

    @post("/sign", status_code=200)
    async def sign(
        self,
        request: Request[Any, Any, Any],
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Name, code and a tick: signed. A wrong code spends its try, so it is answered, not raised."""
        case = await _case(uow, visitor, reference)
        if case.contract is None:
            raise NotFound
        form = await _form(request)
        session = visitor.session_id or ""
        try:
            await sign(uow, case.application, case.offer, case.contract, form, session_id=session, ip=visitor.ip)
        except Invalid as invalid:
            return _page(case, code_sent=True, typed=form, errors=invalid.fields)
        return redirect(request, f"{case.address}/progress")

    @get("/contract.pdf")
    async def download(
        self,
        reference: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        visitor: NamedDependency[Visitor],
        files: NamedDependency[FileStore],
    ) -> Response[bytes]:
        """The sealed contract, or the drawn one until it is sealed."""
        application = await get_owned_application(uow, reference, visitor.require_applicant())
        contract = await find_contract(uow, application.id)
        if contract is None:
            raise NotFound
        key = contract.sealed_key or contract.drawn_key
        pdf = await get_sealed(uow, files, application.applicant_id, key)
        headers = {"Content-Disposition": f'inline; filename="{contract.number}.pdf"', "Cache-Control": "no-store"}
        return Response(pdf, media_type="application/pdf", headers=headers)


async def _case(uow: UnitOfWork, visitor: Visitor, reference: str) -> Case:
    application = await get_owned_application(uow, reference, visitor.require_applicant(), for_update=True)
    offer = await find_offer(uow, application.id)
    if offer is None or application.state not in _STATES:
        raise NotFound
    contract = await find_contract(uow, application.id, for_update=True)
    if contract is not None and contract.offer_id != offer.id:
        contract = None  # drawn for an offer that a later decision replaced
    return Case(application, offer, contract, (await read_applicant(uow, application)).mobile)


async def _form(request: Request[Any, Any, Any]) -> SigningForm:
    fields = await read_fields(request)
    return SigningForm(
        typed_name=fields.get("typed_name", ""),
        drawing=fields.get("signature_image", ""),
        code=fields.get("code", ""),
        read=fields.get("read") == "yes",
    )


def _page(
    case: Case, *, code_sent: bool = False, typed: SigningForm | None = None, errors: dict[str, str] | None = None
) -> Page:
    page = sign_page(
        case.application,
        case.offer,
        case.contract,
        case.mobile,
        code_sent=code_sent,
        typed=typed,
        errors=errors,
    )
    return render("signing/sign.html", page, 422 if errors else 200)


CONTROLLERS = (SigningController,)
