"""Context of the credit report: counts for everybody, figures only after a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from portal.domain.clock import today
from portal.helpdesk.timeline import Words, known_words
from portal.helpdesk.wording import ACCOUNTS, REASONS

_RECENT = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account of the report; fen. `status` is a character a month, oldest first."""

    kind: Words
    opened_on: date
    limit_fen: int
    balance_fen: int
    monthly_fen: int
    status: str
    late: bool


@dataclass(frozen=True, slots=True)
class BureauPanel:
    """Counts for everybody; `rows` and totals only after a reason. `state`: none, asked, empty, found."""

    reference: str
    state: str
    answered_at: datetime | None = None
    accounts: int = 0
    open_accounts: int = 0
    late_accounts: int = 0
    late_months: int = 0
    inquiries: int = 0
    public_records: int = 0
    allowed: bool = False
    revealed: bool = False
    rows: tuple[AccountRow, ...] = ()
    error: str = ""
    reasons: tuple[tuple[str, str], ...] = tuple(REASONS.items())


def bureau_panel(
    reference: str,
    answered_at: datetime | None,
    report: Mapping[str, Any] | None,
    *,
    asked: bool,
    allowed: bool,
    revealed: bool = False,
) -> BureauPanel:
    """`asked`: a query was made; `report` None: no answer yet."""
    if report is None:
        return BureauPanel(reference, "asked" if asked else "none")
    accounts: list[Mapping[str, Any]] = report["accounts"]
    lateness = [_late(str(account["status_24m"])) for account in accounts]
    since = (today() - _RECENT).isoformat()
    return BureauPanel(
        reference=reference,
        state="found" if report["found"] else "empty",
        answered_at=answered_at,
        accounts=len(accounts),
        open_accounts=sum(not str(account["status_24m"]).endswith("C") for account in accounts),
        late_accounts=sum(bool(months) and months[-1] for months in lateness),
        late_months=sum(sum(months) for months in lateness),
        inquiries=sum(one["on"] >= since and one["reason"].endswith("_approval") for one in report["inquiries"]),
        public_records=len(report["public_records"]),
        allowed=allowed and bool(accounts),
        revealed=revealed,
        rows=tuple(map(_account_row, accounts)) if revealed else (),
    )


def _late(status: str) -> list[bool]:
    """Month by month, oldest first: whether something was past due or written off."""
    return [code.isdigit() or code == "D" for code in status if code != "*"]


def _account_row(account: Mapping[str, Any]) -> AccountRow:
    status = str(account["status_24m"])
    return AccountRow(
        kind=known_words(ACCOUNTS, account["kind"]),
        opened_on=date.fromisoformat(account["opened_on"]),
        limit_fen=int(account["limit_fen"]),
        balance_fen=int(account["balance_fen"]),
        monthly_fen=int(account["monthly_payment_fen"]),
        status=status,
        late=any(_late(status)),
    )
