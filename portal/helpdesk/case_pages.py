"""Contexts of one case: its head, steps, person, timeline, and the page that holds them all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from portal.applications.queries import AnswerValue
from portal.db.models import Decision, StepRun
from portal.db.vault import PersonCipher
from portal.documents.wording import SLOTS
from portal.domain.application import ApplicationState
from portal.domain.workflow import PIPELINE, Step, StepState
from portal.helpdesk.bureau_pages import BureauPanel
from portal.helpdesk.document_pages import DocumentPanel
from portal.helpdesk.evidence_pages import (
    CheckRow,
    ContractPanel,
    DecidePanel,
    DecisionPanel,
    NoticeRow,
    OfferFigures,
)
from portal.helpdesk.pages import Badge, Bar, QueueRow, Segment, Waited, badge_of, stuck_words, waited_since
from portal.helpdesk.personal import Personal, clear, masked
from portal.helpdesk.queries import Case, HistoryRow, RunRow, Stuck
from portal.helpdesk.roles import Rights
from portal.helpdesk.service import Revealed
from portal.helpdesk.timeline import EventRow, Words, event_rows
from portal.helpdesk.wording import AHEAD, INCOME, NOTICES, REASONS, REVEALS, STEP_STATES, TIMELINE
from portal.progress.wording import STEPS
from portal.script.catalogue import scripts

RECENT_EVENTS = 20
PERSON_KINDS = ("name", "mobile", "id_number", "bank_card", "employer", "income")


@dataclass(frozen=True, slots=True)
class CaseHead:
    """Where it stands, fragment `helpdesk/_head.html`; `name` is masked or empty, `purpose` a message id."""

    reference: str
    name: str
    amount_fen: int | None
    term_months: int | None
    purpose: str
    badge: Badge
    waited: Waited | None
    submitted_at: datetime | None
    created_at: datetime
    stuck: bool


@dataclass(frozen=True, slots=True)
class StepChip:
    """One step; `run_id` is set where it can be restarted. `subject` names the document or notice it is about."""

    label: str
    badge: Badge
    seconds: float | None = None
    reason: str = ""
    subject: str = ""
    run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class StepsPanel:
    """The pipeline, and what is stuck, fragment `helpdesk/_steps.html`."""

    reference: str
    chips: tuple[StepChip, ...]
    stuck: tuple[StepChip, ...]
    restart: bool


@dataclass(frozen=True, slots=True)
class MaskedRow:
    """One kind of personal data, fragment `helpdesk/_masked.html`. `lines` are label and text in clear, for the one
    answer after a reason; `allowed`: this role may give one."""

    reference: str
    kind: str
    label: str
    text: str
    allowed: bool
    lines: tuple[tuple[str, str], ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class PersonPanel:
    """Who applies, masked."""

    reference: str
    rows: tuple[MaskedRow, ...]
    employment: str
    english: bool
    others: int
    erased: bool
    reveals: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """The history: `rows` grow live, `older` is folded away. `stream` and `poll` are addresses."""

    reference: str
    rows: tuple[EventRow, ...]
    older: tuple[EventRow, ...]
    filters: tuple[Segment, ...]
    stream: str
    poll: str
    note: bool


@dataclass(frozen=True, slots=True)
class Flash:
    """What just happened, or why it did not; `text` is a message id."""

    text: str
    tone: str = "success"


@dataclass(frozen=True, slots=True)
class CasePage:
    """`errors` by field name; `reasons` are the choices of why to look; `note` is a remark as typed. `copies`: what was
    sent here and by somebody else too, (message id, reference of theirs)."""

    bar: Bar
    title: str
    head: CaseHead
    steps: StepsPanel
    person: PersonPanel
    timeline: Timeline
    queue: tuple[QueueRow, ...]
    queue_title: str
    queue_href: str
    documents: tuple[DocumentPanel, ...]
    checks: tuple[CheckRow, ...]
    signals: tuple[tuple[Words, ...], ...] | None
    copies: tuple[tuple[str, str], ...]
    bureau: BureauPanel
    decisions: tuple[DecisionPanel, ...]
    decide: DecidePanel | None
    waits_for_officer: bool
    contract: ContractPanel | None
    notices: tuple[NoticeRow, ...]
    reasons: tuple[tuple[str, str], ...] = tuple(REASONS.items())
    flash: Flash | None = None
    note: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class News:
    """Whether the case has moved on since the page was made, fragment `helpdesk/_news.html`."""

    reference: str
    changed: bool


def case_head(case: Case, name: str, runs: Sequence[RunRow]) -> CaseHead:
    """`name` is masked."""
    application = case.application
    return CaseHead(
        reference=application.reference,
        name=name,
        amount_fen=application.amount_fen,
        term_months=application.term_months,
        purpose=_choice("purpose", application.purpose),
        badge=badge_of(application.state),
        waited=waited_since(application.state, application.updated_at),
        submitted_at=application.submitted_at,
        created_at=application.created_at,
        stuck=any(row.run.state is StepState.FAILED for row in runs),
    )


def _choice(slot: str, value: AnswerValue | None) -> str:
    """The label of a chosen answer; empty when there is none."""
    question = scripts().find_question(slot)
    return next((choice.label for choice in question.choices if choice.value == value), "") if question else ""


def steps_panel(case: Case, runs: Sequence[RunRow], *, restart: bool) -> StepsPanel:
    """Every step of the pipeline in its order; readings and notices only while they are stuck."""
    newest = {row.run.step: row.run for row in runs if row.run.step in PIPELINE}
    begun = case.application.state is not ApplicationState.DRAFT
    chips = [_chip(step, newest.get(step)) for step in PIPELINE] if begun else []
    stuck = [_stuck_chip(row) for row in runs if row.run.state in (StepState.PARKED, StepState.FAILED)]
    return StepsPanel(case.application.reference, tuple(chips), tuple(stuck), restart)


def _chip(step: Step, run: StepRun | None) -> StepChip:
    if run is None:
        return StepChip(STEPS[step].title, Badge(*AHEAD))
    seconds = None
    if run.state is StepState.DONE and run.started_at is not None and run.finished_at is not None:
        seconds = (run.finished_at - run.started_at).total_seconds()
    return StepChip(STEPS[step].title, Badge(*STEP_STATES[run.state]), seconds)


def _stuck_chip(row: RunRow) -> StepChip:
    words = stuck_words(Stuck(row.run.step, row.run.state, row.run.reason))
    subject = SLOTS[row.slot] if row.slot is not None else NOTICES.get(row.notice.name, "") if row.notice else ""
    return StepChip(words.step, words.badge, reason=words.reason, subject=subject, run_id=row.run.id)


def masked_row(
    reference: str, kind: str, personal: Personal, rights: Rights, *, in_clear: bool = False, error: str = ""
) -> MaskedRow:
    """One kind, in clear only where the caller has recorded a reason in this very request."""
    lines: tuple[tuple[str, str], ...] = ()
    if in_clear:
        labels = tuple(INCOME.values()) if kind == "income" else (REVEALS[kind],)
        lines = tuple(zip(labels, clear(kind, personal), strict=True))
    text = masked(kind, personal)
    return MaskedRow(reference, kind, REVEALS[kind], text, kind in rights.reveals and bool(text), lines, error)


def person_panel(case: Case, personal: Personal, rights: Rights, revealed: Revealed | None) -> PersonPanel:
    """Everything masked, but for what was revealed in this answer."""
    reference = case.application.reference
    return PersonPanel(
        reference=reference,
        rows=tuple(
            masked_row(reference, kind, personal, rights, in_clear=revealed is not None and revealed.kind == kind)
            for kind in PERSON_KINDS
        ),
        employment=_choice("employment", personal.answers.get("employment")),
        english=case.applicant.language == "en",
        others=case.others,
        erased=case.key is None,
        reveals=bool(rights.reveals & set(PERSON_KINDS)),
    )


def timeline_page(
    case: Case,
    history: Sequence[HistoryRow],
    cipher: PersonCipher | None,
    show: str,
    *,
    note: bool,
    after: int | None = None,
) -> Timeline:
    """The newest events live, the others folded; `after` is where a page that is open already put the fold."""
    application = case.application
    boundary = history[-RECENT_EVENTS - 1].event.seq if len(history) > RECENT_EVENTS else 0
    boundary = boundary if after is None else after
    base = f"/helpdesk/cases/{application.reference}"
    query = f"after={boundary}&version={application.version}&show={show}"
    return Timeline(
        reference=application.reference,
        rows=event_rows(history, cipher, show=show, after=boundary),
        older=event_rows(history, cipher, show=show, until=boundary),
        filters=tuple(
            Segment(label, "", f"{base}?show={key}#timeline", key == show) for key, label in TIMELINE.items()
        ),
        stream=f"{base}/events?{query}",
        poll=f"{base}/live?{query}",
        note=note,
    )


def decide_panel(
    case: Case,
    decisions: Sequence[tuple[Decision, str | None]],
    doubts: tuple[CheckRow, ...],
    signals: tuple[tuple[Words, ...], ...] | None,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
) -> DecidePanel:
    """The form of a referred case with what speaks for and against it; `typed` is kept after an error."""
    application = case.application
    automatic = next((decision for decision, _ in decisions if decision.staff_id is None), None)
    most = OfferFigures(**automatic.officer_offer) if automatic is not None and automatic.officer_offer else None
    return DecidePanel(
        reference=application.reference,
        version=application.version,
        asked_fen=application.amount_fen or 0,
        asked_months=application.term_months or 0,
        most=most,
        grade=(automatic.grade or "") if automatic else "",
        points=automatic.points if automatic else None,
        doubts=doubts,
        signals=signals or (),
        outcome=typed.get("outcome", ""),
        amount=typed.get("amount", str(most.amount_fen // 100) if most else ""),
        comment=typed.get("comment", ""),
        errors={name: sentence for name, sentence in errors.items() if name in ("outcome", "amount", "comment")},
    )
