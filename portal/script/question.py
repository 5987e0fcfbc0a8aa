"""What a question is: its words, how it is answered, when it is asked, what it depends on, what the answer is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from portal.domain.text import Bilingual
from portal.script.purposes import Purpose
from portal.script.validators import NOTHING, AnswerValue, Validator, as_it_is

Answers: TypeAlias = Mapping[str, AnswerValue]
Widget = Literal["money", "choice", "text", "document", "consents", "mismatch"]
Offer = Literal["products", "amounts", "terms", "purposes"]
DOCUMENT_SLOTS = ("id_front", "id_back", "income_proof", "income_extra")
"""The photographs that the reader knows how to read; a catalogue asks for some of them."""
SKIPPED = ""
"""The answer to an optional question that was passed over."""


def kept(check: str) -> str:
    """The slot that holds “both are right” about a check that failed."""
    return f"kept_{check}"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the conversation, with a heading of its own on the check page."""

    id: str
    title: Bilingual


@dataclass(frozen=True, slots=True)
class Choice:
    """`value` is what the form sends. Choices of one `group` are alike to questions that depend on the group."""

    value: str
    label: Bilingual
    group: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a proposal for the answer is read: a document's slot and the fields' names, the best first.

    `printed`: the question asks for what the paper says, so another answer corrects the reading. Otherwise it asks for
    what is true today, and the paper only saves typing."""

    slot: str
    fields: tuple[str, ...]
    printed: bool = True


@dataclass(frozen=True, slots=True)
class Follow:
    """Asked only when a paper gives cause: its reading is not `unsure`, or one of the checks of `mismatch` fails."""

    unsure: bool = False
    mismatch: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dependency:
    """Another answer to `slot` asks this question again; with `groups` (choice → group) only one of another group."""

    slot: str
    groups: Mapping[str, str] | None = None

    def see(self, value: AnswerValue | None) -> AnswerValue | None:
        """As much of the answer as matters here."""
        return value if self.groups is None or value is None else self.groups.get(str(value))


@dataclass(frozen=True, slots=True)
class Question:
    """One turn. `label` names the field and the row on the check page. `applies` maps slots to the answers that the
    question is asked after; all of them have to hold. `fixed` is the answer that the product leaves no choice about:
    such a question is never asked."""

    slot: str
    section: Section
    prompt: Bilingual
    label: Bilingual
    purpose: Purpose
    widget: Widget
    validator: Validator
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    applies: Mapping[str, frozenset[str]] | None = None
    follow: Follow | None = None
    depends: tuple[Dependency, ...] = ()
    reading: Reading | None = None
    inputmode: str = "text"
    autocomplete: str = "off"
    optional: bool = False
    fixed: AnswerValue | None = None

    def parse(self, text: str) -> AnswerValue:
        """What was typed or tapped, as it is kept; raises Invalid with the sentence."""
        if self.optional and self.widget != "document" and text.strip() in NOTHING:
            return SKIPPED
        return self.validator.parse(text)

    def accepts(self, value: AnswerValue) -> bool:
        """Whether this can be an answer under this product."""
        return (self.optional and value == SKIPPED) or self.validator.accepts(value)

    def applies_to(self, answers: Answers) -> bool:
        """Whether it is asked of somebody who answered so."""
        return all(str(answers.get(slot)) in values for slot, values in (self.applies or {}).items())

    def mask(self, value: str) -> str:
        """As it is shown back."""
        return self.validator.mask(value)

    @property
    def is_masked(self) -> bool:
        """Whether that differs from what was typed."""
        return self.validator.mask is not as_it_is

    @property
    def why(self) -> Bilingual:
        """What the answer is for."""
        return self.purpose.why
