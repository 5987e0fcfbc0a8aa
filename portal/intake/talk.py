"""What is said in free words: understood, answered or asked back, and kept. Nothing that was understood counts before
the applicant has said yes to it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from anyio import to_thread

from portal.applications.queries import AnswerValue
from portal.applications.service import claim_request, open_draft, withdraw
from portal.db.models import Application, Exchange, ExchangeState, Reply
from portal.db.uow import UnitOfWork
from portal.domain.clock import now
from portal.domain.errors import Conflict, Invalid
from portal.domain.events import ActorKind, EventKind
from portal.domain.text import N_
from portal.intake.forms import AnswerForm
from portal.intake.said import MOST, Words, close, pending, place, rewrite, written
from portal.intake.service import store_typed
from portal.intake.state import Intake, read_intake
from portal.script.question import Question
from portal.understanding.faq import is_question
from portal.understanding.intents import Intent
from portal.understanding.parse import Understanding, understand

_WORDS = ("money", "text")
"""Whose own field takes words; beside the others stands one for words alone."""
_TYPED = (*_WORDS, "choice")
_LONGEST = 500
_REPLIES: Mapping[Intent, Reply] = {
    Intent.ASK: Reply.ANSWERED,
    Intent.WHY: Reply.REASON,
    Intent.HUMAN: Reply.PERSON,
    Intent.RESTART: Reply.RESTART,
    Intent.EDIT: Reply.WHICH,
    Intent.BACK: Reply.WHICH,
}

_ANSWERING = (Intent.ANSWER, Intent.CORRECT, Intent.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Heard:
    """`edit`: the earlier question that is wanted back on the screen."""

    edit: str | None = None


class TooMuch(Conflict):
    """So many messages that a person should talk to them."""

    public = N_("说的内容太多，暂时记不下了。请直接回答问题，或打客服电话。")


async def hear(uow: UnitOfWork, intake: Intake, slot: str, form: AnswerForm) -> Heard | None:
    """Keep a message and what it means; None when it is a plain answer to the question, which others take.

    The caller holds the application's row locked. Raises Invalid when nothing was said, KeyReused, TooMuch.
    """
    application, question = intake.application, intake.catalogue.find(slot)
    if question is None or form.picked or (question.widget not in _WORDS and not form.free):
        return None
    if form.free and not form.said.strip():
        raise Invalid({"say": N_("请先写下您想说的话。")})
    text = (form.said or form.text).strip()[:_LONGEST]
    meant = await to_thread.run_sync(understand, text, slot)
    if not form.said and _is_plain(question, text, meant):
        return None
    if not await claim_request(uow, application.id, form.key, f"say:{slot}", text):
        return Heard()
    if application.exchanges >= MOST:
        raise TooMuch
    edit = _wanted_back(intake, question, meant)
    if edit is None:
        await _keep(uow, intake, question, text, meant)
    return Heard(edit)


def _is_plain(question: Question, text: str, meant: Understanding) -> bool:
    """Whether the text is this question's answer and nothing besides: then it needs no echo. What can't be an answer
    and isn't understood either is left to the question, whose refusal tells best what is wanted."""
    if meant.intent not in _ANSWERING or meant.slots.keys() - {question.slot}:
        return False
    if meant.unsure:
        return question.slot not in meant.unsure and _parsed(question, text) is None
    found = meant.slots.get(question.slot)
    if found is None:
        return not is_question(text)
    meaning = _parsed(question, str(found))
    return meaning is None or _parsed(question, text) == meaning


def _parsed(question: Question, text: str) -> AnswerValue | None:
    try:
        return question.parse(text)
    except Invalid:
        return None


def _wanted_back(intake: Intake, question: Question, meant: Understanding) -> str | None:
    asked = [one for one in intake.questions if one.fixed is None and intake.is_answered(one)]
    if meant.intent is Intent.EDIT:
        return next((one.slot for one in asked if one.slot == meant.edit), None)
    if meant.intent is not Intent.BACK:
        return None
    order = [one.slot for one in intake.questions]
    here = order.index(question.slot) if question.slot in order else len(order)
    earlier = [one.slot for one in asked if order.index(one.slot) < here]
    return earlier[-1] if earlier else None


async def _keep(uow: UnitOfWork, intake: Intake, question: Question, text: str, meant: Understanding) -> None:
    application = intake.application
    open_one = pending(intake.said)
    found = {slot: str(value) for slot, value in meant.slots.items() if _can_be_taken(intake, slot)}
    if open_one is not None:
        # 不对，是六万 about what stands there unconfirmed: the rest of it stays proposed.
        await close(uow, application)
        found = {**open_one.words.found, **found} if found else found
    reply = _reply(meant, found)
    unsure = tuple(slot for slot in meant.unsure if _can_be_taken(intake, slot))
    application.exchanges += 1
    row = Exchange(
        application_id=application.id,
        number=application.exchanges,
        slot=question.slot,
        reply=reply,
        state=ExchangeState.OPEN if found or reply is Reply.RESTART else ExchangeState.CLOSED,
        entry=meant.faq.id if reply is Reply.ANSWERED and meant.faq else None,
        said=b"",
    )
    cipher = await uow.cipher(application.applicant_id)
    row.said = cipher.seal(place(row.id), written(Words(text, found, unsure)))
    uow.session.add(row)
    await uow.session.flush()  # the page that answers reads it
    application.updated_at = now()
    if reply is Reply.PERSON:
        application.person_asked_at = now()
        await uow.append(
            application.id, EventKind.PERSON_ASKED, actor=application.applicant_id, actor_kind=ActorKind.APPLICANT
        )


def _reply(meant: Understanding, found: Mapping[str, str]) -> Reply:
    if meant.intent in _REPLIES and not (meant.intent in (Intent.EDIT, Intent.BACK) and found):
        return _REPLIES[meant.intent]
    if found:
        return Reply.UNDERSTOOD
    return Reply.UNSURE if meant.unsure else Reply.UNCLEAR


def _can_be_taken(intake: Intake, slot: str) -> bool:
    question = intake.catalogue.find(slot)
    return question is not None and question.widget in _TYPED and question.fixed is None


async def settle(uow: UnitOfWork, application: Application, number: int, fields: Mapping[str, str]) -> Application:
    """A yes (`pick` = take) or no to what was understood; the values come from the form, where they could be changed.

    The application to go on with: a new one after a confirmed fresh start. A form that is late does nothing. Raises
    Invalid with the sentence by slot, KeyReused.
    """
    intake = await read_intake(uow, application)
    said = pending(intake.said)
    if said is None or said.number != number:
        return application
    taken = fields.get("pick") == "take"
    body = "\x1f".join(f"{slot}={fields.get(slot, '')}" for slot in said.words.found) if taken else "drop"
    async with _all_or_nothing(uow, application):
        if not await claim_request(uow, application.id, fields.get("_key", ""), f"settle:{number}", body):
            return application
        if not taken:
            await close(uow, application)
        elif said.reply is Reply.RESTART:
            await close(uow, application, ExchangeState.TAKEN)
            await withdraw(uow, application)
            return await open_draft(uow, application.applicant_id, application.product)
        else:
            typed = {slot: fields.get(slot, understood) for slot, understood in said.words.found.items()}
            await _take(uow, intake, typed)
            await rewrite(uow, application, number, replace(said.words, found=typed))
    return application


@asynccontextmanager
async def _all_or_nothing(uow: UnitOfWork, application: Application) -> AsyncIterator[None]:
    """A refused form gives its key back, and leaves the draft as it was."""
    try:
        async with uow.session.begin_nested():
            yield
    except Invalid:
        await uow.session.refresh(application)
        raise


async def _take(uow: UnitOfWork, intake: Intake, typed: Mapping[str, str]) -> None:
    """All or none, in the script's order: an answer may decide whether the next is asked at all."""
    errors: dict[str, str] = {}
    values = {}
    for question in intake.catalogue.questions:
        try:
            if question.slot in typed:
                values[question] = question.parse(typed[question.slot])
        except Invalid as error:
            errors[question.slot] = error.public
    if errors:
        raise Invalid(errors)
    known = intake.values | {question.slot: value for question, value in values.items()}
    for question in values:
        if question.applies_to(known):
            form = AnswerForm("", typed[question.slot], editing=True, consents={})
            intake = await store_typed(uow, intake, question, form)
