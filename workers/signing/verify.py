"""Is this the contract as both parties signed it? The public verify page asks here."""

import io
import logging
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from asn1crypto import cms
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from workers.signing.seal import BORROWER_FIELD, LENDER_FIELD, read_certificate

# The difference analysis logs what it finds changed in words of the file: personal data, or an attacker's.
logging.getLogger("pyhanko.sign.diff_analysis").setLevel(logging.CRITICAL)

# A damaged or hostile file can trip the parsers anywhere; these are what they were seen to raise.
_PARSER_ERRORS = (
    PdfError, PathError, ValidationError, ValueError, TypeError, LookupError, AttributeError, AssertionError,
    ArithmeticError, RecursionError, NotImplementedError, OSError, EOFError, struct.error, zlib.error,
)  # fmt: skip


class Finding(StrEnum):
    """The one sentence a verification comes down to."""

    SOUND = "sound"
    NOT_A_CONTRACT = "not_a_contract"
    MODIFIED = "modified"
    UNTRUSTED = "untrusted"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: the certificate's name (masked for a borrower), the claimed time, and whether it holds."""

    field: str
    name: str
    evidence_sha256: str | None
    signed_at: datetime | None
    sound: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found; `sound` alone says whether to rely on the paper."""

    finding: Finding
    signatures: tuple[Signature, ...] = ()

    @property
    def sound(self) -> bool:
        """The contract is complete, unchanged, and signed by both under the trusted roots."""
        return self.finding is Finding.SOUND


def verify(pdf: bytes, trust_roots: Sequence[bytes]) -> Verification:
    """Judge a sealed contract against root certificates (PEM); never raises on a bad file.

    Sound means: exactly the borrower's and then the lender's signature; each with pyHanko's `bottom_line` (its
    `valid` stays True on a changed file); the seal covers the file to its last byte; the seal's certificate
    comes from a root itself, the borrower's through the one-time CA. Both are judged at the time the seal states,
    for one-time certificates live minutes; until a time-stamp is added that time is the lender's word.
    """
    try:
        # Strict by default: a damaged cross-reference is an error, never repaired.
        embedded = list(PdfFileReader(io.BytesIO(pdf)).embedded_signatures)
        if [item.field_name for item in embedded] != [BORROWER_FIELD, LENDER_FIELD]:
            return Verification(Finding.MODIFIED if embedded else Finding.NOT_A_CONTRACT)
        if not _seal_is_exact(pdf, embedded[1]):
            return Verification(Finding.MODIFIED)
        return _judge(embedded[0], embedded[1], trust_roots)
    except _PARSER_ERRORS:
        return Verification(Finding.MODIFIED if b"/ETSI.CAdES.detached" in pdf else Finding.NOT_A_CONTRACT)


def _seal_is_exact(pdf: bytes, lender: EmbeddedPdfSignature) -> bool:
    # No signature covers the bytes of the last signature itself, so they must be written in the one way pyHanko
    # writes them: upper-case DER, zeros up to the end, and the fields the signature does not bind as expected.
    start, end = int(lender.byte_range[1]), int(lender.byte_range[2])
    container = cms.ContentInfo.load(lender.pkcs7_content)
    written = b"<" + container.dump(force=True).hex().upper().encode()
    signed = container["content"]
    return (
        pdf[start:end] == written.ljust(end - start - 1, b"0") + b">"
        and [signed["version"].native, lender.signer_info["version"].native] == ["v1", "v1"]
        and [item.native["algorithm"] for item in signed["digest_algorithms"]] == ["sha256"]
    )


def _judge(borrower: EmbeddedPdfSignature, lender: EmbeddedPdfSignature, trust_roots: Sequence[bytes]) -> Verification:
    roots = [read_certificate(root) for root in trust_roots]
    sealed_at = lender.self_reported_timestamp
    if sealed_at is None:
        return Verification(Finding.MODIFIED)
    statuses: list[PdfSignatureStatus] = [
        validate_pdf_signature(item, ValidationContext(trust_roots=roots, moment=sealed_at))
        for item in (borrower, lender)
    ]
    names = {root.subject.hashable for root in roots}
    right_issuer = [
        borrower.signer_cert.issuer.hashable not in names,
        lender.signer_cert.issuer.hashable in names,
    ]
    signatures = tuple(
        _signature(item, sound=status.bottom_line and issued)
        for item, status, issued in zip((borrower, lender), statuses, right_issuer, strict=True)
    )
    unchanged = (
        all(status.intact and status.valid and status.docmdp_ok for status in statuses)
        and statuses[0].coverage == SignatureCoverageLevel.ENTIRE_REVISION
        and statuses[1].coverage == SignatureCoverageLevel.ENTIRE_FILE
    )
    if not unchanged:
        return Verification(Finding.MODIFIED, signatures)
    sound = all(signature.sound for signature in signatures)
    return Verification(Finding.SOUND if sound else Finding.UNTRUSTED, signatures)


def _signature(item: EmbeddedPdfSignature, *, sound: bool) -> Signature:
    subject = item.signer_cert.subject.native
    return Signature(
        field=item.field_name,
        name=subject.get("common_name", ""),
        evidence_sha256=subject.get("serial_number"),
        signed_at=item.self_reported_timestamp,
        sound=sound,
    )
