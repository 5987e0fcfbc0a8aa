"""Context of the signing page."""

from dataclasses import dataclass, field

from portal.db.models import Application, Contract, ContractState, Offer
from portal.domain.identity import mask_mobile
from portal.domain.text import N_
from portal.signing.service import SigningForm


@dataclass(frozen=True, slots=True)
class SignPage:
    """`stage`: drawing (the paper is being made), ready (ask for a code), code_sent, signed."""

    title: str
    reference: str
    stage: str
    contract_number: str
    amount_fen: int
    term_months: int
    all_in_cost_bp: int
    monthly_payment_fen: int
    masked_mobile: str
    typed_name: str = ""
    typed_code: str = ""
    ticked: bool = False
    errors: dict[str, str] = field(default_factory=dict)


def sign_page(
    application: Application,
    offer: Offer,
    contract: Contract | None,
    mobile: str,
    *,
    code_sent: bool = False,
    typed: SigningForm | None = None,
    errors: dict[str, str] | None = None,
) -> SignPage:
    """The page for wherever the contract stands; `typed` is what was sent, kept but for a code that is wrong."""
    typed, errors = typed or SigningForm(), errors or {}
    if contract is None:
        stage = "drawing"
    elif contract.state is not ContractState.DRAWN:
        stage = "signed"
    else:
        stage = "code_sent" if code_sent else "ready"
    return SignPage(
        title=N_("签署合同"),
        reference=application.reference,
        stage=stage,
        contract_number=contract.number if contract else "",
        amount_fen=offer.amount_fen,
        term_months=offer.term_months,
        all_in_cost_bp=offer.all_in_cost_bp,
        monthly_payment_fen=offer.monthly_payment_fen,
        masked_mobile=mask_mobile(mobile),
        typed_name=typed.typed_name,
        typed_code="" if "code" in errors else typed.code,
        ticked=typed.read,
        errors=errors,
    )
