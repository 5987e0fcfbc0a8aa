"""Whole conversations on a real database, quickly: each in one transaction that is rolled back at its end.

A person here answers by what is true of them (`Truth`): what they say about one thing hangs on nothing but that, so
whatever way they take through the conversation, its record has to come out the same.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlmodel import select

from portal.applications.queries import get_application
from portal.applications.service import open_draft, resume_or_open
from portal.db.engine import create_engine, create_sessions
from portal.db.models import Applicant, Application, ConsentKind, Document
from portal.db.uow import UnitOfWork
from portal.db.vault import KeyRing
from portal.documents.files import FileStore
from portal.documents.service import ReadField, ReadingRecord, record_reading, upload
from portal.intake import service
from portal.intake.forms import AnswerForm
from portal.intake.state import Intake, read_intake
from portal.jobs import SilentAnnouncer
from portal.script.catalogue import scripts
from portal.script.question import Question
from portal.script.validators import KEEP
from portal.testing.intake import CARD, KINDS, LENDER, form, id_number

T = TypeVar("T")

DAY = date(2026, 11, 23)
_GROUPS = {"employed": "wage", "civil_servant": "wage", "self_employed": "own", "retired": "pension", "student": "none"}
_INCOMES = {"wage": 12_000, "own": 20_000, "pension": 6_000, "none": 2_000}
_NAMES = {"a": "陈晓明", "b": "欧阳静"}
_BORN = {"a": date(1990, 3, 7), "b": date(1988, 5, 12)}

CHOSEN: Mapping[str, tuple[str, ...]] = {
    "product": ("consumer", "renovation", "education"),
    "amount": ("6000", "50000", "80000", "150000"),
    "term": ("6", "12", "24", "36"),
    "purpose": ("renovation", "education", "travel", "appliance"),
    "home_holder": ("own", "family", "rented"),
    "work_begins": ("one_month", "unknown"),
    "learner": ("self", "child", "partner"),
    "marital_status": ("single", "married"),
    "employment": tuple(_GROUPS),
    "id_front": ("a", "b"),
    "id_back": ("clear", "worn"),
    "income_proof": ("first", "second"),
    "monthly_income": ("true", "boasted"),
    "housing_cost": ("0", "2500"),
}
"""What a person may change their mind about."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a person; `chosen` may change, the rest follows from it."""

    chosen: Mapping[str, str] = field(default_factory=lambda: {slot: values[0] for slot, values in CHOSEN.items()})

    def but(self, slot: str, value: str) -> "Truth":
        """After a change of mind."""
        return Truth({**self.chosen, slot: value})

    def text(self, question: Question) -> str:
        """As it is typed or tapped."""
        slot, group = question.slot, _GROUPS[self.chosen["employment"]]
        following = {
            "name": _NAMES[self.chosen["id_front"]],
            "id_number": id_number(_BORN[self.chosen["id_front"]]),
            "valid_to": "2041-06-08",
            "employer": f"{self.chosen['employment']} 公司",
            "monthly_income": str(_INCOMES[group] * (2 if self.chosen["monthly_income"] == "boasted" else 1)),
            "proven_income": str(_INCOMES[group]),
            "education": "college",
            "other_debt": "0",
            "bank_card": CARD,
            "builder": "跳过",
            "child_stage": "college",
            "school": f"{self.chosen['learner']} 的学校",
            "course_ends": "unknown" if self.chosen["learner"] == "self" else "later",
        }
        return KEEP if question.widget == "mismatch" else following.get(slot) or self.chosen[slot]

    def gives_cause(self, question: Question) -> bool:
        """Whether papers make this be asked."""
        if question.follow is None:
            return True
        boasted = self.chosen["monthly_income"] == "boasted" and "income" in question.follow.mismatch
        return boasted or (question.slot == "valid_to" and self.chosen["id_back"] == "worn")

    def paper(self, slot: str) -> bytes:
        """What a photograph shows; one kind of income has the same proof."""
        group = _GROUPS[self.chosen["employment"]] if slot == "income_proof" else ""
        return f"{slot} {self.chosen[slot]} {group}".encode()

    def reading(self, slot: str) -> Mapping[str, tuple[str, float]]:
        """What is read from it; a worn card's last day not surely."""
        if slot == "id_front":
            card = self.chosen["id_front"]
            return {"name": (_NAMES[card], 0.97), "id_number": (id_number(_BORN[card]), 0.97)}
        if slot == "id_back":
            return {"valid_to": ("2041-06-08", 0.97 if self.chosen["id_back"] == "clear" else 0.8)}
        return {"net_pay": (str(_INCOMES[_GROUPS[self.chosen["employment"]]] * 100), 0.97)}


def straight_through(truth: Truth, keys: KeyRing) -> dict[str, object]:
    """The record of somebody who answers every question once, in order: `Conversation.record`, without a database."""
    catalogue = scripts().open(truth.chosen["product"])
    values: dict[str, object] = {"product": catalogue.product.id}
    asked: list[str] = []
    for question in catalogue.questions:
        known = {**values, **catalogue.fixed}
        if not question.applies_to(known) or not truth.gives_cause(question):  # type: ignore[arg-type]
            continue
        asked.append(question.slot)
        if question.fixed is not None:
            values[question.slot] = question.fixed
        elif question.widget == "document":
            values |= {} if question.optional else {question.slot: sha256(truth.paper(question.slot)).hexdigest()}
        elif question.widget == "consents":
            values[question.slot] = [kind.value for kind in ConsentKind]
        elif question.slot != "product":
            values[question.slot] = question.parse(truth.text(question))
    values["columns"] = (values["product"], values["amount"], values["term"], values["purpose"])
    values["asked"] = asked
    values["person"] = tuple(keys.blind_index(slot, str(values[slot])) for slot in ("name", "id_number"))
    return values


class Conversation:
    """One draft and the person behind it. Everything happens in `loop`, in one transaction."""

    def __init__(self, loop: asyncio.Runner, uow: UnitOfWork, files: FileStore, truth: Truth) -> None:
        self.loop = loop
        self.uow = uow
        self.files = files
        self.truth = truth
        self.unread: dict[UUID, tuple[str, Truth]] = {}
        self.draft = self.run(self._begin())

    def run(self, act: Coroutine[Any, Any, T]) -> T:
        """One request: what an earlier one loaded is not seen again."""
        result = self.loop.run(act)
        self.loop.run(self._forget())
        return result

    async def _forget(self) -> None:
        await self.uow.session.flush()
        self.uow.session.expunge_all()

    async def _begin(self) -> Application:
        person = Applicant(id=uuid4(), mobile_index=uuid4().bytes, mobile=b"")
        cipher = await self.uow.cipher(person.id)
        person.mobile = cipher.seal(f"applicant.mobile.{person.id}", "13800138000")
        self.uow.session.add(person)
        await self.uow.session.flush()
        return await open_draft(self.uow, person.id, self.truth.chosen["product"])

    def look(self) -> Intake:
        """Where it stands."""
        return self.run(self._look())

    async def _look(self) -> Intake:
        return await read_intake(self.uow, await get_application(self.uow, self.draft.id))

    def resume(self) -> None:
        """Come back from another phone: there is one draft, and it is this one."""

        async def come_back() -> UUID:
            return (await resume_or_open(self.uow, self.draft.applicant_id, "renovation")).id

        if self.run(come_back()) != self.draft.id:
            raise AssertionError("another draft")

    def send(self, slot: str, sent: AnswerForm) -> bool:
        """One form."""

        async def answer() -> bool:
            locked = await get_application(self.uow, self.draft.id, for_update=True)
            intake = await read_intake(self.uow, locked, sent.key)
            taken, after = await service.answer(self.uow, intake, slot, sent, LENDER)
            read = await read_intake(self.uow, locked)
            if replace(after, mark=read.mark) != read:
                raise AssertionError("what is shown is not what is stored")
            return taken

        return self.run(answer())

    def answer(self, question: Question, *, editing: bool = False) -> None:
        """As is true now. Who is not offered what they want takes what there is, and wants that from then on."""
        if question.widget == "document":
            self.photograph(question.slot)
        elif question.widget == "consents":
            self.send(question.slot, form(consents=True))
        else:
            text = self.truth.text(question)
            offered = [choice.value for choice in question.choices]
            if (question.widget == "choice" and text not in offered) or not self._is_possible(question, text):
                text = offered[0]
                self.truth = self.truth.but(question.slot, text)
            if not self.send(question.slot, replace(form(text, editing=editing), looked=True)):
                raise AssertionError(f"{question.slot} was not taken")

    def _is_possible(self, question: Question, text: str) -> bool:
        return question.slot != "amount" or question.accepts(int(text) * 100)

    def photograph(self, slot: str, *, quality: str = "ok") -> None:
        """Send a picture; it is read later, as `truth` has it now."""

        async def send() -> UUID:
            draft = await get_application(self.uow, self.draft.id)
            content = self.truth.paper(slot) + (b"" if quality == "ok" else uuid4().bytes)
            return (await upload(self.uow, self.files, draft, slot, content, "image/jpeg")).id

        document = self.run(send())
        self.unread[document] = (slot, self.truth)
        if quality != "ok":
            self.read(document, quality)

    def read(self, document: UUID, quality: str = "ok") -> None:
        """The reader comes to it, perhaps after it was replaced."""
        slot, truth = self.unread.pop(document)
        read = {name: ReadField(value, sure, 0, (0, 0, 9, 9)) for name, (value, sure) in truth.reading(slot).items()}
        record = ReadingRecord(KINDS[slot], quality, read if quality == "ok" else {})
        self.run(record_reading(self.uow, self.files, document, record, DAY))

    def finish(self) -> None:
        """Read everything, then answer what is asked until nothing is."""
        for _ in range(60):
            for document in list(self.unread):
                self.read(document)
            current = self.look().current
            if current is None:
                return
            self.answer(current)
        raise AssertionError("the conversation does not end")

    def record(self) -> dict[str, object]:
        """What is there in the end, documents by their content."""
        intake = self.look()
        shown: dict[str, object] = dict(intake.values)
        shown |= {slot: self.run(self._content(one.id)) for slot, one in intake.documents.items()}
        # Kept beside the conversation, from which they are found again.
        row = intake.application
        shown["columns"] = (row.product, row.amount_fen, row.term_months, row.purpose)
        shown["asked"] = [question.slot for question in intake.questions]
        shown["person"] = self.run(self._person())
        return shown

    async def _content(self, document: UUID) -> str:
        return (await self.uow.session.exec(select(Document.sha256).where(Document.id == document))).one()

    async def _person(self) -> tuple[bytes | None, bytes | None]:
        person = await self.uow.session.get_one(Applicant, self.draft.applicant_id)
        return person.name_index, person.id_number_index


class Stage:
    """A loop and a database connection for many conversations, one after the other."""

    def __init__(self, url: str, keys: KeyRing) -> None:
        self.loop = asyncio.Runner()
        self.engine = create_engine(url, pool_size=1)
        self.sessions = create_sessions(self.engine)
        self.keys = keys
        self.files = FileStore("memory:///")
        self.uow: UnitOfWork | None = None

    def begin(self, truth: Truth) -> Conversation:
        """A new draft, in the transaction that is open."""
        if self.uow is None:
            self.uow = UnitOfWork(self.sessions(), self.keys, SilentAnnouncer())
        return Conversation(self.loop, self.uow, self.files, truth)

    def clear(self) -> None:
        """Nothing of it is kept."""
        if self.uow is not None:
            self.loop.run(self.uow.session.close())
            self.uow = None

    def close(self) -> None:
        """Leave the database."""
        self.clear()
        self.loop.run(self.engine.dispose())
        self.loop.close()
