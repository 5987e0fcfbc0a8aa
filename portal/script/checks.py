"""What can be wrong with a catalogue, found before anybody is asked: each finding is one English line."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from portal.script.files import ProductFile, QuestionEntry, QuestionsFile, in_order, offered_choices
from portal.script.purposes import Purpose
from portal.script.question import DOCUMENT_SLOTS, kept
from portal.script.reading import Pair
from portal.script.validators import REFUSALS, VALIDATORS

_CHINESE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")
_PLACE = re.compile(r"\{(\w*)\}")
_KNOWN_PLACES = frozenset({"min", "max", "step"})


def find_problems(shared: QuestionsFile, product: ProductFile, registry: Mapping[str, Purpose]) -> Iterator[str]:
    """Everything that is wrong with one product's catalogue."""
    yield from _check_product(shared, product)
    entries = (*shared.question, *product.question)
    yield from _check_places(shared, product)
    for slot, count in Counter(entry.slot for entry in entries).items():
        if count > 1:
            yield f"{slot}: asked by {count} questions"
    for name, pair in {**shared.sections, "name": product.name, "lead": product.lead}.items():
        yield from (f"{name}: {problem}" for problem in _check_words(pair))
    for entry in entries:
        yield from (f"{entry.slot}: {problem}" for problem in _check_entry(entry, shared, registry))
    yield from _check_graph(in_order(shared, product), product)


def _check_product(shared: QuestionsFile, product: ProductFile) -> Iterator[str]:
    low, high, step = product.amount.min_fen, product.amount.max_fen, product.amount.step_fen
    if low > high or low % step or high % step:
        yield "amount: the least and the most are whole steps, the least not above the most"
    offered = {str(entry.offered): {one.value for one in entry.choices} for entry in shared.question}
    for name, wanted in (("terms", map(str, product.terms_months)), ("purposes", product.purposes)):
        if missing := sorted(set(wanted) - offered.get(name, set())):
            yield f"{name}: {', '.join(missing)}: the question that offers {name} has no such choice"


def _check_places(shared: QuestionsFile, product: ProductFile) -> Iterator[str]:
    slots = {entry.slot for entry in shared.question}
    yield from (
        f"{entry.slot}: after {entry.after!r}: no such question"
        for entry in product.question
        if entry.after not in slots
    )
    yield from (f"{entry.slot}: `after` is for a product's own questions" for entry in shared.question if entry.after)


def _check_entry(entry: QuestionEntry, shared: QuestionsFile, registry: Mapping[str, Purpose]) -> Iterator[str]:
    if entry.section not in shared.sections:
        yield f"no section {entry.section!r}"
    if entry.purpose not in registry:
        yield f"no purpose {entry.purpose!r} in the registry: say what the answer is for"
    if entry.validator not in VALIDATORS:
        yield f"no validator {entry.validator!r}"
    for name in REFUSALS.get(entry.validator, ()):
        if name not in entry.refusals:
            yield f"validator {entry.validator} needs the sentence refusals.{name}"
    if entry.widget == "choice" and not entry.choices and entry.offered != "products":
        yield "a choice without choices"
    for value, count in Counter(one.value for one in entry.choices).items():
        if count > 1:
            yield f"choice {value!r} is there {count} times"
    if any(one.group for one in entry.choices) and not all(one.group for one in entry.choices):
        yield "either every choice has a group or none"
    pairs: list[Pair] = [entry.label, entry.prompt, *entry.choices, *entry.refusals.values()]
    for pair in (*pairs, *([entry.help] if entry.help else [])):
        yield from _check_words(pair)


def _check_words(pair: Pair) -> Iterator[str]:
    if not pair.zh.strip():
        yield f"no Chinese for {pair.en!r}"
    if not pair.en.strip():
        yield f"no English for {pair.zh!r}"
    if _CHINESE.search(pair.en):
        yield f"Chinese in the English {pair.en!r}"
    if "%" in pair.zh + pair.en:
        yield f"a percent sign in {pair.zh!r}: templates would read it as a place"
    places = set(_PLACE.findall(pair.zh))
    if places != set(_PLACE.findall(pair.en)) or not places <= _KNOWN_PLACES:
        yield f"places in {pair.zh!r}: only {{min}}, {{max}}, {{step}}, and the same in both languages"


def _check_graph(entries: tuple[QuestionEntry, ...], product: ProductFile) -> Iterator[str]:
    by_slot = {entry.slot: entry for entry in entries}
    needs = {entry.slot: _needs(entry) for entry in entries}
    for slot, wanted in needs.items():
        yield from (f"{slot}: depends on {each!r}, which nobody is asked" for each in wanted if each not in by_slot)
    try:
        TopologicalSorter(
            {slot: [each for each in wanted if each in by_slot] for slot, wanted in needs.items()}
        ).prepare()
    except CycleError as error:
        yield f"depend on each other: {' → '.join(error.args[1])}"
        return
    order = {slot: place for place, slot in enumerate(by_slot)}
    for slot, wanted in needs.items():
        yield from (
            f"{slot}: depends on {each}, which is asked later" for each in wanted if order.get(each, -1) > order[slot]
        )
    for entry in entries:
        yield from (f"{entry.slot}: {problem}" for problem in _check_links(entry, by_slot))
    if all(each in by_slot for wanted in needs.values() for each in wanted):
        yield from _find_unreachable(by_slot, product)


def _needs(entry: QuestionEntry) -> list[str]:
    slots = [each.partition(":")[0] for each in entry.depends] + list(entry.applies)
    return slots + ([entry.reading.slot] if entry.reading else [])


def _check_links(entry: QuestionEntry, by_slot: Mapping[str, QuestionEntry]) -> Iterator[str]:
    for each in entry.depends:
        slot, _, kind = each.partition(":")
        grouped = slot in by_slot and any(one.group for one in by_slot[slot].choices)
        if kind not in ("", "group") or (kind == "group" and not grouped):
            yield f"depends on {each!r}: only a question whose choices have groups can be depended on by group"
    if entry.reading and entry.reading.slot in by_slot and by_slot[entry.reading.slot].widget != "document":
        yield f"read from {entry.reading.slot}, which is no document"
    if entry.follows and entry.follows.unsure and not entry.reading:
        yield "follows an unsure reading, but nothing is read for it"
    if entry.widget == "mismatch" and [kept(each) for each in (entry.follows.mismatch if entry.follows else ())] != [
        entry.slot
    ]:
        yield "a mismatch follows one check that fails, and its slot is kept_ and the check's name"
    if (entry.widget == "document") != (entry.slot in DOCUMENT_SLOTS):
        yield f"a document is one of {', '.join(DOCUMENT_SLOTS)}, and those are documents"
    for slot, values in entry.applies.items():
        for value in values:
            if slot in by_slot and value not in {one.value for one in by_slot[slot].choices}:
                yield f"applies to {slot} = {value!r}, which is no choice"


def _find_unreachable(by_slot: Mapping[str, QuestionEntry], product: ProductFile) -> Iterator[str]:
    """All conditions on the way to a question have to hold together."""
    for entry in by_slot.values():
        possible = {slot: {one.value for one in offered_choices(each, product)} for slot, each in by_slot.items()}
        waiting, seen = [entry], {entry.slot}
        while waiting:
            for slot, values in waiting.pop().applies.items():
                possible[slot] &= set(values)
                if slot not in seen:
                    seen.add(slot)
                    waiting.append(by_slot[slot])
        for slot in seen - {entry.slot}:
            if not possible[slot]:
                yield f"{entry.slot}: never asked: no answer to {slot} leads to it"
