"""What a question is: its words, how it is answered, where a proposal for the answer is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from portal.applications.queries import AnswerValue
from portal.domain.errors import Invalid
from portal.domain.text import N_
from portal.intake.amounts import parse_yuan

Answers = Mapping[str, AnswerValue]
Parser = Callable[[str], AnswerValue]


class Section(StrEnum):
    """The four parts of the conversation."""

    LOAN = "loan"
    IDENTITY = "identity"
    MEANS = "means"
    PAYOUT = "payout"


Widget = Literal["money", "choice", "text", "document", "consents", "mismatch"]


@dataclass(frozen=True, slots=True)
class Choice:
    """`value` is what the form sends; `label` a message id."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a proposal for the answer is read: a document's slot and the fields' names, the best first.

    `printed`: the question asks for what the paper says, so another answer corrects the reading. Otherwise it asks for
    what is true today, and the paper only saves typing."""

    slot: str
    fields: tuple[str, ...]
    printed: bool = True


def always(answers: Answers) -> bool:
    """Asked of everybody."""
    return True


@dataclass(frozen=True, slots=True)
class Question:
    """One turn. `label` names the field and the row on the check page; `why` tells what the answer is for."""

    slot: str
    section: Section
    prompt: str
    label: str
    why: str
    widget: Widget
    parse: Parser
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    applies: Callable[[Answers], bool] = always
    reading: Reading | None = None
    inputmode: str = "text"
    autocomplete: str = "off"
    mask: Callable[[str], str] | None = None
    optional: bool = False


def parse_monthly(text: str) -> int:
    """A month's income or cost in fen; none at all is a fine answer."""
    if text.strip() in ("没有", "无", "none", "no"):
        return 0
    fen = parse_yuan(text)
    if fen > 100_000_000:
        raise Invalid(public=N_("这里填写一个月的金额，请核对是否多写了零。"))
    return fen


def not_typed(text: str) -> AnswerValue:
    """A photograph or a tick is no text."""
    raise Invalid(public=N_("这一题不用填写文字，请按页面上的提示操作。"))
