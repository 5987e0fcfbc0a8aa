"""What the documents prove, held against what was answered. Pure: rows in, facts out; None is "not known".

Only a READ document is evidence. A refused, missing or poorly read one leaves facts unknown, and an unknown fact
refers the case: missing evidence never approves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from portal.db.models import DocumentState, Provenance
from portal.documents.checks import INCOME_SLOTS, Finding, cross_check, expiry, list_mismatches, monthly_income
from portal.documents.service import DocumentView
from portal.domain.identity import IdNumber, InvalidIdentity, age_on

Result = Literal["pass", "fail", "unknown"]

REQUIRED_SLOTS = ("id_front", "id_back", "income_proof")
_ADULT = 18


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the verification: a code with a sentence in portal.helpdesk.wording, never a value."""

    code: str
    result: Result


@dataclass(frozen=True, slots=True)
class Facts:
    """`verified_income_fen` is a month's, as proven; `corrected_fields` were read surely and then changed by the
    applicant; `mismatches` are the ids of the checks that failed (portal.documents.checks)."""

    birth_date: date | None
    id_checksum_valid: bool | None
    id_expires_on: date | None
    identity_matches: bool | None
    names_match: bool | None
    verified_income_fen: int | None
    corrected_fields: tuple[str, ...]
    mismatches: tuple[str, ...]
    checks: tuple[Check, ...]


def examine(documents: Mapping[str, DocumentView], answers: Mapping[str, Any], day: date) -> Facts:
    """Hold the documents against the answers, on `day` in China."""
    read = {slot: one for slot, one in documents.items() if one.state is DocumentState.READ}
    number = answers.get("id_number")
    identity = _parse(number)
    findings = cross_check(documents, answers, day)
    results = {finding.rule.id: finding.passed for finding in findings}
    matches = _all(results["id_name"], results["id_number"])
    income = _income(read, results)
    checks = (
        *(Check(f"{slot}_read", "pass" if slot in read else "unknown") for slot in REQUIRED_SLOTS),
        Check("id_checksum", "pass" if identity else "unknown" if number is None else "fail"),
        Check("identity_match", _result(matches)),
        Check("adult", _result(None if identity is None else age_on(identity.birth_date, day) >= _ADULT)),
        *(Check(finding.rule.id, _result(finding.passed)) for finding in findings if _is_told(finding)),
        Check("income_proven", "pass" if income is not None else "unknown"),
    )
    contradicted = False in (results["id_consistent"], results["id_birth_date"])
    return Facts(
        birth_date=identity.birth_date if identity else None,
        id_checksum_valid=None if number is None else identity is not None,
        id_expires_on=expiry(read),
        # A card whose own particulars contradict each other identifies nobody.
        identity_matches=False if matches and contradicted else matches,
        names_match=results["id_name"],
        verified_income_fen=income,
        corrected_fields=tuple(sorted(_corrected(read))),
        mismatches=tuple(list_mismatches(findings)),
        checks=checks,
    )


def _is_told(finding: Finding) -> bool:
    """What only a second proof, or a hint of the reader, could tell is no gap where there is none."""
    return finding.passed is not None or finding.rule.id not in ("inflows", "edited")


def _all(*facts: bool | None) -> bool | None:
    return False if False in facts else None if None in facts else True


def _parse(number: Any) -> IdNumber | None:
    try:
        return IdNumber.parse(str(number)) if number is not None else None
    except InvalidIdentity:
        return None


def _income(read: Mapping[str, DocumentView], results: Mapping[str, bool | None]) -> int | None:
    """Nothing is proven by a paper in another name, whose sums don't add up, or that is out of date."""
    if not results["proof_name"] or False in (results["proof_totals"], results["proof_recent"]):
        return None
    shown = (monthly_income(read.get(slot)) for slot in INCOME_SLOTS)
    return next((amount[1] for amount in shown if amount is not None), None)


def _corrected(documents: Mapping[str, DocumentView]) -> Iterator[str]:
    """By the applicant, unless staff found on the picture that they were right."""
    for document in documents.values():
        for name, read in document.fields.items():
            said = next(
                (turn.value for turn in reversed(read.history) if turn.provenance is Provenance.CORRECTED), None
            )
            changed = read.provenance is Provenance.CORRECTED or (said is not None and said != read.value)
            if read.level == "high" and changed and read.provenance is not Provenance.CONFIRMED:
                yield name


def _result(fact: bool | None) -> Result:
    return "unknown" if fact is None else "pass" if fact else "fail"
