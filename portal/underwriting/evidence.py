"""What the documents prove, held against what was answered. Pure: rows in, facts out; None is "not known".

Only a READ document is evidence. A refused, missing or poorly read one leaves facts unknown, and an unknown fact
refers the case: missing evidence never approves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from portal.db.models import DocumentState, Provenance
from portal.documents.service import DocumentView, FieldView
from portal.domain.identity import IdNumber, InvalidIdentity, age_on

Result = Literal["pass", "fail", "unknown"]

REQUIRED_SLOTS = ("id_front", "id_back", "income_proof")
LONG_TERM = "long_term"
_FOR_EVER = date.max
_ADULT = 18

# What of each kind is the monthly income after tax, the best first: the instalment is paid from it.
_INCOME = {
    "payslip": ("net_pay", "gross_pay"),
    "income_certificate": ("monthly_income",),
    "bank_statement": ("salary_monthly",),
    "fund_statement": ("base",),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the verification: a code with a sentence in portal.progress.wording, never a value."""

    code: str
    result: Result


@dataclass(frozen=True, slots=True)
class Facts:
    """`verified_income_fen` is a month's, as proven; `corrected_fields` were read surely and then changed."""

    birth_date: date | None
    id_checksum_valid: bool | None
    id_expires_on: date | None
    identity_matches: bool | None
    names_match: bool | None
    verified_income_fen: int | None
    corrected_fields: tuple[str, ...]
    checks: tuple[Check, ...]


def examine(documents: Mapping[str, DocumentView], answers: Mapping[str, Any], day: date) -> Facts:
    """Hold the documents against the answers, on `day` in China."""
    read = {slot: one for slot, one in documents.items() if one.state is DocumentState.READ}
    name, number = answers.get("name"), answers.get("id_number")
    identity = _parse(number)
    front = read.get("id_front")
    names_match = _same(front, "name", name)
    numbers_match = _same(front, "id_number", number)
    expires_on = _expiry(read.get("id_back"))
    proof = read.get("income_proof")
    income_name = _same(proof, "name", name)
    income = _income(proof) if income_name else None
    matches = None if names_match is None or numbers_match is None else names_match and numbers_match
    checks = (
        *(Check(f"{slot}_read", "pass" if slot in read else "unknown") for slot in REQUIRED_SLOTS),
        Check("id_checksum", "pass" if identity else "unknown" if number is None else "fail"),
        Check("id_consistent", _passed(front)),
        Check("identity_match", _result(matches)),
        Check("id_expiry", _result(None if expires_on is None else expires_on >= day)),
        Check("adult", _result(None if identity is None else age_on(identity.birth_date, day) >= _ADULT)),
        Check("income_name", _result(income_name)),
        Check("income_proven", "pass" if income is not None else "unknown"),
    )
    return Facts(
        birth_date=identity.birth_date if identity else None,
        id_checksum_valid=None if number is None else identity is not None,
        id_expires_on=expires_on,
        # A card whose own particulars contradict each other identifies nobody.
        identity_matches=False if matches and _passed(front) == "fail" else matches,
        names_match=names_match,
        verified_income_fen=income,
        corrected_fields=tuple(sorted(_corrected(read))),
        checks=checks,
    )


def _parse(number: Any) -> IdNumber | None:
    try:
        return IdNumber.parse(str(number)) if number is not None else None
    except InvalidIdentity:
        return None


def _same(document: DocumentView | None, name: str, answer: Any) -> bool | None:
    read = document.fields.get(name) if document else None
    return None if read is None or answer is None else read.value == answer


def _sure(document: DocumentView | None, name: str) -> FieldView | None:
    """The field, unless it was read so poorly that nothing may rest on it."""
    read = document.fields.get(name) if document else None
    return read if read is not None and read.level != "low" else None


def _expiry(back: DocumentView | None) -> date | None:
    end = _sure(back, "valid_to")
    if end is None:
        return None
    return _FOR_EVER if end.value == LONG_TERM else date.fromisoformat(end.value)


def _income(proof: DocumentView | None) -> int | None:
    """Nothing is proven by a paper whose sums don't add up or that is out of date."""
    if proof is None or any(not check["passed"] for check in proof.checks if _counts(check)):
        return None
    amounts = (_sure(proof, name) for name in _INCOME.get(proof.kind or "", ()))
    return next((int(amount.value) for amount in amounts if amount is not None), None)


def _counts(check: Mapping[str, Any]) -> bool:
    return bool(check["severity"] == "error" or check["id"] == "recent")


def _passed(document: DocumentView | None) -> Result:
    """The reader's own rules on one document, the serious ones."""
    if document is None:
        return "unknown"
    return "fail" if any(not check["passed"] for check in document.checks if check["severity"] == "error") else "pass"


def _corrected(documents: Mapping[str, DocumentView]) -> Iterator[str]:
    changed = (Provenance.CORRECTED, Provenance.STAFF_CORRECTED)
    for document in documents.values():
        for name, read in document.fields.items():
            if read.level == "high" and read.provenance in changed:
                yield name


def _result(fact: bool | None) -> Result:
    return "unknown" if fact is None else "pass" if fact else "fail"
