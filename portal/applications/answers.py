"""One more answer of a draft, and what it does to the others by the script's graph."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col

from portal.applications.queries import AnswerValue, AnswerView, answer_place, list_all_answers, mark_of
from portal.db.models import Answer, AnswerSource, Application, Document
from portal.db.together import Write, write_together
from portal.db.uow import UnitOfWork
from portal.domain.application import ApplicationState
from portal.domain.clock import now
from portal.domain.errors import Conflict
from portal.domain.events import ActorKind, EventKind
from portal.script.catalogue import Catalogue, scripts
from portal.script.question import DOCUMENT_SLOTS
from portal.script.settling import Aside, Settled, settle

_MIRRORS = {"product": "product", "amount": "amount_fen", "term": "term_months", "purpose": "purpose"}
# Other people's applications are searched for the same value when fraud is screened.
_INDEXED = frozenset({"id_number", "bank_card"})

Stored = Literal["new", "changed", "same"]


@dataclass(frozen=True, slots=True)
class Book:
    """Every answer of a draft as it was read: those that count (portal.applications.queries.list_answers), and those
    set aside."""

    answers: Mapping[str, AnswerView]
    aside: Mapping[str, Aside]

    @property
    def given(self) -> dict[str, AnswerValue]:
        """What counts but for what the product implies."""
        return {slot: one.value for slot, one in self.answers.items() if one.source is not AnswerSource.IMPLIED}


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of an answer; `book` is None when others moved with it, so that it has to be read again."""

    stored: Stored
    book: Book | None


async def store_answer(
    uow: UnitOfWork,
    application: Application,
    slot: str,
    value: AnswerValue,
    source: AnswerSource = AnswerSource.TYPED,
    *,
    never_counted: bool = False,
) -> Stored:
    """Keep one answer of a draft; a changed one sets aside what depended on it, and may bring back what it once set
    aside (portal.script.settling). `never_counted`: what it replaces was of no use, so nothing rests on it.

    The caller holds the application's row locked. Raises Conflict once it is submitted.
    """
    book = Book(*await list_all_answers(uow, application))
    return (await enter_answer(uow, application, book, slot, value, source, never_counted=never_counted)).stored


async def enter_answer(
    uow: UnitOfWork,
    application: Application,
    book: Book,
    slot: str,
    value: AnswerValue,
    source: AnswerSource,
    *,
    never_counted: bool = False,
    along: Sequence[Write] = (),
) -> Entry:
    """`store_answer` where the book is open already; `along` is written in the same statement, whatever comes of it."""
    if application.state is not ApplicationState.DRAFT:
        raise Conflict
    then = {"product": application.product, **book.given}
    at = now()
    if then.get(slot) == value:
        again = update(Answer).where(*_row(application, slot)).values(source=source)
        await write_together(uow.session, again, *along)
        return Entry("same", None)
    changed = slot in then
    if never_counted:
        then.pop(slot, None)
    before, after = catalogues(application, slot, value)
    settled = settle(before, after, then, book.aside, {slot: value}, mark_of(uow, application))
    await _move_documents(uow, book, settled)
    columns = {"updated_at": at, **_mirrors(after, settled)}
    await uow.append(
        application.id,
        EventKind.ANSWER_CHANGED if changed else EventKind.QUESTION_ANSWERED,
        actor=application.applicant_id,
        actor_kind=ActorKind.APPLICANT,
        along=(
            await _written(uow, application, slot, settled, value, source, at),
            *_moved(uow, application, slot, settled),
            update(Application).where(col(Application.id) == application.id).values(columns),
            *along,
        ),
        slot=slot,
        source=source.value,
        **({"asks_again": list(settled.dropped)} if settled.dropped else {}),
        **({"brings_back": list(settled.brought_back)} if settled.brought_back else {}),
    )
    for name, known in columns.items():
        set_committed_value(application, name, known)
    moved = settled.dropped or settled.brought_back or before is not after
    counting = {**book.answers, slot: AnswerView(value, source, at)}
    aside = {each: one for each, one in book.aside.items() if each != slot}
    return Entry("changed" if changed else "new", None if moved else Book(counting, aside))


def catalogues(application: Application, slot: str, value: AnswerValue) -> tuple[Catalogue, Catalogue]:
    """The draft's catalogue, and the one that it has once `slot` is answered so: another product has another."""
    version = application.script_version
    product = str(value) if slot == "product" else application.product
    return scripts().of(version, application.product), scripts().of(version, product)


def _row(application: Application, slot: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(Answer.application_id) == application.id, col(Answer.slot) == slot


async def _written(
    uow: UnitOfWork,
    application: Application,
    slot: str,
    settled: Settled,
    value: AnswerValue,
    source: AnswerSource,
    at: datetime,
) -> Write:
    """The answer's row. Where the product leaves no choice, it does not count from the first moment."""
    cipher = await uow.cipher(application.applicant_id)
    under = settled.aside[slot].under if slot in settled.aside else None
    row = {
        "value": cipher.seal(answer_place(application.id, slot), json.dumps(value, ensure_ascii=False)),
        "value_index": _index(uow, slot, value) if under is None else None,
        "set_aside": under,
        "source": source,
        "answered_at": at,
    }
    key = {"application_id": application.id, "slot": slot}
    return upsert(Answer).values(**key, **row).on_conflict_do_update(index_elements=[*key], set_=row)


def _moved(uow: UnitOfWork, application: Application, given: str, settled: Settled) -> Iterator[Write]:
    for slot in settled.dropped:
        if slot != given:
            aside = {"set_aside": settled.aside[slot].under, "value_index": None}
            yield update(Answer).where(*_row(application, slot)).values(aside)
    for slot in settled.brought_back:
        back = {"set_aside": None, "value_index": _index(uow, slot, settled.values[slot])}
        yield update(Answer).where(*_row(application, slot)).values(back)


async def _move_documents(uow: UnitOfWork, book: Book, settled: Settled) -> None:
    """A photograph goes and comes with the answer that names it, and so does everything that was read from it."""
    gone = [UUID(str(book.answers[slot].value)) for slot in settled.dropped if slot in DOCUMENT_SLOTS]
    back = [UUID(str(settled.values[slot])) for slot in settled.brought_back if slot in DOCUMENT_SLOTS]
    for ids, aside in ((gone, True), (back, False)):
        if ids:
            await uow.session.exec(update(Document).where(col(Document.id).in_(ids)).values(set_aside=aside))


def _index(uow: UnitOfWork, slot: str, value: AnswerValue) -> bytes | None:
    return uow.keys.blind_index(slot, str(value)) if slot in _INDEXED else None


def _mirrors(catalogue: Catalogue, settled: Settled) -> dict[str, Any]:
    """Lists show these without opening what is sealed."""
    known = {**settled.values, **catalogue.fixed}
    return {column: known.get(slot) for slot, column in _MIRRORS.items()}
