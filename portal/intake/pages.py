"""Contexts of the intake's pages. Sentences are message ids; templates translate them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile

from portal.applications.product import MAX_AGE_AT_END, MAX_RATE_BP, MIN_AGE, MIN_RATE_BP
from portal.db.models import Application, ConsentKind
from portal.db.uow import UnitOfWork
from portal.documents.pages import CardPage, UploadPage, card_page, upload_page
from portal.domain.money import monthly_payment_fen
from portal.domain.text import N_
from portal.intake.consents import VERSION, ConsentText, consent_texts
from portal.intake.edits import foresee
from portal.intake.eligibility import Ineligibility
from portal.intake.proposals import (
    MismatchPage,
    ProposalPage,
    Shown,
    chat_path,
    mismatch_page,
    proposal_page,
    step_path,
)
from portal.intake.shown import by_section, is_said, show
from portal.intake.state import Intake, as_typed
from portal.intake.talk_pages import ExchangePage, exchange_pages
from portal.script.catalogue import Product, scripts
from portal.script.question import Question

Errors = Mapping[str, str]

_EXAMPLE_FEN, _EXAMPLE_MONTHS = 1_000_000, 12

STALE = N_("这一题您之前已经回答过，刚才的内容没有覆盖它。请从下面这一题继续。")
ELSEWHERE = N_("您在另一台手机上接着填了，这里已经更新。")
CHECK_AGAIN = N_("您的回答有更新，请再核对一遍后提交。")
NOT_COMPLETE = N_("还差几项没有填完，请从下面这一题继续。")
NOTICES = {"stale": STALE, "elsewhere": ELSEWHERE, "changed": CHECK_AGAIN, "incomplete": NOT_COMPLETE}


@dataclass(frozen=True, slots=True)
class LandingPage:
    """What is on offer, in figures, and where to go on."""

    continues: bool
    products: tuple[Product, ...] = field(default_factory=lambda: scripts().products)
    example_low_fen: int = monthly_payment_fen(_EXAMPLE_FEN, MIN_RATE_BP, _EXAMPLE_MONTHS)
    example_high_fen: int = monthly_payment_fen(_EXAMPLE_FEN, MAX_RATE_BP, _EXAMPLE_MONTHS)
    example_fen: int = _EXAMPLE_FEN
    example_months: int = _EXAMPLE_MONTHS
    min_rate_bp: int = MIN_RATE_BP
    max_rate_bp: int = MAX_RATE_BP
    min_age: int = MIN_AGE
    max_age_at_end: int = MAX_AGE_AT_END
    title: str = N_("个人借款")
    errors: Errors = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StartPage:
    """The phone number, as typed."""

    mobile: str = ""
    errors: Errors = field(default_factory=dict)
    title: str = N_("验证手机号")


@dataclass(frozen=True, slots=True)
class VerifyPage:
    """`mobile` is masked; `wait_seconds` until another code may be asked for."""

    mobile: str
    wait_seconds: int = 0
    notice: str = ""
    errors: Errors = field(default_factory=dict)
    title: str = N_("填写验证码")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question answered."""

    slot: str
    prompt: str
    label: str
    shown: Shown
    edit: str
    document: CardPage | None = None
    exchanges: tuple[ExchangePage, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentCard:
    """One text; `granted` when it was agreed to before."""

    text: ConsentText
    granted: bool
    ticked: bool


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One answer to check; without `edit` there is nothing else to choose."""

    label: str
    shown: Shown
    edit: str


@dataclass(frozen=True, slots=True)
class Again:
    """What an edit asks again, as labels: after any other answer, or after some of the choices only."""

    always: tuple[str, ...] = ()
    by_choice: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChatPage:
    """The whole conversation: what was said, and the one question being asked (None: all said, or no way on).
    `exchanges` were had at this question; `waiting`: one of them wants a yes before it goes on."""

    reference: str
    turns: tuple[Turn, ...]
    question: Question | None
    typed: str
    editing: bool
    reading: bool
    proposal: ProposalPage | None
    mismatch: MismatchPage | None
    upload: UploadPage | None
    consents: tuple[ConsentCard, ...]
    consent_version: str
    ineligible: Ineligibility | None
    changes: tuple[CheckRow, ...]
    section: int
    sections: int
    section_title: str
    saved_at: datetime
    as_of: str
    again: Again
    back: str
    exchanges: tuple[ExchangePage, ...] = ()
    waiting: ExchangePage | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    notice: str | None = None
    errors: Errors = field(default_factory=dict)
    fragment: bool = False
    title: str = N_("借款申请")


@dataclass(frozen=True, slots=True)
class CheckSection:
    """The answers of one part."""

    title: str
    rows: tuple[CheckRow, ...]


@dataclass(frozen=True, slots=True)
class CheckPage:
    """Everything that is about to be submitted; `digest` stands for exactly this."""

    reference: str
    sections: tuple[CheckSection, ...]
    digest: str
    notice: str | None = None
    errors: Errors = field(default_factory=dict)
    title: str = N_("核对您的回答")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the request is about: a question, whether its earlier answer is edited, what was typed, what went wrong."""

    question: Question | None = None
    editing: bool = False
    typed: str | None = None
    ticked: frozenset[ConsentKind] = frozenset()
    notice: str | None = None
    errors: Errors = field(default_factory=dict)
    fragment: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


def chat_page(intake: Intake, asked: Asked, language: str, lender: str) -> ChatPage:
    """The conversation as it stands."""
    editing, question = _choose(intake, asked)
    ineligible = None if editing else intake.ineligibility
    question = None if ineligible else question
    sections = intake.catalogue.sections
    section = question.section if question else sections[-1]
    proposal = proposal_page(intake, question, error=asked.errors.get("looked", "")) if question else None
    typed = asked.typed
    if typed is None:
        typed = _earlier(intake, question) or (proposal.value if proposal else "") if question else ""
    turns = [q for q in intake.questions if q is not question and _is_turn(intake, q)]
    had = exchange_pages(intake)
    elsewhere = {turn.slot for turn in turns}
    return ChatPage(
        reference=intake.application.reference,
        turns=tuple(_turn(intake, q, tuple(one for one in had if one.slot == q.slot)) for q in turns),
        exchanges=tuple(one for one in had if one.slot not in elsewhere or one.open),
        waiting=next((one for one in had if one.open), None),
        question=question,
        typed=typed,
        editing=editing,
        reading=intake.is_reading,
        proposal=proposal,
        mismatch=mismatch_page(intake, question) if question and question.widget == "mismatch" else None,
        upload=_upload(intake, question) if question and question.widget == "document" else None,
        consents=_consent_cards(intake, asked, language, lender) if question and question.widget == "consents" else (),
        consent_version=VERSION,
        ineligible=ineligible,
        changes=tuple(_row(intake, q) for q in intake.questions if ineligible and q.slot in ineligible.change),
        section=sections.index(section) + 1,
        sections=len(sections),
        section_title=section.title,
        saved_at=intake.application.updated_at,
        as_of=as_of(intake.application),
        again=_again(intake, question) if question and editing else Again(),
        back=_back(intake, question),
        notice=asked.notice,
        errors=asked.errors,
        fragment=asked.fragment,
        fields=asked.fields,
    )


def as_of(application: Application) -> str:
    """Changes with every turn: a page that shows another has missed one."""
    return f"{application.updated_at.timestamp():.6f}"


def _again(intake: Intake, question: Question) -> Again:
    foreseen = foresee(intake, question)
    return Again(
        tuple(one.label for one in foreseen.always),
        {value: tuple(one.label for one in asked) for value, asked in (foreseen.by_choice or {}).items()},
    )


def _back(intake: Intake, question: Question | None) -> str:
    """The address of the question before; empty at the first one."""
    before = takewhile(lambda one: one is not question, intake.questions)
    said = [one for one in before if _is_turn(intake, one) and one.slot != "product"]
    return step_path(intake, said[-1].slot) if said else ""


def _choose(intake: Intake, asked: Asked) -> tuple[bool, Question | None]:
    """Whether an answer is edited, and the question to show: a refused form's own, else the next one."""
    question = asked.question
    if question is None or question.fixed is not None or question not in intake.questions:
        return False, intake.current
    if intake.is_answered(question):
        return (True, question) if asked.editing else (False, intake.current)
    return False, question if asked.errors else intake.current


def _is_turn(intake: Intake, question: Question) -> bool:
    """What the product leaves no choice about was never asked."""
    return question.fixed is None and is_said(intake, question)


def _earlier(intake: Intake, question: Question) -> str:
    """An answer given before, as it would be typed."""
    answer = intake.answers.get(question.slot)
    if answer is None or question.widget in ("document", "consents", "mismatch"):
        return ""
    if question.widget == "money" and isinstance(answer.value, int):
        return as_typed(answer.value)
    return str(answer.value)


def _turn(intake: Intake, question: Question, had: tuple[ExchangePage, ...]) -> Turn:
    return Turn(
        slot=question.slot,
        prompt=question.prompt,
        label=question.label,
        shown=show(intake, question),
        edit=chat_path(intake, question.slot),
        document=_document(intake, question),
        exchanges=tuple(one for one in had if not one.open),
    )


def _row(intake: Intake, question: Question) -> CheckRow:
    edit = chat_path(intake, question.slot) if question.fixed is None else ""
    return CheckRow(question.label, show(intake, question), edit)


def _document(intake: Intake, question: Question) -> CardPage | None:
    if question.widget != "document":
        return None
    return card_page(intake.application.reference, question.slot, intake.documents.get(question.slot))


def _upload(intake: Intake, question: Question) -> UploadPage:
    """With the reason why the photograph before can't be used."""
    document = intake.documents.get(question.slot)
    refusal = document.sentence if document else ""
    return upload_page(intake.application.reference, question.slot, hint=question.hint, error=refusal)


def _consent_cards(intake: Intake, asked: Asked, language: str, lender: str) -> tuple[ConsentCard, ...]:
    return tuple(
        ConsentCard(text, text.kind in intake.granted, text.kind in asked.ticked)
        for text in consent_texts(language, lender)
    )


def check_page(uow: UnitOfWork, intake: Intake, notice: str | None = None) -> CheckPage:
    """Every answer by section."""
    sections = tuple(
        CheckSection(section.title, tuple(_row(intake, one) for one in answered))
        for section, answered in by_section(intake)
    )
    return CheckPage(intake.application.reference, sections, intake.digest(uow), notice)
