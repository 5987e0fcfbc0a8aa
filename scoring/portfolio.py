"""A synthetic portfolio of personal loans: reports, applications and whether they defaulted within 12 months.

Nothing here is data about people. Each case has a hidden reliability, standard normal. It drives how the person
treats credit (use of limits, late payments, searches for credit), and with those observable facts the outcome. The
coefficients below are the author's assumptions, chosen to give a bad rate of 8–12 % and the usual signs; they are
measured on no real portfolio. One seed gives one portfolio (NumPy's PCG64).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, cast, get_args

import numpy as np

from scoring.application import Application, EmploymentKind
from scoring.features import FeatureVector, build
from scoring.report import Account, BureauReport, Inquiry

AS_OF = date(2026, 6, 30)

EMPLOYMENT_SHARES = {
    "employed": 0.64,
    "self_employed": 0.16,
    "civil_servant": 0.13,
    "retired": 0.02,
    "student": 0.02,
    "unemployed": 0.03,
}
# Median monthly income in yuan.
INCOME_MEDIANS = {
    "employed": 9_000,
    "self_employed": 10_500,
    "civil_servant": 9_500,
    "retired": 5_000,
    "student": 2_500,
    "unemployed": 3_000,
}
NO_FILE_SHARE = 0.06
PROVEN_SHARE = 0.9
TENURE_KNOWN_SHARE = 0.5
TERMS = (6, 12, 18, 24, 36)

AccountKind = Literal["credit_card", "consumer_loan", "mortgage", "auto_loan"]


@dataclass(frozen=True, slots=True)
class Case:
    """One booked loan. `features` are computed by the same function as in serving."""

    report: BureauReport
    application: Application
    features: FeatureVector
    defaulted: bool


def generate(seed: int, size: int) -> Iterator[Case]:
    """`size` cases as seen on `AS_OF`."""
    rng = np.random.default_rng(seed)
    for number in range(size):
        yield _case(rng, number)


def _case(rng: np.random.Generator, number: int) -> Case:
    reliability = float(rng.standard_normal())
    kind = cast(EmploymentKind, str(rng.choice(get_args(EmploymentKind), p=_shares())))
    income = INCOME_MEDIANS[kind] * math.exp(0.4 * rng.standard_normal() + 0.12 * reliability)
    income_fen = round(income / 100) * 10_000
    report = _report(rng, number, reliability, income_fen)
    application = _application(rng, kind, income_fen, report)
    features = build(report, application, AS_OF)
    chance = 1 / (1 + math.exp(-log_odds(features, reliability)))
    return Case(report, application, features, bool(rng.random() < chance))


def log_odds(features: FeatureVector, reliability: float) -> float:
    """Log-odds of default in 12 months: the assumed truth behind the outcomes."""

    def value(name: str, unknown: float, most: float) -> float:
        found = features[name]
        return unknown if math.isnan(found) else min(most, found)

    return (
        -5.1
        - 0.45 * reliability
        + 1.3 * value("utilisation_bp", 4_000, 10_000) / 10_000
        + 0.55 * value("worst_status_6m", 0.5, 4)
        + 0.25 * value("worst_status_24m", 0.5, 8)
        + 0.22 * value("inquiries_3m", 1, 8)
        + 2.0 * value("dti_bp", 4_000, 12_000) / 10_000
        + 0.05 * value("unsecured_debt_to_income_bp", 30_000, 150_000) / 10_000
        + 0.04 * value("amount_to_income_bp", 40_000, 200_000) / 10_000
        + 0.012 * features["term_months"]
        - 0.3 * math.log(max(1_000, value("income_fen", 800_000, 5_000_000) / 100) / 8_000)
        + 0.35 * features["income_unproven"]
        + 0.5 * features["no_file"]
        + 0.3 * features["self_employed"]
        + 0.2 * features["retired"]
        + 0.9 * features["no_work"]
        - 0.35 * features["civil_servant"]
        - 0.003 * value("employment_months", 24, 120)
        - 0.002 * value("oldest_account_months", 24, 120)
    )


def _shares() -> list[float]:
    return [EMPLOYMENT_SHARES[kind] for kind in get_args(EmploymentKind)]


def _application(rng: np.random.Generator, kind: EmploymentKind, income_fen: int, report: BureauReport) -> Application:
    term = int(rng.choice(TERMS, p=(0.08, 0.32, 0.1, 0.22, 0.28)))
    # People ask for what they believe they can repay: an instalment of 3–25 % of their income.
    amount = round(income_fen * float(rng.uniform(0.03, 0.25)) * term / 100_000) * 100_000
    paid = sum(a.monthly_payment_fen for a in report.active_accounts if a.kind != "mortgage")
    proven = rng.random() < PROVEN_SHARE
    works = kind in ("employed", "self_employed", "civil_servant")
    tenure = min(360, int(rng.exponential(48)))
    return Application(
        amount_fen=min(20_000_000, max(500_000, amount)),
        term_months=term,
        declared_income_fen=round(income_fen * float(rng.uniform(0.97, 1.15))),
        verified_income_fen=income_fen if proven else None,
        housing_cost_fen=round(income_fen * float(rng.beta(2, 11))),
        other_debt_fen=round(paid * float(rng.uniform(0.7, 1.1))),
        employment=kind,
        employment_months=tenure if works and rng.random() < TENURE_KNOWN_SHARE else None,
    )


def _report(rng: np.random.Generator, number: int, reliability: float, income_fen: int) -> BureauReport:
    found = rng.random() >= NO_FILE_SHARE
    accounts = tuple(_accounts(rng, reliability, income_fen)) if found else ()
    searches = int(rng.poisson(math.exp(0.25 - 0.5 * reliability)))
    inquiries = tuple(
        Inquiry(
            AS_OF - timedelta(days=int(rng.integers(1, 184))),
            "loan_approval" if rng.random() < 0.6 else "card_approval",
            f"institution-{int(rng.integers(1, 16)):02d}",
        )
        for _ in range(searches)
    )
    issued = datetime(AS_OF.year, AS_OF.month, AS_OF.day, tzinfo=UTC)
    return BureauReport(f"synthetic-{number:06d}", issued, found, accounts, inquiries, ())


def _accounts(rng: np.random.Generator, reliability: float, income_fen: int) -> Iterator[Account]:
    use = 1 / (1 + math.exp(0.7 + 0.8 * reliability))
    plan: list[tuple[AccountKind, int]] = [
        ("credit_card", 1 + int(rng.poisson(1.4))),
        ("consumer_loan", int(rng.poisson(0.7))),
        ("mortgage", int(rng.random() < 0.2)),
        ("auto_loan", int(rng.random() < 0.1)),
    ]
    for kind, count in plan:
        for index in range(count):
            yield _account(rng, f"{kind}-{index}", kind, reliability, income_fen, use)


def _account(
    rng: np.random.Generator, account_id: str, kind: AccountKind, reliability: float, income_fen: int, use: float
) -> Account:
    age = 1 + min(179, int(rng.exponential(50)))
    # Multiples of a month's income, and the share of the balance paid each month.
    size, share = {
        "credit_card": (2.5, 0.04),
        "consumer_loan": (2.5, 0.06),
        "mortgage": (36.0, 0.006),
        "auto_loan": (8.0, 0.03),
    }[kind]
    limit = round(income_fen * size * float(rng.uniform(0.4, 1.4)) / 10_000) * 10_000
    settled = kind != "credit_card" and rng.random() < 0.4
    drawn = float(rng.beta(1 + 4 * use, 1 + 4 * (1 - use))) if kind == "credit_card" else float(rng.uniform(0.1, 1))
    balance = 0 if settled else round(limit * drawn)
    return Account(
        account_id=account_id,
        kind=kind,
        opened_on=AS_OF - timedelta(days=30 * age),
        limit_fen=limit,
        balance_fen=balance,
        monthly_payment_fen=round(balance * share),
        status_24m=_status(rng, age, settled, reliability),
    )


def _status(rng: np.random.Generator, age: int, settled: bool, reliability: float) -> str:
    falls_behind = 1 / (1 + math.exp(5.6 + 1.1 * reliability))
    catches_up = min(0.9, max(0.3, 0.65 + 0.15 * reliability))
    closed_from = int(rng.integers(0, 24)) if settled else 24
    codes, late = ["*"] * max(0, 24 - age), 0
    for month in range(len(codes), 24):
        if month >= closed_from:
            codes.append("C")
            continue
        improves = rng.random() < (catches_up if late else 1 - falls_behind)
        late = 0 if improves else min(7, late + 1)
        codes.append(str(late) if late else "N")
    # A settled account ends settled, even one opened after the month drawn.
    return "".join(codes[:23]) + ("C" if settled else codes[23])
