"""The loan that can be offered: the amount asked for, or the largest one below it that the person can carry."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace

from scoring.annuity import monthly_payment_fen
from scoring.application import Application
from scoring.features import Affordability, afford
from scoring.policy_file import Policy
from scoring.report import BureauReport
from scoring.rulebook.facts import FACTS, Value
from scoring.rulebook.graphs import RulesFile


@dataclass(frozen=True, slots=True)
class Offer:
    """Level payments, no fees: the monthly payment and the yearly rate are the whole cost."""

    amount_fen: int
    term_months: int
    annual_rate_bp: int
    monthly_payment_fen: int


@dataclass(frozen=True, slots=True)
class Quote:
    """`asked`: the loan asked for at the grade's price, whether or not it can be had. `offer`: the one that can."""

    asked: Offer
    offer: Offer | None


def price(policy: Policy, application: Application, grade: str | None) -> tuple[int, int]:
    """Yearly rate (bp) and highest amount (fen), from the rows of the tables `rate` and `amount`."""
    facts: dict[str, Value] = {
        "grade": None if FACTS["grade"].number(grade) is None else grade,
        "amount_fen": application.amount_fen,
        "term_months": application.term_months,
        "employment": application.employment,
    }
    fired = policy.price.fired(_asked(policy.price, facts))
    rate, amount = (policy.tables[name].row(fired[name]).gives for name in ("rate", "amount"))
    return int(rate["annual_rate_bp"]), int(amount["max_amount_fen"])


def quote(policy: Policy, application: Application, report: BureauReport | None, grade: str | None) -> Quote:
    """The largest affordable loan up to the amount asked for; a smaller one is a multiple of the step.

    No offer when not even the least amount can be carried, or when the burden can't be computed at all.
    """
    product = policy.limits.product
    rate, cap = price(policy, application, grade)
    whole = _loan(application, application.amount_fen, rate)
    if application.amount_fen <= cap and within_means(policy, application, report, whole):
        return Quote(whole, whole)
    highest = min(application.amount_fen, cap, product.max_amount_fen)
    amounts = range(product.min_amount_fen, highest + 1, product.amount_step_fen)
    # What can't be carried can't be carried with more on top: the table `means` is checked for that.
    carried = bisect_right(
        amounts,
        False,
        key=lambda amount: not within_means(policy, application, report, _loan(application, amount, rate)),
    )
    return Quote(whole, _loan(application, amounts[carried - 1], rate) if carried else None)


def _loan(application: Application, amount_fen: int, rate_bp: int) -> Offer:
    payment = monthly_payment_fen(amount_fen, rate_bp, application.term_months)
    return Offer(amount_fen, application.term_months, rate_bp, payment)


def burden(application: Application, report: BureauReport | None, offer: Offer) -> Affordability | None:
    """The monthly burden with this loan on the income that is proven; None when it can't be computed."""
    proven = replace(application, declared_income_fen=None)
    return afford(report, proven, offer.monthly_payment_fen)


def within_means(policy: Policy, application: Application, report: BureauReport | None, offer: Offer) -> bool:
    """Whether the row of the table `means` that holds is its passing one; unknown is not."""
    result = burden(application, report, offer)
    if result is None:
        return False
    facts: dict[str, Value] = {"dti_bp": result.dti_bp, "residual_fen": result.residual_fen}
    fired = policy.means.fired(_asked(policy.means, facts)).get("means")
    return fired is not None and policy.tables["means"].row(fired).gives["outcome"] == "pass"


def _asked(file: RulesFile, facts: Mapping[str, Value]) -> dict[str, Value]:
    return {fact.name: facts.get(fact.name) for table in file.tables for fact in table.facts}
