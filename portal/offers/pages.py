"""Contexts of the decision and offer pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from portal.db.models import Application, Decision, Offer
from portal.domain.application import ApplicationState
from portal.domain.clock import now, today
from portal.domain.money import add_months, annuity_schedule, late_rate_bp, misuse_rate_bp
from portal.domain.text import N_
from portal.offers.service import reading_seconds_left

# When a declined person may sensibly try again: the bureau's recent inquiries and delinquencies weigh less by then.
MONTHS_UNTIL_NEXT = 3
# A person takes in a few reasons; the rest is one tap away. US Regulation B's staff commentary finds four enough.
MAIN_REASONS = 4

_TITLES = {
    ApplicationState.APPROVED: N_("审核通过"),
    ApplicationState.SIGNED: N_("审核通过"),
    ApplicationState.DISBURSED: N_("审核通过"),
    ApplicationState.REFERRED: N_("正在人工审核"),
    ApplicationState.DECLINED: N_("这次没有通过"),
}
# Reasons that no repayment mends; a person may.
_ABOUT_THE_PERSON = frozenset(
    f"rule_{rule}"
    for rule in ("watch_list", "fraud", "identity_match", "id_checksum", "id_validity", "documents", "age")
)
SHOWN = frozenset(_TITLES)
"""The states with an outcome to show; a withdrawn application has none any more."""


@dataclass(frozen=True, slots=True)
class OfferFigures:
    """Amounts in fen, rates in bp a year."""

    amount_fen: int
    requested_fen: int
    term_months: int
    annual_rate_bp: int
    all_in_cost_bp: int
    monthly_payment_fen: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What was recorded for the applicant, each {code, zh, en}: why, and what would lead to an approval."""

    reasons: Sequence[Mapping[str, Any]]
    hints: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """`reasons` and `hints` are finished sentences in the visitor's language, as recorded with the decision;
    `about_debts`: where there is no hint, what helps against debts helps against them."""

    title: str
    reference: str
    state: str
    reasons: tuple[str, ...]
    hints: tuple[str, ...]
    about_debts: bool
    automatic: bool
    explained: bool
    decided_at: datetime | None
    next_on: date
    figures: OfferFigures | None
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CostRow:
    """One line of the statement; `amount_fen` None where nothing is owed unless something happens."""

    name: str
    amount_fen: int | None
    standard: str
    collected: str
    payee: str


@dataclass(frozen=True, slots=True)
class OfferPage:
    """The 综合融资成本明示表. `seconds_left` is the server's reading clock."""

    title: str
    reference: str
    figures: OfferFigures
    interest_fen: int
    total_fen: int
    rows: tuple[CostRow, ...]
    late_rate_bp: int
    misuse_rate_bp: int
    seconds_left: int
    signed: bool
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WithdrawPage:
    """Asks whether to take an application back."""

    reference: str
    title: str = N_("撤回申请")


def figures_of(application: Application, offer: Offer) -> OfferFigures:
    """What the offer says, beside what was asked for."""
    return OfferFigures(
        amount_fen=offer.amount_fen,
        requested_fen=application.amount_fen or offer.amount_fen,
        term_months=offer.term_months,
        annual_rate_bp=offer.annual_rate_bp,
        all_in_cost_bp=offer.all_in_cost_bp,
        monthly_payment_fen=offer.monthly_payment_fen,
        expires_at=offer.expires_at,
    )


def decision_page(
    application: Application,
    decision: Decision,
    told: Told,
    offer: Offer | None,
    *,
    language: str,
    explained: bool,
) -> DecisionPage:
    """The page for any of the three outcomes; asked to explain, it gives every reason."""
    reasons = [str(reason[language]) for reason in told.reasons]
    return DecisionPage(
        title=_TITLES[application.state],
        reference=application.reference,
        state=application.state.value,
        reasons=tuple(reasons if explained else reasons[:MAIN_REASONS]),
        hints=tuple(str(hint[language]) for hint in told.hints),
        about_debts=not reasons or any(reason["code"] not in _ABOUT_THE_PERSON for reason in told.reasons),
        automatic=decision.staff_id is None,
        explained=explained,
        decided_at=decision.decided_at,
        next_on=add_months(today(), MONTHS_UNTIL_NEXT),
        figures=figures_of(application, offer) if offer is not None else None,
    )


def offer_page(application: Application, offer: Offer, errors: dict[str, str] | None = None) -> OfferPage:
    """Every cost, from the same schedule as the contract's."""
    schedule = annuity_schedule(offer.amount_fen, offer.annual_rate_bp, offer.term_months, add_months(today(), 1))
    interest = sum(row.interest_fen for row in schedule)
    fees = tuple(
        CostRow(str(fee["name"]), int(fee["amount_fen"]), str(fee["how"]), str(fee["when"]), str(fee["payee"]))
        for fee in offer.fees
    )
    return OfferPage(
        title=N_("费用明细"),
        reference=application.reference,
        figures=figures_of(application, offer),
        interest_fen=interest,
        total_fen=offer.amount_fen + interest + sum(row.amount_fen or 0 for row in fees),
        rows=fees,
        late_rate_bp=late_rate_bp(offer.annual_rate_bp),
        misuse_rate_bp=misuse_rate_bp(offer.annual_rate_bp),
        seconds_left=reading_seconds_left(offer, now()),
        signed=application.state is not ApplicationState.APPROVED,
        errors=errors or {},
    )
