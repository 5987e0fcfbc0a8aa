"""The loan that can be offered: the amount asked for, or the largest one below it that the person can carry."""

from dataclasses import dataclass

from scoring.annuity import monthly_payment_fen
from scoring.application import Application
from scoring.features import Affordability, afford
from scoring.policy_file import Policy
from scoring.report import BureauReport


@dataclass(frozen=True, slots=True)
class Offer:
    """Level payments, no fees: the monthly payment and the yearly rate are the whole cost."""

    amount_fen: int
    term_months: int
    annual_rate_bp: int
    monthly_payment_fen: int


def price(policy: Policy, grade: str | None) -> tuple[int, int]:
    """Yearly rate (bp) and highest amount (fen); a grade without a price gets the dearest and the smallest."""
    table = policy.limits.price
    if grade is None or grade not in table.annual_rate_bp:
        return max(table.annual_rate_bp.values()), min(table.max_amount_fen.values())
    return table.annual_rate_bp[grade], table.max_amount_fen[grade]


def quote(policy: Policy, application: Application, report: BureauReport | None, grade: str | None) -> Offer | None:
    """The largest affordable loan up to the amount asked for; a smaller one is a multiple of the step.

    None when not even the least amount can be carried, or when the burden can't be computed at all.
    """
    product = policy.limits.product
    _, cap = price(policy, grade)
    if application.amount_fen <= cap:
        whole = at_amount(policy, application, grade, application.amount_fen)
        if within_means(policy, application, report, whole):
            return whole
    highest = min(application.amount_fen, cap, product.max_amount_fen)
    step = product.amount_step_fen
    for amount in range(highest // step * step, product.min_amount_fen - 1, -step):
        smaller = at_amount(policy, application, grade, amount)
        if within_means(policy, application, report, smaller):
            return smaller
    return None


def at_amount(policy: Policy, application: Application, grade: str | None, amount_fen: int) -> Offer:
    """The loan of that amount over the term asked for at the grade's price."""
    rate, _ = price(policy, grade)
    payment = monthly_payment_fen(amount_fen, rate, application.term_months)
    return Offer(amount_fen, application.term_months, rate, payment)


def burden(application: Application, report: BureauReport | None, offer: Offer) -> Affordability | None:
    """The monthly burden with this loan; None when it can't be computed."""
    return afford(report, application, offer.monthly_payment_fen)


def within_means(policy: Policy, application: Application, report: BureauReport | None, offer: Offer) -> bool:
    """Debt-to-income and residual income both inside the policy's limits; unknown is not."""
    limits, result = policy.limits.affordability, burden(application, report, offer)
    return (
        result is not None
        and result.dti_bp <= limits.max_dti_bp
        and result.residual_fen >= limits.min_residual_income_fen
    )
