"""Contexts of what a decision rests on: documents beside their fields, checks, the bureau, decisions and the offer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.applications.queries import AnswerValue
from portal.db.models import Contract, Decision, Notice, Offer, Payout, PayoutState
from portal.db.vault import PersonCipher
from portal.documents.checks import BY_ID
from portal.domain.events import EventKind
from portal.domain.workflow import Step
from portal.helpdesk.pages import Badge
from portal.helpdesk.queries import HistoryRow
from portal.helpdesk.timeline import Words, known_words, signal_words
from portal.helpdesk.wording import (
    CHANNELS,
    CHECKS,
    KEPT,
    NOTICES,
    OUTCOMES,
    RESULTS,
    RULES,
)
from portal.script.question import kept
from portal.underwriting.findings import open_findings, reasons_told


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One line of the verification or of the policy's trace; a trace's `sentence` only for who may read figures. A
    verification's sentences are message ids. `row` names the row of the policy's table that held."""

    label: Words
    badge: Badge
    sentence: str = ""
    basis: str = ""
    passed: bool = True
    row: str = ""


@dataclass(frozen=True, slots=True)
class OfferFigures:
    """Fen, months, bp a year."""

    amount_fen: int
    term_months: int
    annual_rate_bp: int
    monthly_payment_fen: int


@dataclass(frozen=True, slots=True)
class DecisionPanel:
    """One decision; `by` is an officer's name or empty. `reasons` as the applicant reads them, `hints` what the
    applicant could do that the policy of then approves, `rules` worst first."""

    badge: Badge
    by: str
    at: datetime
    points: int | None
    grade: str
    pd: float | None
    model: str
    policy: str
    reasons: tuple[str, ...]
    hints: tuple[str, ...]
    rules: tuple[CheckRow, ...]
    comment: str


@dataclass(frozen=True, slots=True)
class DecidePanel:
    """What an officer decides on, fragment `helpdesk/_decide.html`. `most` None: the policy lets nobody approve.
    `doubts` are the rules that did not pass; values are as typed."""

    reference: str
    version: int
    asked_fen: int
    asked_months: int
    most: OfferFigures | None
    grade: str
    points: int | None
    doubts: tuple[CheckRow, ...]
    signals: tuple[tuple[Words, ...], ...]
    outcome: str = ""
    amount: str = ""
    comment: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContractPanel:
    """Offer, contract and payout as far as they have come."""

    figures: OfferFigures
    all_in_cost_bp: int
    expires_at: datetime
    cost_confirmed_at: datetime | None
    number: str
    drawn_at: datetime | None
    signed_at: datetime | None
    sealed_at: datetime | None
    paid_fen: int | None
    paid_at: datetime | None
    bank_reference: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One message; `sent_at` None: not on its way yet."""

    name: Words
    channel: str
    created_at: datetime
    sent_at: datetime | None


def check_rows(history: Sequence[HistoryRow], answers: Mapping[str, AnswerValue]) -> tuple[CheckRow, ...]:
    """What the newest verification found, and what the applicant said to what does not fit."""
    found: Mapping[str, str] = {}
    for row in history:
        if row.event.kind is EventKind.STEP_FINISHED and row.event.data.get("step") == Step.VERIFY_DOCUMENTS:
            found = row.event.data.get("checks") or {}
    return tuple(
        CheckRow(
            known_words(CHECKS, code),
            Badge(*RESULTS[result]),
            sentence=BY_ID[code].sentence if result == "fail" and code in BY_ID else "",
            basis=KEPT if result == "fail" and kept(code) in answers else "",
            passed=result == "pass",
        )
        for code, result in found.items()
        if result in RESULTS
    )


def fraud_signals(history: Sequence[HistoryRow]) -> tuple[tuple[Words, ...], ...] | None:
    """What the newest screening saw; None before there was one."""
    signals: list[str] | None = None
    for row in history:
        if row.event.kind is EventKind.FRAUD_SCREENED:
            signals = row.event.data.get("signals") or []
    return None if signals is None else tuple(signal_words(code) for code in signals)


def decision_panel(
    decision: Decision,
    by: str | None,
    automatic: Decision | None,
    cipher: PersonCipher | None,
    language: str,
    *,
    rules: bool,
) -> DecisionPanel:
    """`automatic`: the policy's decision on the case; `rules`: the reader may see the sentences of the trace, which
    quote figures."""
    comment, found = "", open_findings(decision, cipher)
    if decision.comment is not None and cipher is not None:
        comment = cipher.open(f"decision.comment.{decision.id}", decision.comment)
    return DecisionPanel(
        badge=Badge(*OUTCOMES[decision.outcome]),
        by=by or "",
        at=decision.decided_at,
        points=decision.points,
        grade=decision.grade or "",
        pd=decision.pd,
        model=(decision.model_hash or "")[:12],
        policy=decision.policy_version or "",
        reasons=tuple(str(reason[language]) for reason in reasons_told(decision, automatic, cipher)),
        hints=tuple(str(hint[language]) for hint in found.hints) if rules else (),
        rules=rule_rows(found.rules, language, sentences=rules),
        comment=comment,
    )


def _basis(pair: str, language: str) -> str:
    """The policy names its bases once, as "中文 / English"; a law's name has no second half."""
    zh, _, en = pair.partition(" / ")
    return en or zh if language == "en" else zh


def rule_rows(trace: Iterable[Mapping[str, Any]], language: str, *, sentences: bool) -> tuple[CheckRow, ...]:
    """The policy's trace, what did not pass first."""
    rows = [
        CheckRow(
            known_words(RULES, rule["id"]),
            Badge(*RESULTS[rule["outcome"]]),
            str(rule[language]) if sentences else "",
            _basis(str(rule["basis"]), language),
            rule["outcome"] == "pass",
            str(rule.get("row", "")),
        )
        for rule in trace
    ]
    return tuple(sorted(rows, key=lambda row: row.passed))


def contract_panel(offer: Offer, contract: Contract | None, payout: Payout | None) -> ContractPanel:
    """As far as it has come."""
    paid = payout is not None and payout.state is PayoutState.PAID
    return ContractPanel(
        figures=OfferFigures(offer.amount_fen, offer.term_months, offer.annual_rate_bp, offer.monthly_payment_fen),
        all_in_cost_bp=offer.all_in_cost_bp,
        expires_at=offer.expires_at,
        cost_confirmed_at=offer.cost_confirmed_at,
        number=contract.number if contract else "",
        drawn_at=contract.drawn_at if contract else None,
        signed_at=contract.signed_at if contract else None,
        sealed_at=contract.sealed_at if contract else None,
        paid_fen=payout.amount_fen if payout is not None and paid else None,
        paid_at=payout.paid_at if payout is not None and paid else None,
        bank_reference=(payout.bank_reference or "") if payout is not None else "",
    )


def notice_rows(notices: Sequence[Notice]) -> tuple[NoticeRow, ...]:
    """Messages to the applicant, newest first."""
    return tuple(
        NoticeRow(known_words(NOTICES, notice.name), CHANNELS[notice.channel.value], notice.created_at, notice.sent_at)
        for notice in reversed(notices)
    )
