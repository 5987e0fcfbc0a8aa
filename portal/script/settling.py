"""What another answer does to the answers that depend on it. Pure: values in, values out.

An answer is set aside when something it depends on changed, when its question is no longer asked of this person, or
when the product no longer offers it. It comes back by itself only where that is certainly right: when everything it
depends on is again exactly as it was, the question is asked again and takes it, and nobody has answered it since
(portal/decisions/set-aside.md).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portal.script.catalogue import Catalogue
from portal.script.question import Answers, Question
from portal.script.validators import AnswerValue

Mark = Callable[[str], bytes]
"""Makes of the circumstances of an answer what may be kept of them: they are personal data."""


@dataclass(frozen=True, slots=True)
class Aside:
    """An answer that does not count; `under` marks the circumstances it was given under."""

    value: AnswerValue
    under: bytes


@dataclass(frozen=True, slots=True)
class Settled:
    """The answers that count and those that do not; which of them moved, in the order of the questions."""

    values: Mapping[str, AnswerValue]
    aside: Mapping[str, Aside]
    dropped: tuple[str, ...] = ()
    brought_back: tuple[str, ...] = ()


def settle(
    before: Catalogue,
    after: Catalogue,
    then: Answers,
    aside: Mapping[str, Aside],
    changed: Answers,
    mark: Mark,
) -> Settled:
    """What counts once `changed` is answered; `then` is what counted under the catalogue `before`.

    The two catalogues differ when the product is what changed. An answer volunteered before what it depends on stays
    when that is answered for the first time: it was not said about anything else.
    """
    was = {**then, **before.fixed}
    values, apart = {**then, **changed}, dict(aside)
    known = {**values, **after.fixed}
    gone: list[str] = []
    back: list[str] = []

    def drop(slot: str, question: Question | None) -> None:
        known.pop(slot, None)
        apart[slot] = Aside(values.pop(slot), mark(circumstances(question, was) if question else ""))
        gone.append(slot)

    for question in after.questions:
        slot = question.slot
        if question.fixed is not None:
            if slot in values:
                drop(slot, before.find(slot))
                known[slot] = question.fixed
        elif slot in changed:
            apart.pop(slot, None)
        elif slot in values:
            if not _stands(question, was, known):
                drop(slot, before.find(slot))
        elif slot in apart and _returns(question, apart[slot], known, mark):
            values[slot] = known[slot] = apart.pop(slot).value
            back.append(slot)
    for slot in [each for each in values if after.find(each) is None]:
        drop(slot, before.find(slot))
    return Settled(values, apart, tuple(gone), tuple(back))


def circumstances(question: Question, known: Answers) -> str:
    """What an answer to this question depends on, as text that is the same for the same."""
    seen = {each.slot: each.see(known.get(each.slot)) for each in question.depends}
    return json.dumps(seen, sort_keys=True, ensure_ascii=False)


def _stands(question: Question, was: Answers, known: Answers) -> bool:
    undecided = {slot for slot in question.applies or {} if slot not in was and slot not in known}
    if not question.accepts(known[question.slot]) or not (undecided or question.applies_to(known)):
        return False
    return all(
        each.slot not in was or each.see(was[each.slot]) == each.see(known.get(each.slot)) for each in question.depends
    )


def _returns(question: Question, aside: Aside, known: Answers, mark: Mark) -> bool:
    fits = question.applies_to(known) and question.accepts(aside.value)
    return fits and aside.under == mark(circumstances(question, known))
