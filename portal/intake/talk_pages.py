"""What was said in free words, as the chat shows it."""

import re
from dataclasses import dataclass, replace

from portal.applications.queries import AnswerValue
from portal.db.models import ExchangeState, Reply
from portal.domain.errors import Invalid
from portal.domain.text import Bilingual
from portal.intake.proposals import Shown
from portal.intake.replies import answer_of
from portal.intake.said import Said, pending
from portal.intake.shown import shown_answer
from portal.intake.state import Intake
from portal.script.catalogue import Product
from portal.script.question import Question

# Numbers of people, phones and cards are masked in the transcript, also where somebody typed them unasked.
_LONG_NUMBER = re.compile(r"\d(?:[\s-]?\d){8,}[xX]?")
_KEPT = 4


@dataclass(frozen=True, slots=True)
class Chip:
    """One answer that was understood: `typed` as it stands in its field; `before` what it replaces. `shown` is None
    when it can't be an answer, and `refusal` says why not."""

    question: Question
    typed: str
    shown: Shown | None
    before: Shown | None
    refusal: str


@dataclass(frozen=True, slots=True)
class ExchangePage:
    """A message and its reply. `open`: it waits for a yes; `again`: not understood twice in a row."""

    number: int
    slot: str
    text: str
    reply: Reply
    state: ExchangeState
    open: bool
    again: bool
    chips: tuple[Chip, ...]
    unsure: tuple[Question, ...]
    answer: str
    question: Question | None


def exchange_pages(intake: Intake) -> tuple[ExchangePage, ...]:
    """All of them, in order."""
    waiting = pending(intake.said)
    pages = []
    puzzled = False
    for said, following in zip(intake.said, (*intake.said[1:], None), strict=False):
        unclear = said.reply is Reply.UNCLEAR
        page = _page(intake, said, is_open=said is waiting, again=unclear and puzzled)
        if (
            said.state is ExchangeState.DROPPED
            and following
            and said.words.found.keys() <= following.words.found.keys()
        ):
            # Corrected before it was taken: it goes on in the next.
            page = replace(page, chips=())
        pages.append(page)
        puzzled = unclear
    return tuple(pages)


def _page(intake: Intake, said: Said, *, is_open: bool, again: bool) -> ExchangePage:
    find = intake.catalogue.find
    product = intake.catalogue.product
    return ExchangePage(
        number=said.number,
        slot=said.slot,
        text=_LONG_NUMBER.sub(_mask, said.words.text),
        reply=said.reply,
        state=said.state,
        open=is_open,
        again=again,
        chips=tuple(
            _chip(intake, question, said.words.found[question.slot], is_open=is_open)
            for question in intake.catalogue.questions
            if question.slot in said.words.found
        ),
        unsure=tuple(question for slot in said.words.unsure if (question := find(slot)) is not None),
        answer=_answer(said.entry, product) if said.entry else "",
        question=find(said.slot),
    )


def _answer(entry: str, product: Product) -> str:
    """As a message id: gettext in templates reads % as a place."""
    answer = answer_of(entry, product)
    return Bilingual(answer.replace("%", "%%"), answer.en.replace("%", "%%")) if answer is not None else ""


def _chip(intake: Intake, question: Question, typed: str, *, is_open: bool) -> Chip:
    earlier = intake.answers.get(question.slot)
    try:
        value: AnswerValue | None = question.parse(typed)
        refusal = ""
    except Invalid as error:
        value, refusal = None, error.public
    changes = is_open and earlier is not None and value is not None and earlier.value != value
    return Chip(
        question=question,
        typed=typed,
        shown=None if value is None else shown_answer(question, value),
        before=shown_answer(question, earlier.value) if changes and earlier is not None else None,
        refusal=refusal,
    )


def _mask(found: re.Match[str]) -> str:
    return "•" * (len(found[0]) - _KEPT) + found[0][-_KEPT:]
