"""The credit bureau's report on one person, as the bureau adapter hands it over.

`status_24m` follows the notation of the PBOC personal credit report: one character a month, oldest first, newest
last. Only the codes below are read; an adapter to the real bureau maps the rest (there 呆账 is `B`, and `D`, `Z`,
`G` stand for repayment by a guarantor, in kind, or another bad end) on to `D` before it calls us.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from scoring.fields import Code, Fen, Flag, InputError, IsoDate, IsoInstant, read

WRITTEN_OFF = 8
"""Severity of `D` on the scale of months past due, one worse than `7` (seven or more)."""

RECENT = 6
"""Months of a card for which the report also tells balance and payment."""

Status24 = Annotated[str, Field(strict=True, pattern=r"\A[N1-7*CD]{24}\z")]
Recent = Annotated[tuple[Fen, ...], Field(min_length=RECENT, max_length=RECENT)]
RecentFlags = Annotated[tuple[Flag, ...], Field(min_length=RECENT, max_length=RECENT)]


class ReportError(InputError):
    """The report can't be used: wrong type, unknown code, impossible date. Names the field, never its value."""


@dataclass(frozen=True, slots=True)
class Account:
    """A credit account. `status_24m`: `N` on time, `1`–`7` months past due (7: seven or more), `*` nothing to tell
    that month (no account yet, no data, a card not used), `C` settled, `D` written off (呆账).

    The last six months of a card, oldest first, None where the bureau doesn't tell: `balance_6m_fen` is what each
    statement asked for, 0 when it asked for nothing; `paid_6m_fen` what was paid in that month (本月实还款), which goes
    against the statement before; `in_full_6m` whether the statement was paid in full (本月应还款 reached)."""

    account_id: Code
    kind: Literal["credit_card", "consumer_loan", "mortgage", "auto_loan"]
    opened_on: IsoDate
    limit_fen: Fen
    balance_fen: Fen
    monthly_payment_fen: Fen
    status_24m: Status24
    balance_6m_fen: Recent | None = None
    paid_6m_fen: Recent | None = None
    in_full_6m: RecentFlags | None = None

    @property
    def active(self) -> bool:
        """Not settled. A written-off account is still owed, so it is active."""
        return self.status_24m[-1] != "C"

    @property
    def severities(self) -> tuple[int | None, ...]:
        """Months past due month by month, oldest first; None where there is no data, 0 once settled."""
        return tuple(_severity(code) for code in self.status_24m)

    @property
    def current_severity(self) -> int:
        """Months past due in the newest month that has data."""
        return next((s for s in reversed(self.severities) if s is not None), 0)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Somebody looked at the report. Only loan and card approvals count as a search for credit."""

    on: IsoDate
    reason: Literal["loan_approval", "card_approval", "account_review", "self"]
    institution: Code

    @property
    def seeks_credit(self) -> bool:
        """A hard inquiry (硬查询)."""
        return self.reason in ("loan_approval", "card_approval")


@dataclass(frozen=True, slots=True)
class PublicRecord:
    """A court enforcement (强制执行), tax arrears (欠税) or civil judgment (民事判决) against the person."""

    kind: Literal["enforcement", "tax_arrears", "judgment"]
    on: IsoDate
    amount_fen: Fen


@dataclass(frozen=True, slots=True)
class BureauReport:
    """`found=False` is a person without a file (白户): no accounts, though inquiries may exist."""

    report_id: Code
    issued_at: IsoInstant
    found: Flag
    accounts: tuple[Account, ...]
    inquiries: tuple[Inquiry, ...]
    public_records: tuple[PublicRecord, ...]

    @property
    def active_accounts(self) -> tuple[Account, ...]:
        """Everything still owed or still open."""
        return tuple(a for a in self.accounts if a.active)


_ADAPTER = TypeAdapter(BureauReport)


def parse_report(data: Mapping[str, Any]) -> BureauReport:
    """Read the bureau's JSON (see the dataclasses for its shape); raises ReportError naming the field."""
    report = read(_ADAPTER, data, ReportError)
    check_report(report)
    return report


def check_report(report: BureauReport) -> None:
    """What types can't say: no accounts without a file, no account twice, nothing from the future."""
    if not report.found and report.accounts:
        raise ReportError("accounts", "accounts without a file")
    ids = [account.account_id for account in report.accounts]
    if len(set(ids)) != len(ids):
        raise ReportError("accounts", "an account appears twice")
    # The instant may be UTC while dates are Beijing days, hence one day of grace.
    last = report.issued_at.date() + timedelta(days=1)
    dated: list[tuple[str, date]] = []
    dated += [(f"accounts.{i}.opened_on", a.opened_on) for i, a in enumerate(report.accounts)]
    dated += [(f"inquiries.{i}.on", q.on) for i, q in enumerate(report.inquiries)]
    dated += [(f"public_records.{i}.on", r.on) for i, r in enumerate(report.public_records)]
    for field, day in dated:
        if day > last:
            raise ReportError(field, "later than the report")


def age_in_days(report: BureauReport, as_of: date | datetime) -> int:
    """Days since the report was issued; negative when it is from the future."""
    day = as_of.date() if isinstance(as_of, datetime) else as_of
    return (day - report.issued_at.date()).days


def _severity(code: str) -> int | None:
    if code == "*":
        return None
    if code == "D":
        return WRITTEN_OFF
    return int(code) if code.isdigit() else 0
