"""What papers and answers say about each other."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from portal.db.models import Provenance
from portal.documents.checks import Finding, cross_check, same_employer, same_name
from portal.documents.service import DocumentView, ReadingRecord
from portal.testing.cases import ANSWERS, NAME, check, fields, read_back, read_front, read_payslip
from portal.tests.test_underwriting_evidence import view

TODAY = date(2026, 11, 24)


def found(documents: Mapping[str, DocumentView] | None = None, **answers: Any) -> dict[str, Finding]:
    whole = {
        "id_front": view("id_front", read_front()),
        "id_back": view("id_back", read_back()),
        "income_proof": view("income_proof", read_payslip()),
        **(documents or {}),
    }
    return {finding.rule.id: finding for finding in cross_check(whole, {**ANSWERS, **answers}, TODAY)}


def failed(findings: Mapping[str, Finding]) -> set[str]:
    return {name for name, finding in findings.items() if finding.passed is False}


def statement(monthly: int, name: str = NAME) -> DocumentView:
    return view("income_extra", ReadingRecord("bank_statement", "ok", fields(name=name, salary_monthly=str(monthly))))


def test_papers_that_agree() -> None:
    assert failed(found({"income_extra": statement(1_450_000)})) == set()


@pytest.mark.parametrize(
    ("documents", "answers", "expected"),
    [
        ({}, {"name": "王小二"}, {"id_name", "proof_name"}),
        ({"id_front": view("id_front", read_front(id_number="11010519491231002X"))}, {}, {"id_number"}),
        ({}, {"id_number": "11010519491231002X"}, {"id_number", "id_birth_date"}),
        ({"id_back": view("id_back", read_back("2026-11-23"))}, {}, {"id_expiry"}),
        ({"income_proof": view("income_proof", read_payslip("王小二"))}, {}, {"proof_name"}),
        ({"income_extra": statement(1_450_000, "王小二")}, {}, {"proof_name"}),
        ({}, {"employer": "上海远大商贸有限公司"}, {"employer"}),
        ({"income_extra": statement(900_000)}, {}, {"inflows"}),
        (
            {"income_proof": view("income_proof", read_payslip(checks=(check("pay_adds_up", passed=False),)))},
            {},
            {"proof_totals"},
        ),
        (
            {"income_proof": view("income_proof", read_payslip(checks=(check("recent", False, "warning"),)))},
            {},
            {"proof_recent"},
        ),
    ],
)
def test_papers_that_differ(
    documents: Mapping[str, DocumentView], answers: Mapping[str, Any], expected: set[str]
) -> None:
    assert failed(found(documents, **answers)) == expected


@pytest.mark.parametrize(
    ("said", "agrees"),
    [(1_480_000, True), (1_850_000, True), (1_860_000, False), (1_110_000, True), (1_100_000, False)],
)
def test_an_income_within_a_quarter_is_the_same(said: int, agrees: bool) -> None:
    finding = found(monthly_income=said)["income"]
    assert finding.passed is agrees
    assert [side.value for side in finding.sides] == ([] if agrees else [str(said), "1480000"])


def test_what_was_read_poorly_is_no_reproach() -> None:
    front = view("id_front", read_front(name="林安燃", confidence=0.8))
    assert found({"id_front": front})["id_name"].passed is None
    looked = view("id_front", read_front(name="林安燃", confidence=0.8), name=Provenance.STAFF_CORRECTED)
    assert found({"id_front": looked})["id_name"].passed is False


def test_a_sum_that_was_misread_says_nothing_once_staff_have_read_it() -> None:
    reading = read_payslip(checks=(check("pay_adds_up", passed=False),))
    mended = view("income_proof", reading, net_pay=Provenance.STAFF_CORRECTED)
    assert found({"income_proof": mended})["proof_totals"].passed is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("杭州云岭软件有限公司", "杭州云岭软件", True),
        ("云岭软件", "杭州云岭软件有限责任公司", True),
        ("云岭（杭州）软件有限公司", "云岭(杭州)软件有限公司", True),
        ("远大集团", "远大", True),
        ("杭州云岭软件有限公司", "上海远大商贸有限公司", False),
        ("有限公司", "杭州云岭软件有限公司", False),
    ],
)
def test_employers(one: str, other: str, same: bool) -> None:
    assert same_employer(one, other) is same


@pytest.mark.parametrize("typed", ["阿依古丽·买买提", "阿依古丽•买买提", "阿依古丽・ 买买提"])
def test_names(typed: str) -> None:
    assert same_name(typed, "阿依古丽·买买提")
