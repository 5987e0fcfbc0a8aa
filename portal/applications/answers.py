"""One more answer of a draft, and what it does to the others by the script's graph."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from portal.applications.queries import AnswerValue, answer_place, mark_of
from portal.db.models import Answer, AnswerSource, Application, Document
from portal.db.uow import UnitOfWork
from portal.db.vault import PersonCipher
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
    """Every answer of a draft, those set aside too."""

    application: Application
    cipher: PersonCipher
    rows: dict[str, Answer]
    opened: dict[str, AnswerValue]

    @property
    def counting(self) -> dict[str, AnswerValue]:
        """What counts; the product is known from the first moment."""
        known: dict[str, AnswerValue] = {"product": self.application.product}
        return known | {slot: self.opened[slot] for slot, row in self.rows.items() if row.set_aside is None}

    @property
    def aside(self) -> dict[str, Aside]:
        """What does not."""
        return {
            slot: Aside(self.opened[slot], row.set_aside)
            for slot, row in self.rows.items()
            if row.set_aside is not None
        }


async def open_book(uow: UnitOfWork, application: Application) -> Book:
    """The caller holds the application's row locked."""
    cipher = await uow.cipher(application.applicant_id)
    rows = await uow.session.exec(select(Answer).where(col(Answer.application_id) == application.id))
    by_slot = {row.slot: row for row in rows}
    opened = {
        slot: json.loads(cipher.open(answer_place(application.id, slot), row.value)) for slot, row in by_slot.items()
    }
    return Book(application, cipher, by_slot, opened)


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
    if application.state is not ApplicationState.DRAFT:
        raise Conflict
    book = await open_book(uow, application)
    then = book.counting
    row = book.rows.get(slot)
    if then.get(slot) == value:
        if row is not None:
            row.source = source
        return "same"
    changed = slot in then
    if never_counted:
        then.pop(slot, None)
    before, after = catalogues(application, slot, value)
    settled = settle(before, after, then, book.aside, {slot: value}, mark_of(uow, application))
    _write(uow, book, slot, value, source)
    await _move(uow, book, settled)
    _mirror(application, after, settled)
    await uow.append(
        application.id,
        EventKind.ANSWER_CHANGED if changed else EventKind.QUESTION_ANSWERED,
        actor=application.applicant_id,
        actor_kind=ActorKind.APPLICANT,
        slot=slot,
        source=source.value,
        **({"asks_again": list(settled.dropped)} if settled.dropped else {}),
        **({"brings_back": list(settled.brought_back)} if settled.brought_back else {}),
    )
    return "changed" if changed else "new"


def catalogues(application: Application, slot: str, value: AnswerValue) -> tuple[Catalogue, Catalogue]:
    """The draft's catalogue, and the one that it has once `slot` is answered so: another product has another."""
    version = application.script_version
    product = str(value) if slot == "product" else application.product
    return scripts().of(version, application.product), scripts().of(version, product)


def _write(uow: UnitOfWork, book: Book, slot: str, value: AnswerValue, source: AnswerSource) -> None:
    application = book.application
    row = book.rows.get(slot)
    if row is None:
        row = book.rows[slot] = Answer(application_id=application.id, slot=slot, value=b"")
        uow.session.add(row)
    row.value = book.cipher.seal(answer_place(application.id, slot), json.dumps(value, ensure_ascii=False))
    row.source, row.answered_at, row.set_aside = source, now(), None
    row.value_index = _index(uow, slot, value)
    application.updated_at = row.answered_at


async def _move(uow: UnitOfWork, book: Book, settled: Settled) -> None:
    for slot in settled.dropped:
        row = book.rows[slot]
        row.set_aside, row.value_index = settled.aside[slot].under, None
    for slot in settled.brought_back:
        row = book.rows[slot]
        row.set_aside, row.value_index = None, _index(uow, slot, book.opened[slot])
    await _move_documents(uow, book, settled.dropped, set_aside=True)
    await _move_documents(uow, book, settled.brought_back, set_aside=False)


async def _move_documents(uow: UnitOfWork, book: Book, slots: Iterable[str], *, set_aside: bool) -> None:
    """A photograph goes and comes with the answer that names it, and so does everything that was read from it."""
    ids = [UUID(str(book.opened[slot])) for slot in slots if slot in DOCUMENT_SLOTS]
    if ids:
        await uow.session.exec(update(Document).where(col(Document.id).in_(ids)).values(set_aside=set_aside))


def _index(uow: UnitOfWork, slot: str, value: AnswerValue) -> bytes | None:
    return uow.keys.blind_index(slot, str(value)) if slot in _INDEXED else None


def _mirror(application: Application, catalogue: Catalogue, settled: Settled) -> None:
    """Lists show these without opening what is sealed."""
    known = {**settled.values, **catalogue.fixed}
    for slot, column in _MIRRORS.items():
        setattr(application, column, known.get(slot))
