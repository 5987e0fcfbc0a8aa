"""Contexts of what a decision rests on: documents beside their fields, checks, the bureau, decisions and the offer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.applications.queries import AnswerValue
from portal.db.models import Contract, Decision, DocumentState, Notice, Offer, Payout, PayoutState
from portal.db.vault import PersonCipher
from portal.documents.service import DocumentView, FieldView
from portal.documents.wording import AMOUNTS, FIELDS, KINDS, LONG_TERM, SEXES, SLOTS
from portal.domain.events import EventKind
from portal.domain.money import format_yuan
from portal.domain.workflow import Step
from portal.helpdesk.pages import Badge
from portal.helpdesk.personal import mask_field
from portal.helpdesk.queries import HistoryRow
from portal.helpdesk.service import Revealed
from portal.helpdesk.timeline import Words, known_words, signal_words
from portal.helpdesk.wording import (
    CHANNELS,
    CHECKS,
    DOCUMENT_STATES,
    NOTICES,
    OUTCOMES,
    PROVENANCES,
    RESULTS,
    RULES,
)
from portal.underwriting.findings import open_findings, reasons_told


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One fact read. `agrees` compares it with the answer of the same name; `box` is x, y, width, height in pixels
    of `page`, None while it is hidden."""

    number: int
    label: str
    text: Words
    level: str
    provenance: str
    agrees: bool | None
    page: int = 0
    box: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page's picture, its size in pixels and the fields read from it."""

    number: int
    width: int
    height: int
    fields: tuple[FieldRow, ...]


@dataclass(frozen=True, slots=True)
class DocumentPanel:
    """One document, fragment `helpdesk/_document.html`. `sheets` is filled for who gave a reason."""

    reference: str
    id: UUID
    title: str
    kind: str
    badge: Badge
    sentence: str
    fields: tuple[FieldRow, ...]
    checks: tuple[tuple[str, bool], ...]
    allowed: bool
    revealed: bool = False
    sheets: tuple[Sheet, ...] = ()
    error: str = ""

    @property
    def token(self) -> str:
        """What a form names it by."""
        return f"document:{self.id}"


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One line of the verification or of the policy's trace; `sentence` only for who may read figures."""

    label: Words
    badge: Badge
    sentence: str = ""
    basis: str = ""
    passed: bool = True


@dataclass(frozen=True, slots=True)
class OfferFigures:
    """Fen, months, bp a year."""

    amount_fen: int
    term_months: int
    annual_rate_bp: int
    monthly_payment_fen: int


@dataclass(frozen=True, slots=True)
class DecisionPanel:
    """One decision; `by` is an officer's name or empty. `reasons` as the applicant reads them, `rules` worst first."""

    badge: Badge
    by: str
    at: datetime
    points: int | None
    grade: str
    pd: float | None
    model: str
    policy: str
    reasons: tuple[str, ...]
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


def document_panel(
    reference: str,
    document: DocumentView,
    answers: Mapping[str, AnswerValue],
    language: str,
    *,
    allowed: bool,
    revealed: Revealed | None = None,
) -> DocumentPanel:
    """Masked, unless this very document was revealed in this answer."""
    open_now = revealed is not None and revealed.document is not None and revealed.document.id == document.id
    names = [name for name in FIELDS if name in document.fields]
    rows = tuple(
        _field_row(number, name, document.fields[name], answers, in_clear=open_now)
        for number, name in enumerate(names, start=1)
    )
    sizes = revealed.sizes if revealed is not None and open_now else ()
    return DocumentPanel(
        reference=reference,
        id=document.id,
        title=SLOTS[document.slot],
        kind=KINDS.get(document.kind or "", "") if document.state is DocumentState.READ else "",
        badge=Badge(*DOCUMENT_STATES[document.state]),
        sentence=document.sentence,
        fields=rows,
        checks=tuple((str(check[language]), bool(check["passed"])) for check in document.checks),
        allowed=allowed and (document.page_count > 0 or bool(document.fields)),
        revealed=open_now,
        sheets=tuple(
            Sheet(number, width, height, tuple(row for row in rows if row.page == number))
            for number, (width, height) in enumerate(sizes)
        ),
    )


def _field_row(
    number: int, name: str, read: FieldView, answers: Mapping[str, AnswerValue], *, in_clear: bool
) -> FieldRow:
    x0, y0, x1, y1 = read.box if len(read.box) == 4 else (0, 0, 0, 0)
    return FieldRow(
        number=number,
        label=FIELDS[name],
        text=_field_text(name, read.value) if in_clear else _masked_text(name, read.value),
        level=read.level,
        provenance=PROVENANCES[read.provenance],
        agrees=str(answers[name]) == read.value
        if name in ("name", "id_number", "employer") and name in answers
        else None,
        page=read.page,
        box=(x0, y0, max(1, x1 - x0), max(1, y1 - y0)) if in_clear else None,
    )


def _field_text(name: str, value: str) -> Words:
    if name in AMOUNTS:
        return Words(format_yuan(int(value)), translate=False)
    if name == "sex" and value in SEXES:
        return Words(SEXES[value])
    return Words(LONG_TERM) if value == "long_term" else Words(value, translate=False)


def _masked_text(name: str, value: str) -> Words:
    return Words(LONG_TERM) if value == "long_term" else Words(mask_field(name, value), translate=False)


def check_rows(history: Sequence[HistoryRow]) -> tuple[CheckRow, ...]:
    """What the newest verification found."""
    found: Mapping[str, str] = {}
    for row in history:
        if row.event.kind is EventKind.STEP_FINISHED and row.event.data.get("step") == Step.VERIFY_DOCUMENTS:
            found = row.event.data.get("checks") or {}
    return tuple(
        CheckRow(known_words(CHECKS, code), Badge(*RESULTS[result]), passed=result == "pass")
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
    comment = ""
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
        rules=rule_rows(open_findings(decision, cipher).rules, language, sentences=rules),
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
