"""After the borrower signed: their signature under a one-time key and the seal over it, checked before it is kept."""

from binascii import a2b_base64
from dataclasses import dataclass
from uuid import UUID

from portal.applications.queries import get_application
from portal.db.models import Contract, ContractState, StepRun
from portal.db.uow import UnitOfWork
from portal.documents.files import get_sealed
from portal.signing.service import open_signature, record_sealed
from workers.job import Done, Procedure, StepFailed
from workers.signing.appearance import InvalidDrawing
from workers.signing.pki import Pki
from workers.signing.seal import SealedContract, SignerEvidence, sign_and_seal
from workers.signing.verify import verify
from workers.work import Work


@dataclass(frozen=True, slots=True)
class Inputs:
    """The drawn paper and the evidence; `pdf` is empty when the contract was sealed already."""

    contract_id: UUID
    pdf: bytes
    signer: SignerEvidence | None


class SealContract(Procedure):
    """signed → sealed."""

    async def load(self, work: Work, uow: UnitOfWork, run: StepRun) -> Inputs:
        """The paper as drawn, and what the borrower did."""
        assert run.application_id is not None  # noqa: S101 - every pipeline step belongs to an application
        application = await get_application(uow, run.application_id)
        contract = await uow.session.get(Contract, run.subject_id)
        if contract is None or contract.application_id != application.id or contract.signature is None:
            raise StepFailed("not_signed")
        if contract.state is ContractState.SEALED:
            return Inputs(contract.id, b"", None)
        evidence = await open_signature(uow, application, contract)
        drawing = a2b_base64(evidence.drawing) if evidence.drawing else None
        signer = SignerEvidence(evidence.typed_name, evidence.evidence_sha256(), drawing)
        pdf = await get_sealed(uow, work.files, application.applicant_id, contract.drawn_key)
        return Inputs(contract.id, pdf, signer)

    async def perform(self, work: Work, inputs: Inputs) -> SealedContract | None:
        """Sign, seal, and look at the result as a stranger would."""
        if inputs.signer is None:
            return None
        name, fonts = work.settings.lender_name, work.settings.fonts
        pki = Pki.load_or_create(work.settings.home / "pki", name)
        try:
            made = await work.cpu(sign_and_seal, inputs.pdf, inputs.signer, name, pki, fonts)
        except InvalidDrawing:
            # A drawing that can't be printed is no reason to ask again: the typed name stands for it (电子签名法 3).
            bare = SignerEvidence(inputs.signer.name, inputs.signer.evidence_sha256)
            made = await work.cpu(sign_and_seal, inputs.pdf, bare, name, pki, fonts)
        if not (await work.cpu(verify, made.pdf, pki.trust_roots)).sound:
            raise StepFailed("seal_unsound")
        return made

    async def record(
        self, work: Work, uow: UnitOfWork, run: StepRun, inputs: Inputs, result: SealedContract | None
    ) -> Done:
        """The sealed paper replaces the drawn one."""
        assert run.application_id is not None  # noqa: S101 - as above
        if result is not None:
            application = await get_application(uow, run.application_id, for_update=True)
            contract = await uow.session.get_one(Contract, inputs.contract_id)
            await record_sealed(uow, work.files, application, contract, result.pdf, result.sha256)
        return Done()


STEP = SealContract
