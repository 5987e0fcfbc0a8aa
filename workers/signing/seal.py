"""Signing a contract: the borrower under a one-time key, then the lender's seal over both (PAdES B-B).

A reliable electronic signature (电子签名法 13) is its owner's alone, under their sole control when signing, and shows
any later change of the signature or of the paper. So: one key for one signature, used at once and never stored; the
caller releases it only after the borrower's OTP. Functions are synchronous and top-level, to run in a process pool.
"""

import hashlib
import io
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from portal.domain.clock import now
from portal.domain.identity import mask_name
from workers.signing.appearance import borrower_style, lender_style
from workers.signing.contract import BORROWER_BOX, LENDER_BOX
from workers.signing.pki import Pki

BORROWER_FIELD, LENDER_FIELD = "Borrower", "Lender"


@dataclass(frozen=True, slots=True)
class SignerEvidence:
    """Who signs and what proves it.

    `evidence_sha256` (64 hex digits) is the hash of the evidence pack: OTP, device, consents, the unsigned paper.
    `drawing` is the hand-drawn signature as PNG; without one the typed name stands for it. ValueError for no hash.
    """

    name: str = field(repr=False)
    evidence_sha256: str
    drawing: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse a signature without evidence."""
        if not re.fullmatch(r"[0-9a-f]{64}", self.evidence_sha256):
            raise ValueError("the evidence hash is 64 lower-case hex digits")


@dataclass(frozen=True, slots=True)
class SealedContract:
    """The finished contract; `sha256` is of `pdf`, `document_sha256` of the unsigned paper that was given."""

    pdf: bytes = field(repr=False)
    sha256: str
    document_sha256: str
    signer_certificate: bytes = field(repr=False)
    signed_at: datetime
    sealed_at: datetime


def sign_and_seal(pdf: bytes, signer: SignerEvidence, lender_name: str, pki: Pki, fonts: Path) -> SealedContract:
    """Both signatures on a contract drawn by `draw_contract`, in their places on its last page.

    The borrower's signature certifies the paper: only the seal may follow. InvalidDrawing for a drawn signature
    that is none; pyHanko's PdfError or SigningError for a paper that is no PDF or was already signed.
    """
    signed_at = now()
    key, certificate = pki.issue_one_time(mask_name(signer.name), signer.evidence_sha256)
    signed = _sign(
        _with_fields(pdf),
        _signer(key, certificate, pki.signer_ca_certificate),
        PdfSignatureMetadata(
            field_name=BORROWER_FIELD,
            subfilter=SigSeedSubFilter.PADES,
            md_algorithm="sha256",
            certify=True,
            docmdp_permissions=MDPPerm.FILL_FORMS,
            reason="签署个人消费借款合同",
        ),
        borrower_style(signer.name, signer.drawing, signer.evidence_sha256, signed_at, fonts),
    )
    sealed_at = now()
    sealed = _sign(
        signed,
        _signer(pki.seal_key, pki.seal_certificate),
        PdfSignatureMetadata(
            field_name=LENDER_FIELD,
            subfilter=SigSeedSubFilter.PADES,
            md_algorithm="sha256",
            reason="加盖电子合同专用章",
        ),
        lender_style(lender_name, sealed_at, fonts),
    )
    return SealedContract(
        pdf=sealed,
        sha256=hashlib.sha256(sealed).hexdigest(),
        document_sha256=hashlib.sha256(pdf).hexdigest(),
        signer_certificate=certificate,
        signed_at=signed_at,
        sealed_at=sealed_at,
    )


def read_certificate(certificate_pem: bytes) -> asn1_x509.Certificate:
    """A PEM certificate in the form pyHanko works with."""
    return asn1_x509.Certificate.load(pem.unarmor(certificate_pem)[2])


def _with_fields(pdf: bytes) -> bytes:
    # Both fields exist before the first signature, so that the second one only fills in a form.
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    for name, label, box in (
        (BORROWER_FIELD, "借款人电子签名", BORROWER_BOX),
        (LENDER_FIELD, "贷款人电子合同专用章", LENDER_BOX),
    ):
        spec = SigFieldSpec(name, on_page=-1, box=box, readable_field_name=label)
        append_signature_field(writer, spec)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def _sign(pdf: bytes, signer: SimpleSigner, metadata: PdfSignatureMetadata, style: StaticStampStyle) -> bytes:
    made = io.BytesIO()
    pdf_signer = PdfSigner(metadata, signer, stamp_style=style)
    pdf_signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), existing_fields_only=True, output=made)
    return made.getvalue()


def _signer(key_pem: bytes, certificate_pem: bytes, *chain: bytes) -> SimpleSigner:
    known = SimpleCertificateStore()
    known.register_multiple(read_certificate(item) for item in chain)
    return SimpleSigner(
        signing_cert=read_certificate(certificate_pem),
        signing_key=asn1_keys.PrivateKeyInfo.load(pem.unarmor(key_pem)[2]),
        cert_registry=known,
        embed_roots=False,
    )
