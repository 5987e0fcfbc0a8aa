"""Where one conversation stands: what was answered, what is still missing, what comes next."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import bindparam
from sqlmodel import col, select

from portal.applications.answers import Book
from portal.applications.queries import ANSWERS, AnswerValue, AnswerView, catalogue_of, mark_of, open_answers
from portal.applications.service import CLAIMS
from portal.db.models import Application, Consent, ConsentKind, DocumentState
from portal.db.together import Query
from portal.db.uow import UnitOfWork
from portal.documents.checks import Finding, cross_check
from portal.documents.queries import DOCUMENTS, DocumentView, Level, open_documents
from portal.domain.clock import now, today
from portal.domain.errors import Invalid
from portal.intake.eligibility import Ineligibility, find_ineligibility
from portal.intake.said import SAID, Said, open_said
from portal.script.catalogue import Catalogue
from portal.script.question import Follow, Question, Reading
from portal.script.settling import Aside, Mark

_LIVING: Query = select(Consent.kind).where(
    col(Consent.application_id) == bindparam("application_id"),
    col(Consent.withdrawn_at).is_(None),
    col(Consent.expires_at).is_(None) | (col(Consent.expires_at) > bindparam("at")),
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was read for a question: as it would be typed, and as it would be kept. `fits` is False when it can't be
    right, as a number whose checksum fails; `field` names what was read of `document`."""

    value: str
    answer: AnswerValue
    level: Level
    fits: bool
    document: DocumentView
    field: str


@dataclass(frozen=True)
class Intake:
    """One application's conversation. `spent_on`: what the key that it was read with was spent on before
    (portal.applications.service.is_spent)."""

    application: Application
    answers: Mapping[str, AnswerView]
    documents: Mapping[str, DocumentView]
    granted: frozenset[ConsentKind]
    aside: Mapping[str, Aside]
    mark: Mark
    said: tuple[Said, ...] = ()
    spent_on: bytes | None = field(default=None, compare=False)

    @property
    def book(self) -> Book:
        """The answers as they are entered in."""
        return Book(self.answers, self.aside)

    @cached_property
    def values(self) -> dict[str, AnswerValue]:
        """The answers alone."""
        return {slot: answer.value for slot, answer in self.answers.items()}

    @property
    def given(self) -> dict[str, AnswerValue]:
        """The answers but for what the product implies; the product itself counts as given."""
        return {"product": self.application.product, **self.book.given}

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Those that apply to this person, with what follows from their documents."""
        values, failed = self.values, self.failed
        return tuple(
            question
            for question in self.catalogue.questions
            if question.applies_to(values)
            and (question.follow is None or self._follows(question, question.follow, failed))
        )

    @property
    def catalogue(self) -> Catalogue:
        """What is asked of everybody who applies for this product, under the version this draft began with."""
        return catalogue_of(self.application)

    def _follows(self, question: Question, follow: Follow, failed: Mapping[str, Finding]) -> bool:
        if follow.unsure and question.reading is not None and self._is_doubtful(question.reading):
            return True
        return question.slot in self.documents or any(check in failed for check in follow.mismatch)

    def _is_doubtful(self, reading: Reading) -> bool:
        document = self.documents.get(reading.slot)
        if document is None or document.state is not DocumentState.READ:
            return False
        return not any(name in document.fields and document.fields[name].level == "high" for name in reading.fields)

    @cached_property
    def failed(self) -> Mapping[str, Finding]:
        """The checks that papers and answers do not pass, by id."""
        findings = cross_check(self.documents, self.values, today())
        return {finding.rule.id: finding for finding in findings if finding.passed is False}

    def is_answered(self, question: Question) -> bool:
        """A refused photograph answers nothing; consents count while all four hold."""
        if question.widget == "document":
            if question.optional:
                return True
            document = self.documents.get(question.slot)
            return document is not None and document.state is not DocumentState.REFUSED
        if question.widget == "consents":
            return self.granted == frozenset(ConsentKind)
        answer = self.answers.get(question.slot)
        return answer is not None and question.accepts(answer.value)

    @property
    def current(self) -> Question | None:
        """The next question; None when there is nothing left to ask."""
        return next((question for question in self.questions if not self.is_answered(question)), None)

    @property
    def ineligibility(self) -> Ineligibility | None:
        """Why going on would lead nowhere."""
        return find_ineligibility(self.values, self.catalogue.product.terms_months, today())

    def proposal(self, question: Question) -> Proposal | None:
        """What the reader found for this question, as the question would keep it."""
        document = self.documents.get(question.reading.slot) if question.reading else None
        if document is None or document.state is not DocumentState.READ or question.reading is None:
            return None
        name = next((name for name in question.reading.fields if name in document.fields), None)
        if name is None or not document.fields[name].value:
            return None
        field = document.fields[name]
        typed = as_typed(int(field.value)) if question.widget == "money" else field.value
        try:
            return Proposal(typed, question.parse(typed), field.level, True, document, name)
        except Invalid:
            return Proposal(typed, typed, "low", False, document, name)

    def is_being_read(self, question: Question) -> bool:
        """Whether a proposal may still come."""
        document = self.documents.get(question.reading.slot) if question.reading else None
        return document is not None and document.state is DocumentState.UPLOADED

    @property
    def is_reading(self) -> bool:
        """Whether a photograph is still being read."""
        return any(document.state is DocumentState.UPLOADED for document in self.documents.values())

    def digest(self, uow: UnitOfWork) -> str:
        """Stands for everything the check page shows: what is submitted is what was seen. Tells nothing by itself."""
        shown = {
            "application": str(self.application.id),
            "answers": self.values,
            "documents": {slot: str(document.id) for slot, document in self.documents.items()},
            "consents": sorted(self.granted),
        }
        return uow.keys.blind_index("answers", json.dumps(shown, sort_keys=True)).hex()


def as_typed(fen: int) -> str:
    """An amount as a person types it."""
    yuan, cents = divmod(fen, 100)
    return f"{yuan}.{cents:02d}" if cents else str(yuan)


async def read_intake(uow: UnitOfWork, application: Application, key: str = "") -> Intake:
    """Read it all, in one statement; `key` is that of a form which is being answered."""
    answered, said, consents, claims, *documents = await uow.read_case(
        application, ANSWERS, SAID, _LIVING, CLAIMS, *DOCUMENTS, key=key, at=now()
    )
    cipher = await uow.cipher(application.applicant_id)
    answers, aside = open_answers(cipher, application, answered)
    return Intake(
        application=application,
        answers=answers,
        aside=aside,
        mark=mark_of(uow, application),
        documents=open_documents(cipher, *documents),
        granted=frozenset(row.kind for row in consents),
        said=open_said(cipher, said),
        spent_on=next((row.body_hash for row in claims), None),
    )
