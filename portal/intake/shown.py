"""Answers as people read them: in the conversation, on the check page, on the sheet of answers."""

from collections.abc import Iterator

from portal.applications.queries import AnswerValue
from portal.domain.text import N_
from portal.intake.proposals import Shown
from portal.intake.state import Intake
from portal.script.question import SKIPPED, Question, Section

_DOCUMENTS = {
    "uploaded": N_("已上传，正在读取"),
    "read": N_("已上传"),
    "refused": N_("需要重新上传"),
}


def show(intake: Intake, question: Question) -> Shown:
    """What was answered, photographed or agreed to."""
    if question.widget == "document":
        document = intake.documents.get(question.slot)
        return Shown("message", _DOCUMENTS[document.state] if document else N_("还没有上传"))
    if question.widget == "consents":
        return Shown("message", N_("已分别同意四份文件"))
    answer = intake.answers.get(question.slot)
    return shown_answer(question, answer.value if answer else None)


def shown_answer(question: Question, value: AnswerValue | None) -> Shown:
    """What was typed or tapped; numbers of people and cards are masked."""
    if value == 0 and question.widget == "money":
        return Shown("message", N_("没有"))
    if question.widget == "money" and isinstance(value, int):
        return Shown("money", value)
    label = next((choice.label for choice in question.choices if choice.value == str(value)), None)
    if question.widget in ("choice", "mismatch") and label is not None:
        return Shown("message", label)
    if value == SKIPPED:
        return Shown("message", N_("没有填写"))
    return Shown("plain", question.mask(str(value)))


def is_said(intake: Intake, question: Question) -> bool:
    """A refused photograph stays in the transcript with its reason."""
    return question.slot in intake.documents if question.widget == "document" else intake.is_answered(question)


def by_section(intake: Intake) -> Iterator[tuple[Section, tuple[Question, ...]]]:
    """The sections, with what was answered in each."""
    for section in intake.catalogue.sections:
        yield section, tuple(one for one in intake.questions if one.section is section and is_said(intake, one))
