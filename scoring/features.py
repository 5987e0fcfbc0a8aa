"""The model's inputs, computed by one function for training and for serving.

A value that can't be known is NaN and its name is in `FeatureVector.missing`; nothing is filled in. Money is in
fen, ratios in bp, times in whole months.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from scoring.annuity import monthly_payment_fen
from scoring.application import Application
from scoring.report import Account, BureauReport

REFERENCE_RATE_BP = 1_800
"""The rate of the new instalment inside features. The real one is priced from the score, so it can't be used."""

NEVER_DELINQUENT = 25
"""`months_since_delinquency` of a record without any: one more than the report can show."""

UNBOUNDED_DTI_BP = 100_000
"""Debt-to-income is capped here, and stands here when there is debt but no income at all."""


@dataclass(frozen=True, slots=True)
class Feature:
    """`monotone`: +1 risk may only rise with the value, -1 only fall, 0 free."""

    name: str
    monotone: Literal[-1, 0, 1] = 0


FEATURES: tuple[Feature, ...] = (
    Feature("no_file"),
    Feature("utilisation_bp", 1),
    Feature("worst_status_6m", 1),
    Feature("worst_status_12m", 1),
    Feature("worst_status_24m", 1),
    Feature("months_since_delinquency", -1),
    Feature("active_accounts"),
    Feature("oldest_account_months", -1),
    Feature("inquiries_3m", 1),
    Feature("inquiries_6m", 1),
    Feature("unsecured_debt_to_income_bp", 1),
    Feature("dti_bp", 1),
    Feature("residual_income_fen", -1),
    Feature("income_fen", -1),
    Feature("income_unproven", 1),
    Feature("amount_to_income_bp", 1),
    Feature("term_months", 1),
    Feature("civil_servant", -1),
    Feature("self_employed"),
    Feature("retired"),
    Feature("no_work"),
    Feature("employment_months", -1),
)
NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)


@dataclass(frozen=True, slots=True)
class FeatureVector:
    """Values in the order of `FEATURES`."""

    values: tuple[float, ...]

    def __getitem__(self, name: str) -> float:
        """The value of one feature; NaN when it is missing."""
        return self.values[NAMES.index(name)]

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
    """The model's whole input. No report at all leaves every bureau feature NaN."""
    values = _bureau(report, as_of) | _capacity(report, application) | _employment(application)
    return FeatureVector(tuple(values[name] for name in NAMES))


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


def utilisation_bp(report: BureauReport) -> int | None:
    """Balance over limit of all open credit cards; None without a card limit."""
    cards = [a for a in report.active_accounts if a.kind == "credit_card"]
    limit = sum(card.limit_fen for card in cards)
    return sum(card.balance_fen for card in cards) * 10_000 // limit if limit else None


def worst_status(accounts: Sequence[Account], months: int) -> int | None:
    """Most months past due in the last `months`, 8 for a write-off; None when no account has data there."""
    known = [s for account in accounts for s in account.severities[-months:] if s is not None]
    return max(known, default=None)


def months_since_delinquency(accounts: Sequence[Account]) -> int | None:
    """0 when the newest month is past due; 25 when none of the 24 is; None when no account has data."""
    if worst_status(accounts, 24) is None:
        return None
    return min(
        (back for account in accounts for back, s in enumerate(reversed(account.severities)) if s),
        default=NEVER_DELINQUENT,
    )


def inquiring_institutions(report: BureauReport, as_of: date, months: int) -> int:
    """Distinct institutions that looked because credit was asked for, in the last `months`."""
    return len({q.institution for q in report.inquiries if q.seeks_credit and months_between(q.on, as_of) < months})


def months_between(earlier: date, later: date) -> int:
    """Whole months, 0 when the dates are in the wrong order."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month - (later.day < earlier.day)
    return max(0, months)


def _payments(report: BureauReport, *, secured: bool) -> int:
    return sum(a.monthly_payment_fen for a in report.active_accounts if (a.kind == "mortgage") is secured)


def _known(value: int | None) -> float:
    return math.nan if value is None else float(value)


def _bureau(report: BureauReport | None, as_of: date) -> dict[str, float]:
    if report is None:
        names = NAMES[: NAMES.index("unsecured_debt_to_income_bp")]
        return dict.fromkeys(names, math.nan)
    accounts = report.accounts
    oldest = max((months_between(a.opened_on, as_of) for a in accounts), default=None)
    return {
        "no_file": float(not report.found),
        "utilisation_bp": _known(utilisation_bp(report)),
        "worst_status_6m": _known(worst_status(accounts, 6)),
        "worst_status_12m": _known(worst_status(accounts, 12)),
        "worst_status_24m": _known(worst_status(accounts, 24)),
        "months_since_delinquency": _known(months_since_delinquency(accounts)),
        "active_accounts": float(len(report.active_accounts)),
        "oldest_account_months": _known(oldest),
        "inquiries_3m": float(inquiring_institutions(report, as_of, 3)),
        "inquiries_6m": float(inquiring_institutions(report, as_of, 6)),
    }


def _capacity(report: BureauReport | None, application: Application) -> dict[str, float]:
    instalment = monthly_payment_fen(application.amount_fen, REFERENCE_RATE_BP, application.term_months)
    burden = afford(report, application, instalment)
    income = application.income_fen
    unsecured: int | None = None
    if report is not None and income:
        owed = sum(a.balance_fen for a in report.active_accounts if a.kind in ("credit_card", "consumer_loan"))
        unsecured = owed * 10_000 // income
    return {
        "unsecured_debt_to_income_bp": _known(unsecured),
        "dti_bp": _known(None if burden is None else burden.dti_bp),
        "residual_income_fen": _known(None if burden is None else burden.residual_fen),
        "income_fen": _known(income),
        "income_unproven": float(application.verified_income_fen is None),
        "amount_to_income_bp": _known(application.amount_fen * 10_000 // income if income else None),
        "term_months": float(application.term_months),
    }


def _employment(application: Application) -> dict[str, float]:
    kind = application.employment
    unknown = kind is None

    def flag(*kinds: str) -> float:
        return math.nan if unknown else float(kind in kinds)

    return {
        "civil_servant": flag("civil_servant"),
        "self_employed": flag("self_employed"),
        "retired": flag("retired"),
        "no_work": flag("student", "unemployed"),
        "employment_months": _known(application.employment_months),
    }
