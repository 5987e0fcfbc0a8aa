"""An answer as people read it."""

from portal.applications.queries import AnswerValue
from portal.domain.text import N_
from portal.intake.proposals import Shown
from portal.script.question import SKIPPED, Question


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
