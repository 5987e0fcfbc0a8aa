import math
from typing import Any

import pytest

from scoring.report import ReportError, parse_report
from scoring.tests.conftest import Persona


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("report.accounts.0.balance_fen", math.nan, "accounts.0.balance_fen"),
        ("report.accounts.0.balance_fen", math.inf, "accounts.0.balance_fen"),
        ("report.accounts.0.balance_fen", 8000.0, "accounts.0.balance_fen"),
        ("report.accounts.0.limit_fen", "4000000", "accounts.0.limit_fen"),
        ("report.accounts.0.limit_fen", True, "accounts.0.limit_fen"),
        ("report.accounts.0.limit_fen", -1, "accounts.0.limit_fen"),
        ("report.accounts.1.limit_fen", None, "accounts.1.limit_fen"),
        ("report.accounts.0.kind", "pawn", "accounts.0.kind"),
        ("report.accounts.0.status_24m", "N" * 23 + "B", "accounts.0.status_24m"),
        ("report.accounts.0.status_24m", "N" * 23 + "8", "accounts.0.status_24m"),
        ("report.accounts.0.status_24m", "N" * 24 + "\n", "accounts.0.status_24m"),
        ("report.accounts.0.status_24m", "N" * 23, "accounts.0.status_24m"),
        ("report.accounts.0.opened_on", 1_500_000_000, "accounts.0.opened_on"),
        ("report.accounts.0.opened_on", "2019-02-30", "accounts.0.opened_on"),
        ("report.accounts.0.opened_on", "2030-01-01", "accounts.0.opened_on"),
        ("report.accounts.1.account_id", "A01", "accounts"),
        ("report.inquiries.0.reason", "curiosity", "inquiries.0.reason"),
        ("report.issued_at", "2026-11-24T09:00:00", "issued_at"),
        ("report.found", "true", "found"),
        ("report.found", False, "accounts"),
        ("report.public_records", None, "public_records"),
    ],
)
def test_a_broken_field_is_refused_by_name(persona: Persona, path: str, value: Any, field: str) -> None:
    with pytest.raises(ReportError) as refused:
        parse_report(persona("approve", {path: value})["report"])
    assert refused.value.field == field


@pytest.mark.parametrize("whole", [None, [], "report", {}])
def test_something_else_than_a_report_is_refused(whole: Any) -> None:
    with pytest.raises(ReportError):
        parse_report(whole)


def test_the_text_of_an_error_never_holds_the_value(persona: Persona) -> None:
    with pytest.raises(ReportError) as refused:
        parse_report(persona("approve", {"report.accounts.0.limit_fen": "secret-4711"})["report"])
    assert "4711" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_unknown_keys_are_ignored_and_codes_are_read(persona: Persona) -> None:
    report = parse_report(
        persona("approve", {"report.extra": 1, "report.accounts.0.status_24m": "****" + "N12C" * 4 + "N7DD"})["report"]
    )
    account = report.accounts[0]
    assert account.severities[:8] == (None, None, None, None, 0, 1, 2, 0)
    assert account.severities[-4:] == (0, 7, 8, 8)
    assert account.current_severity == 8
    assert account.active
