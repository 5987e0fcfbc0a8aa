"""One message understood: slots with their values, the intent, the FAQ entry asked for.

A sum or a term is taken only when it is one figure; ranges, bounds and vague words are reported as unsure, and the chat
asks. Identity numbers count only when their own check digits hold.
"""

import re
from dataclasses import dataclass, field

from portal.domain.errors import Invalid
from portal.domain.identity import parse_name
from portal.understanding.faq import Answered, find_answer, is_question
from portal.understanding.intents import Intent, find_command, is_correction, is_edit, named_slot
from portal.understanding.lexicon import lexicon, rule
from portal.understanding.mentions import Mention, find_dates, find_identities, find_sums, find_terms
from portal.understanding.text import plain

MONEY = ("amount", "monthly_income", "housing_cost", "other_debt")
OPENING = "amount"
"""What is being asked when a conversation opens."""

Value = str | int

_NONE = re.compile(r"^(?:没有|无|没|都没有|没得|0|零|none|no|nope|nothing)[了啊呢的。.!]*$")
_NOT_A_NAME = re.compile(r"什么|怎么|啥|哪|谁|已|在|想|要|是|有")


@dataclass(frozen=True, slots=True)
class Understanding:
    """`slots` in the script's values, money in yuan and terms in months. `unsure` names the slots that were spoken of
    without one clear value; `edit` is the question to change; `faq` the entry asked for."""

    slots: dict[str, Value] = field(default_factory=dict)
    intent: Intent = Intent.UNKNOWN
    faq: Answered | None = None
    edit: str | None = None
    unsure: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    """Values as they are found; `spans` are spoken for."""

    values: dict[str, list[tuple[int, Value | None, bool]]] = field(default_factory=dict)
    spans: list[tuple[int, int]] = field(default_factory=list)

    def add(self, slot: str, start: int, end: int, value: Value | None, negated: bool = False) -> None:
        self.values.setdefault(slot, []).append((start, value, negated))
        self.spans.append((start, end))

    def is_taken(self, start: int, end: int) -> bool:
        return any(start < right and left < end for left, right in self.spans)


def understand(message: str, asked: str = OPENING) -> Understanding:
    """What `message` means while `asked` is the question on the screen."""
    text = plain(message)[:500]
    found = _Found()
    _find_named(text, asked, found)
    _find_money(text, asked, found)
    _find_choices(text, found)
    _find_words(text, asked, found)
    corrects = is_correction(text)
    slots, unsure = _settle(found, corrects)
    return _decide(text, slots, unsure, corrects)


def _decide(text: str, slots: dict[str, Value], unsure: tuple[str, ...], corrects: bool) -> Understanding:
    command = find_command(text)
    if command is not None and not (command is Intent.BACK and slots):
        return Understanding(slots, command, unsure=unsure)
    answer = find_answer(text) if not corrects or is_question(text) else None
    asks = answer is not None and (is_question(text) or not slots)
    if asks and not is_edit(text):
        return Understanding(slots, Intent.ASK, answer, unsure=unsure)
    if slots:
        return Understanding(slots, Intent.CORRECT if corrects else Intent.ANSWER, unsure=unsure)
    if asks and answer is not None and answer.score > 0.9:
        return Understanding(slots, Intent.ASK, answer, unsure=unsure)
    if corrects or is_edit(text):
        name = named_slot(text)
        if name is not None or corrects or len(text) <= 12:
            return Understanding(slots, Intent.EDIT, edit=name, unsure=unsure)
    if asks:
        return Understanding(slots, Intent.ASK, answer, unsure=unsure)
    return Understanding(slots, Intent.ANSWER if unsure else Intent.UNKNOWN, unsure=unsure)


def _find_named(text: str, asked: str, found: _Found) -> None:
    for mention in (*find_identities(text), *find_dates(text), *find_terms(text, asked == "term")):
        if not found.is_taken(mention.start, mention.end):
            slot = mention.kind
            found.add(slot, mention.start, mention.end, mention.value, _is_negated(text, mention.start))
    if asked == "term" and "term" not in found.values:
        sums = list(find_sums(text))
        if len(sums) == 1 and not sums[0].sure_money and isinstance(sums[0].value, int) and sums[0].value <= 120:
            found.add("term", sums[0].start, sums[0].end, sums[0].value)


def _find_money(text: str, asked: str, found: _Found) -> None:
    sums = [each for each in find_sums(text) if not found.is_taken(each.start, each.end)]
    used: set[str] = set()
    for index, each in enumerate(sums):
        previous = sums[index - 1].end if index else 0
        following = sums[index + 1].start if index + 1 < len(sums) else len(text)
        slot = _subject(text, previous, each, following)
        if slot is None and _is_plausible(text, each, asked, len(sums)):
            slot = asked if asked in MONEY and asked not in used else OPENING if each.sure_money else None
        if slot is None or slot == "nothing":
            continue
        used.add(slot)
        found.add(slot, each.start, each.end, each.value, _is_negated(text, each.start))
    for slot, words in (("housing_cost", rule("no_housing")), ("other_debt", rule("no_debt"))):
        if slot not in found.values and (match := words.search(text)):
            found.add(slot, *match.span(), 0)
    if asked in ("housing_cost", "other_debt") and not found.values and _NONE.match(text):
        found.add(asked, 0, len(text), 0)


def _is_plausible(text: str, each: Mention, asked: str, count: int) -> bool:
    """A sum that nothing is said about: money by its unit, or the whole message being the figure asked for."""
    if each.sure_money:
        return True
    rest = re.sub(
        r"[\s,，。.!~元块整吧啊呢]|大概|大约|差不多|左右|about|around", "", text[: each.start] + text[each.end :]
    )
    return asked in MONEY and count == 1 and not rest


def _subject(text: str, previous: int, each: Mention, following: int) -> str | None:
    """What a sum is about: the nearest word before it, back to the sum before, else one after it in the clause."""
    before = text[previous : each.start]
    clauses = [match.end() for match in rule("clause").finditer(before)]
    nearest = before[clauses[-1] :] if clauses else before
    after = rule("clause").split(text[each.end : following], maxsplit=1)[0]
    for window, from_end in ((nearest, True), (after[:12], False)):
        slot = _cue(window, from_end)
        if slot is not None:
            return slot
    return _cue(before, from_end=True) if len(clauses) == 1 else None


def _cue(window: str, from_end: bool) -> str | None:
    general: str | None = None
    best: tuple[int, str] | None = None
    for slot, words in lexicon().money.items():
        places = [match.end() if from_end else -match.start() for match in words.finditer(window)]
        if not places:
            continue
        if slot == "amount":
            general = slot
        elif best is None or max(places) > best[0]:
            best = (max(places), slot)
    return best[1] if best else general


def _find_choices(text: str, found: _Found) -> None:
    matches = [
        (match.start(), match.end(), choice) for choice in lexicon().choices for match in choice.words.finditer(text)
    ]
    # The longest wins where two share a place: 没有工作 before 有工作, 大学生 before 大学.
    for start, end, choice in sorted(matches, key=lambda each: each[0] - each[1]):
        if not found.is_taken(start, end):
            found.add(choice.slot, start, end, choice.value, _is_negated(text, start))


def _find_words(text: str, asked: str, found: _Found) -> None:
    if match := rule("name").search(text):
        words = match[1] or " ".join(part.capitalize() for part in match[2].split())
        if not _NOT_A_NAME.search(words):
            found.add("name", *match.span(), words)
    elif asked == "name" and re.fullmatch(r"[㐀-鿿]{2,4}|[㐀-鿿]{1,8}·[㐀-鿿·]{1,12}", text) and not found.values:
        try:
            found.add("name", 0, len(text), parse_name(text))
        except Invalid:
            return
    if match := rule("employer").search(text):
        employer = next(group for group in match.groups() if group)
        if not rule("vague_employer").match(employer):
            found.add("employer", *match.span(), employer.strip())


def _is_negated(text: str, start: int) -> bool:
    return bool(rule("negated").search(text[max(0, start - 16) : start]))


def _settle(found: _Found, corrects: bool) -> tuple[dict[str, Value], tuple[str, ...]]:
    """One value a slot: what is negated goes, after a correction the last counts, two different ones are unsure."""
    slots: dict[str, Value] = {}
    unsure: list[str] = []
    for slot, candidates in found.values.items():
        if slot in ("date", "unknown_number"):
            continue
        standing = [value for _, value, negated in sorted(candidates, key=lambda each: each[0]) if not negated]
        distinct = list(dict.fromkeys(standing))
        if not distinct:
            continue
        chosen = distinct[-1] if corrects or len(distinct) == 1 else None
        if chosen is None:
            unsure.append(slot)
        else:
            slots[slot] = chosen
    return slots, tuple(unsure)
