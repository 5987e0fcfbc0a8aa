"""The model's inputs from a bureau report, and the facts of a report that rules and affordability look at.

The features themselves are computed in `scoring.revolving`, by one function for training and for serving. A value that
can't be known is NaN and its name is in `FeatureVector.missing`; nothing is filled in. Money is in fen.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from scoring.application import Application
from scoring.report import RECENT, Account, BureauReport
from scoring.revolving import FEATURES, IDLE, IN_FULL, NAMES, REVOLVED, History, measure

__all__ = ["FEATURES", "NAMES", "FeatureVector", "build"]

UNBOUNDED_DTI_BP = 100_000
"""Debt-to-income is capped here, and stands here when there is debt but no income at all."""


@dataclass(frozen=True, slots=True)
class FeatureVector:
    """Values in the order of `FEATURES`."""

    values: tuple[float, ...]

    def __getitem__(self, name: str) -> float:
        """The value of one feature; NaN when it is missing."""
        return self.values[NAMES.index(name)]

    @property
    def scorable(self) -> bool:
        """Whether anything is known at all."""
        return not all(math.isnan(value) for value in self.values)

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the features whose value is not known."""
        return tuple(name for name, value in zip(NAMES, self.values, strict=True) if math.isnan(value))


@dataclass(frozen=True, slots=True)
class Affordability:
    """`dti_bp`: all monthly debt and housing over income. `residual_fen`: what is left of the income, may be < 0."""

    dti_bp: int
    residual_fen: int


def build(report: BureauReport | None, application: Application, as_of: date) -> FeatureVector:
    """The model's whole input, all NaN when the report tells no six months of a card.

    Neither the application nor the day is part of it: what the applicant asks for and earns acts by rules and
    affordability, because the model has never seen an application.
    """
    history = history_of(report)
    if history is None:
        return FeatureVector((math.nan,) * len(NAMES))
    values = measure(history)
    return FeatureVector(tuple(float(values[name]) for name in NAMES))


def history_of(report: BureauReport | None) -> History | None:
    """All cards as one: limits, balances and payments added up over the open ones, each month as late as the latest.

    None without a file, without an open card that has a limit, or when an open card lacks its six months.
    """
    if report is None:
        return None
    cards = [a for a in report.accounts if a.kind == "credit_card"]
    cards_open = [card for card in cards if card.active]
    limit = sum(card.limit_fen for card in cards_open)
    balances = [card.balance_6m_fen for card in cards_open if card.balance_6m_fen is not None]
    paid = [card.paid_6m_fen for card in cards_open if card.paid_6m_fen is not None]
    if not limit or not len(cards_open) == len(balances) == len(paid):
        return None
    status = [_recent_status(card) for card in cards]
    return History(
        float(limit),
        tuple(max(month) for month in zip(*status, strict=True)),
        tuple(float(sum(month)) for month in reversed(list(zip(*balances, strict=True)))),
        tuple(float(sum(month)) for month in reversed(list(zip(*paid, strict=True)))),
    )


def afford(report: BureauReport | None, application: Application, instalment_fen: int) -> Affordability | None:
    """The burden with a new instalment; None when income, costs or the bureau's payments are not known.

    Declared costs and the bureau's payments describe the same obligations, so the larger of the two counts,
    separately for housing and for everything else: a mortgage is never counted twice. The lender's own instalments
    come on top of the bureau's, which lags behind.
    """
    income = application.income_fen
    if report is None or income is None or application.housing_cost_fen is None or application.other_debt_fen is None:
        return None
    housing = max(application.housing_cost_fen, _payments(report, secured=True))
    other = max(application.other_debt_fen, _payments(report, secured=False) + (application.own_instalments_fen or 0))
    outgoings = housing + other + instalment_fen
    # Rounded up: a ratio just above a limit must not read as the limit.
    dti = -(-outgoings * 10_000 // income) if income else UNBOUNDED_DTI_BP
    return Affordability(min(dti, UNBOUNDED_DTI_BP), income - outgoings)


def worst_status(accounts: Sequence[Account], months: int) -> int | None:
    """Most months past due in the last `months`, 8 for a write-off; None when no account has data there."""
    known = [s for account in accounts for s in account.severities[-months:] if s is not None]
    return max(known, default=None)


def inquiring_institutions(report: BureauReport, as_of: date, months: int) -> int:
    """Distinct institutions that looked because credit was asked for, in the last `months`."""
    return len({q.institution for q in report.inquiries if q.seeks_credit and months_between(q.on, as_of) < months})


def months_between(earlier: date, later: date) -> int:
    """Whole months, 0 when the dates are in the wrong order."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month - (later.day < earlier.day)
    return max(0, months)


def _payments(report: BureauReport, *, secured: bool) -> int:
    return sum(a.monthly_payment_fen for a in report.active_accounts if (a.kind == "mortgage") is secured)


def _recent_status(card: Account) -> tuple[int, ...]:
    """Newest month first, as `scoring.revolving` counts."""
    codes = card.status_24m[-RECENT:]
    in_full = card.in_full_6m or (False,) * RECENT
    months = zip(codes, card.severities[-RECENT:], in_full, strict=True)
    return tuple(
        (severity or (IDLE if code in "*C" else IN_FULL if full else REVOLVED))
        for code, severity, full in reversed(list(months))
    )
