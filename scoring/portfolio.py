"""A synthetic portfolio of personal loans: reports, applications and whether they went bad. Nobody's data.

Cards are drawn like those of the population that the champion was trained on, outcomes by that population's fitted line
(`scoring.population`), so the bad rate is about 22 %. What the population says nothing about (income, loan, work, other
accounts, searches for credit) is invented here and has no bearing on the outcome. One seed gives one portfolio.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import get_args

from scoring.application import Application, EmploymentKind
from scoring.features import FeatureVector, build
from scoring.population import Cards, chance_of_default, draw_cards
from scoring.report import Account, BureauReport, Inquiry
from scoring.revolving import IDLE, IN_FULL, MONTHS, NAMES

AS_OF = date(2026, 6, 30)

EMPLOYMENT_SHARES = {
    "employed": 0.64,
    "self_employed": 0.16,
    "civil_servant": 0.13,
    "retired": 0.02,
    "student": 0.02,
    "unemployed": 0.03,
}
TERMS = (6, 12, 18, 24, 36)
PROVEN_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Case:
    """One loan. `features` are computed by the same function as in serving; `chance` is what `defaulted` was drawn
    by."""

    report: BureauReport
    application: Application
    features: FeatureVector
    chance: float
    defaulted: bool


def generate(seed: int, size: int) -> Iterator[Case]:
    """`size` cases as seen on `AS_OF`."""
    rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
    for number in range(size):
        yield _case(rng, number)


def report_of(cards: Cards, name: str) -> BureauReport:
    """All cards as the one account of a report."""
    issued = datetime(AS_OF.year, AS_OF.month, AS_OF.day, tzinfo=UTC)
    return BureauReport(name, issued, found=True, accounts=(_account(cards),), inquiries=(), public_records=())


def _case(rng: random.Random, number: int) -> Case:
    report = report_of(draw_cards(rng), f"synthetic-{number:06d}")
    inquiries = tuple(_inquiry(rng) for _ in range(rng.choices((0, 1, 2, 3), (0.5, 0.3, 0.15, 0.05))[0]))
    report = BureauReport(report.report_id, report.issued_at, True, report.accounts, inquiries, ())
    application = _application(rng, report.accounts[0].monthly_payment_fen)
    features = build(report, application, AS_OF)
    chance = chance_of_default(dict(zip(NAMES, features.values, strict=True)))
    return Case(report, application, features, chance, rng.random() < chance)


def _account(cards: Cards) -> Account:
    codes = ["*" if s == IDLE else "N" if s <= 0 else str(min(7, s)) for s in reversed(cards.status)]
    return Account(
        account_id="card",
        kind="credit_card",
        opened_on=AS_OF - timedelta(days=30 * 60),
        limit_fen=cards.limit_fen,
        balance_fen=cards.balance_fen[0],
        monthly_payment_fen=cards.balance_fen[0] // 10,
        status_24m="".join(codes),
        balance_6m_fen=tuple(reversed(cards.balance_fen)),
        paid_6m_fen=tuple(reversed(cards.paid_fen)),
        in_full_6m=tuple(status == IN_FULL for status in reversed(cards.status[:MONTHS])),
    )


def _inquiry(rng: random.Random) -> Inquiry:
    day = AS_OF - timedelta(days=rng.randint(1, 183))
    return Inquiry(day, "loan_approval" if rng.random() < 0.6 else "card_approval", f"institution-{rng.randint(1, 15)}")


def _application(rng: random.Random, card_payment_fen: int) -> Application:
    kind: EmploymentKind = rng.choices(
        get_args(EmploymentKind), [EMPLOYMENT_SHARES[k] for k in get_args(EmploymentKind)]
    )[0]
    income_fen = round(9_000 * rng.lognormvariate(0, 0.4)) * 100
    term = rng.choices(TERMS, (0.08, 0.32, 0.1, 0.22, 0.28))[0]
    # People ask for what they believe they can repay: an instalment of 3–25 % of their income.
    amount = round(income_fen * rng.uniform(0.03, 0.25) * term / 100_000) * 100_000
    return Application(
        amount_fen=min(20_000_000, max(500_000, amount)),
        term_months=term,
        declared_income_fen=round(income_fen * rng.uniform(0.97, 1.15)),
        verified_income_fen=income_fen if rng.random() < PROVEN_SHARE else None,
        housing_cost_fen=round(income_fen * rng.betavariate(2, 11)),
        other_debt_fen=round(card_payment_fen * rng.uniform(0.7, 1.1)),
        employment=kind,
        employment_months=min(360, int(rng.expovariate(1 / 48))),
    )
