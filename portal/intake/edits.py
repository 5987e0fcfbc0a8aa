"""What an edit would ask again, known before it happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from portal.applications.answers import catalogues
from portal.intake.state import Intake
from portal.script.catalogue import Catalogue
from portal.script.question import Answers, Question
from portal.script.settling import settle
from portal.script.validators import AnswerValue


@dataclass(frozen=True, slots=True)
class Consequences:
    """What is asked again whatever the new answer is, and what only after some of the choices (value → questions)."""

    always: tuple[Question, ...] = ()
    by_choice: Mapping[str, tuple[Question, ...]] | None = None


def foresee(intake: Intake, question: Question) -> Consequences:
    """For an answer about to be edited. What papers may give cause to ask is not known before they are read."""
    given = intake.answers[question.slot].value if question.slot in intake.answers else None
    if question.widget != "choice":
        return Consequences(asked_after(intake, question.slot, str(uuid4())))
    other = {choice.value: question.parse(choice.value) for choice in question.choices}
    after = {name: asked_after(intake, question.slot, value) for name, value in other.items() if value != given}
    alike = {tuple(one.slot for one in asked) for asked in after.values()}
    if len(alike) <= 1:
        return Consequences(next(iter(after.values()), ()))
    return Consequences(by_choice=after)


def asked_after(intake: Intake, slot: str, value: AnswerValue) -> tuple[Question, ...]:
    """The questions that are open once `slot` is answered so and are not now."""
    before, after = catalogues(intake.application, slot, value)
    then = intake.given
    settled = settle(before, after, then, intake.aside, {slot: value}, intake.mark)
    open_now = {question.slot for question in _open(before, then)}
    return tuple(one for one in _open(after, settled.values) if one.slot not in open_now)


def _open(catalogue: Catalogue, values: Answers) -> tuple[Question, ...]:
    known = {**values, **catalogue.fixed}
    return tuple(
        question
        for question in catalogue.applicable(known)
        if question.slot not in known and question.widget != "consents"
    )
