"""From a drawn contract to a sealed one. What the borrower did is recorded here; a worker makes the signatures.

电子签名法 13: the signing act is the borrower's alone (code to their phone, own name typed), over this very paper (its
hash is in the evidence).
"""

import base64
import binascii
import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from portal.accounts.service import WrongCode, check_code, clean_code
from portal.applications.queries import read_applicant
from portal.db.models import Application, CodePurpose, Contract, ContractState, Offer
from portal.db.uow import UnitOfWork
from portal.documents.files import FileStore, put_sealed
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.errors import Conflict, Invalid
from portal.domain.events import ActorKind, EventKind
from portal.domain.identity import fold_name
from portal.domain.text import N_
from portal.domain.workflow import Step
from portal.notifications.service import notify

NOT_CONFIRMED = N_("请先阅读并确认费用明细，再签约。")
NAME_DIFFERS = N_("请输入您本人的姓名，与身份证一致。")
NOT_READ = N_("请打开合同阅读后勾选确认，再签名。")
BAD_DRAWING = N_("手写签名没有传完整，请重新签名，或只输入姓名。")
_LARGEST_DRAWING = 512 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class SigningForm:
    """What the borrower sent: `drawing` is a `data:image/png;base64,…` address or empty."""

    typed_name: str = ""
    drawing: str = ""
    code: str = ""
    read: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """Evidence of the act, sealed with the contract. `drawing` is base64 PNG or None; `at` is ISO 8601."""

    typed_name: str
    drawing: str | None
    code_id: str
    session_mark: str
    ip: str
    at: str
    document_sha256: str
    offer_id: str
    cost_confirmed_at: str

    def evidence_sha256(self) -> str:
        """Hash of the canonical evidence, carried in the one-time certificate."""
        return sha256(json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def signature_place(contract_id: UUID) -> str:
    """Where the evidence is sealed."""
    return f"contract.signature.{contract_id}"


async def record_drawn(
    uow: UnitOfWork, files: FileStore, application: Application, offer: Offer, pdf: bytes, number: str
) -> Contract:
    """Keep the drawn paper and tell the borrower that it is there."""
    contract_id = uuid4()
    contract = Contract(
        id=contract_id,
        application_id=application.id,
        offer_id=offer.id,
        number=number,
        drawn_key=f"contracts/{contract_id}/drawn.pdf",
        drawn_sha256=sha256(pdf).hexdigest(),
    )
    await put_sealed(uow, files, application.applicant_id, contract.drawn_key, pdf)
    uow.session.add(contract)
    await uow.append(application.id, EventKind.CONTRACT_DRAWN, contract=str(contract.id))
    await notify(uow, "contract_ready", application=application, data={})
    return contract


async def sign(
    uow: UnitOfWork,
    application: Application,
    offer: Offer,
    contract: Contract,
    form: SigningForm,
    *,
    session_id: str,
    ip: str,
) -> None:
    """The borrower's act: raises Invalid (also WrongCode, whose try is spent) and Conflict; twice is once."""
    if contract.state is not ContractState.DRAWN:
        return
    if application.state is not ApplicationState.APPROVED or offer.expires_at <= now():
        raise Conflict
    if offer.cost_confirmed_at is None:
        raise Conflict(NOT_CONFIRMED)
    applicant = await read_applicant(uow, application)
    drawing = _check_form(form, applicant.name)
    code = await check_code(uow, applicant.mobile, CodePurpose.SIGN_CONTRACT, form.code, scope=str(contract.id))
    signed_at = now()
    evidence = Signature(
        typed_name=applicant.name or "",
        drawing=drawing,
        code_id=str(code.id),
        session_mark=sha256(session_id.encode()).hexdigest()[:16],
        ip=ip,
        at=signed_at.isoformat(),
        document_sha256=contract.drawn_sha256,
        offer_id=str(offer.id),
        cost_confirmed_at=offer.cost_confirmed_at.isoformat(),
    )
    cipher = await uow.cipher(application.applicant_id)
    contract.signature = cipher.seal(signature_place(contract.id), json.dumps(asdict(evidence), ensure_ascii=False))
    contract.signed_at = signed_at
    contract.state = ContractState.SIGNED
    uow.session.add(contract)
    await uow.change_state(application, ApplicationState.SIGNED)
    await uow.append(
        application.id,
        EventKind.CONTRACT_SIGNED,
        actor=application.applicant_id,
        actor_kind=ActorKind.APPLICANT,
        contract=str(contract.id),
    )
    await uow.make_due(Step.SEAL_CONTRACT, application.id, subject_id=contract.id)


def _check_form(form: SigningForm, name: str | None) -> str | None:
    """The drawing; raises Invalid with everything that is wrong at once. No try of the code is spent before that."""
    errors: dict[str, str] = {}
    drawing = None
    if not form.read:
        errors["read"] = NOT_READ
    try:
        drawing = _drawing(form.drawing)
    except Invalid as invalid:
        errors |= invalid.fields
    if not name or fold_name(form.typed_name) != fold_name(name):
        errors["typed_name"] = NAME_DIFFERS
    try:
        clean_code(form.code)
    except WrongCode as wrong:
        errors |= wrong.fields
    if errors:
        raise Invalid(errors)
    return drawing


def _drawing(address: str) -> str | None:
    """Base64 of a PNG of modest size, or None when nothing was drawn."""
    if not address:
        return None
    head, _, body = address.partition(",")
    try:
        picture = base64.b64decode(body, validate=True)
    except binascii.Error:
        raise Invalid({"typed_name": BAD_DRAWING}) from None
    if head != "data:image/png;base64" or not picture.startswith(_PNG) or len(picture) > _LARGEST_DRAWING:
        raise Invalid({"typed_name": BAD_DRAWING})
    return body


async def open_signature(uow: UnitOfWork, application: Application, contract: Contract) -> Signature:
    """The evidence, for the worker that makes the signatures."""
    cipher = await uow.cipher(application.applicant_id)
    stored: dict[str, Any] = json.loads(cipher.open(signature_place(contract.id), contract.signature or b""))
    return Signature(**stored)


async def record_sealed(
    uow: UnitOfWork, files: FileStore, application: Application, contract: Contract, pdf: bytes, digest: str
) -> None:
    """Keep the sealed paper; from here on it is what is downloaded."""
    contract.sealed_key = f"contracts/{contract.id}/sealed.pdf"
    contract.sealed_sha256 = digest
    contract.sealed_at = now()
    contract.state = ContractState.SEALED
    await put_sealed(uow, files, application.applicant_id, contract.sealed_key, pdf)
    uow.session.add(contract)
    await uow.append(application.id, EventKind.CONTRACT_SEALED, contract=str(contract.id), sha256=digest)
    await notify(uow, "contract_sealed", application=application, data={})
