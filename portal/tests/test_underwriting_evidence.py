"""Documents held against answers: what is proven, what is contradicted, what stays unknown."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from portal.db.models import DocumentState, Provenance
from portal.documents.queries import level_of
from portal.documents.service import DocumentView, FieldView, ReadField, ReadingRecord
from portal.domain.clock import now
from portal.testing.cases import ANSWERS, check, fields, read_back, read_front, read_payslip
from portal.underwriting.evidence import Facts, examine

TODAY = date(2026, 11, 24)


def view(
    slot: str, reading: ReadingRecord, state: DocumentState = DocumentState.READ, **provenance: Any
) -> DocumentView:
    def field_view(name: str, read: ReadField) -> FieldView:
        return FieldView(
            read.value,
            read.confidence,
            level_of(read.confidence),
            read.page,
            read.box,
            provenance.get(name, Provenance.READ),
        )

    opened = {name: field_view(name, read) for name, read in reading.fields.items()}
    return DocumentView(uuid4(), slot, state, reading.quality, "", reading.kind, 1, now(), opened, reading.checks)


def facts(documents: Mapping[str, DocumentView | None] | None = None, **answers: Any) -> Facts:
    whole = {
        "id_front": view("id_front", read_front()),
        "id_back": view("id_back", read_back()),
        "income_proof": view("income_proof", read_payslip()),
        **(documents or {}),
    }
    known = {slot: document for slot, document in whole.items() if document is not None}
    return examine(known, {**ANSWERS, **answers}, TODAY)


def results(found: Facts) -> dict[str, str]:
    return {one.code: one.result for one in found.checks}


def test_everything_in_order() -> None:
    found = facts()
    assert set(results(found).values()) == {"pass"}
    assert found.identity_matches
    assert found.names_match
    assert found.id_checksum_valid
    assert found.birth_date == date(1990, 5, 12)
    assert found.id_expires_on == date(2041, 6, 8)
    assert found.verified_income_fen == 1_480_000
    assert found.corrected_fields == ()


@pytest.mark.parametrize("state", [DocumentState.UPLOADED, DocumentState.REFUSED])
def test_only_a_read_document_is_evidence(state: DocumentState) -> None:
    found = facts(
        {
            "id_front": view("id_front", read_front(), state),
            "id_back": view("id_back", read_back(), state),
            "income_proof": view("income_proof", read_payslip(), state),
        }
    )
    assert (found.identity_matches, found.id_expires_on, found.verified_income_fen) == (None, None, None)


def test_another_name_or_number_on_the_card() -> None:
    assert facts({"id_front": view("id_front", read_front(name="王小二"))}).identity_matches is False
    other = facts({"id_front": view("id_front", read_front(id_number="11010519491231002X"))})
    assert other.identity_matches is False
    assert other.names_match is True


def test_a_card_that_contradicts_itself_identifies_nobody() -> None:
    reading = read_front()
    spoilt = ReadingRecord(reading.kind, "ok", reading.fields, (check("id_birth_date", passed=False),), 1)
    found = facts({"id_front": view("id_front", spoilt)})
    assert found.identity_matches is False
    assert results(found)["id_consistent"] == "fail"


def test_a_wrong_check_digit_in_the_answer() -> None:
    found = facts(id_number="330100199005120241")
    assert found.id_checksum_valid is False
    assert found.birth_date is None
    assert results(found)["id_checksum"] == "fail"


@pytest.mark.parametrize(
    ("valid_to", "confidence", "expected"),
    [
        ("long_term", 0.98, date.max),
        ("2026-11-24", 0.98, date(2026, 11, 24)),
        ("2026-11-23", 0.98, date(2026, 11, 23)),
        ("2041-06-08", 0.60, None),
    ],
)
def test_expiry(valid_to: str, confidence: float, expected: date | None) -> None:
    found = facts({"id_back": view("id_back", read_back(valid_to, confidence))})
    assert found.id_expires_on == expected
    wanted = "unknown" if expected is None else "pass" if expected >= TODAY else "fail"
    assert results(found)["id_expiry"] == wanted


@pytest.mark.parametrize(
    ("kind", "values", "income"),
    [
        ("payslip", {"net_pay": "800000", "gross_pay": "1000000"}, 800_000),
        ("payslip", {"gross_pay": "1000000"}, 1_000_000),
        ("income_certificate", {"monthly_income": "900000"}, 900_000),
        ("bank_statement", {"salary_monthly": "700000", "inflow_total": "9900000"}, 700_000),
        ("bank_statement", {"inflow_total": "9900000"}, None),
        ("fund_statement", {"base": "600000"}, 600_000),
    ],
)
def test_income_by_kind_of_proof(kind: str, values: dict[str, str], income: int | None) -> None:
    reading = ReadingRecord(kind, "ok", fields(name=str(ANSWERS["name"]), **values))
    assert facts({"income_proof": view("income_proof", reading)}).verified_income_fen == income


@pytest.mark.parametrize(
    "reading",
    [
        read_payslip("王小二"),
        read_payslip(checks=(check("pay_adds_up", passed=False),)),
        read_payslip(checks=(check("recent", passed=False, severity="warning"),)),
        read_payslip(fields=fields(net_pay="800000")),
        read_payslip(fields=fields(0.6, name=str(ANSWERS["name"]), net_pay="800000")),
    ],
    ids=["another_name", "sums_wrong", "too_old", "no_name", "poorly_read"],
)
def test_income_that_is_not_proven(reading: ReadingRecord) -> None:
    found = facts({"income_proof": view("income_proof", reading)})
    assert found.verified_income_fen is None
    assert results(found)["income_proven"] == "unknown"


def test_only_sure_readings_count_as_changed() -> None:
    sure = view("id_front", read_front(), name=Provenance.CORRECTED, id_number=Provenance.CONFIRMED)
    assert facts({"id_front": sure}).corrected_fields == ("name",)
    unsure = view("id_front", read_front(confidence=0.8), name=Provenance.CORRECTED)
    assert facts({"id_front": unsure}).corrected_fields == ()
