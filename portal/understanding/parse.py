"""One message understood: slots with their values, the intent, the FAQ entry asked for.

A sum or a term is taken only when it is one figure; ranges, bounds and vague words are reported as unsure, and the chat
asks. Identity numbers count only when their own check digits hold.
"""

from dataclasses import dataclass, field

from portal.understanding.choices import find_choices
from portal.understanding.dates import find_dates
from portal.understanding.faq import Answered, find_answer, is_question
from portal.understanding.identities import find_identities
from portal.understanding.intents import Intent, find_command, is_correction, is_edit, named_slot
from portal.understanding.lexicon import lexicon, rule
from portal.understanding.money import MONEY, MONTHLY, NOTHING, about, find_sums, is_doubtful, stands_alone
from portal.understanding.people import find_employer, find_name
from portal.understanding.terms import find_terms
from portal.understanding.text import plain, written

OPENING = "amount"
"""What is being asked when a conversation opens."""

Value = str | int

_BARE_TERM = 120
_SURE = 0.8
_FAIRLY_SURE = 0.6
_FEW_WORDS, _FEW_CHARACTERS = 6, 8
_LEAST = 2


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


def warm_up() -> None:
    """Read the dictionaries and learn the FAQ: about a second, which the first who talks would wait."""
    understand("利率多少")


def understand(message: str, asked: str = OPENING) -> Understanding:
    """What `message` means while `asked` is the question on the screen."""
    text = plain(message)
    corrects = is_correction(text)
    loan = bool(rule("loan").search(text))
    found = _Found()
    _find_numbers(text, asked, found)
    _find_people(text, message, asked, corrects, found)
    about_loan = loan or "term" in found.values or any(each.sure_money for each in find_sums(text))
    for start, end, choice in find_choices(text, asked, loan=about_loan):
        if not found.is_taken(start, end):
            found.add(choice.slot, start, end, choice.value, _is_negated(text, start))
    _find_money(text, asked, found, loan=loan, corrects=corrects)
    if rule("works_somewhere").search(text) and not rule("relative").search(text):
        found.values.setdefault("works", []).append((0, "employed", False))
    if asked != "term" and not corrects and not _is_of_the_loan(text, found):
        found.values.pop("term", None)
    slots, unsure = _settle(found, corrects, decides="就" in text)
    return _decide(text, asked, slots, unsure, corrects)


def _decide(text: str, asked: str, slots: dict[str, Value], unsure: tuple[str, ...], corrects: bool) -> Understanding:
    command = find_command(text)
    if command is not None and not (command is Intent.BACK and slots):
        kept = {slot: value for slot, value in slots.items() if slot in _LOAN and command is Intent.HUMAN}
        return Understanding(kept, command)
    asks = is_question(text)
    answer = find_answer(text) if asks or not slots else None
    if answer is not None and _is_asked(text, asks, answer) and not (corrects and slots):
        return Understanding(slots, Intent.ASK, answer, unsure=unsure)
    if slots:
        changed = corrects or (is_edit(text) and named_slot(text) is not None)
        return Understanding(slots, Intent.CORRECT if changed else Intent.ANSWER, unsure=unsure)
    if corrects or is_edit(text):
        name = named_slot(text)
        mistaken = bool(rule("own_mistake").search(text)) and (answer is None or answer.score < _FAIRLY_SURE)
        if ((name or mistaken) and (not asks or rule("please_change").search(text))) or _only_says_so(text):
            return Understanding(slots, Intent.EDIT, edit=name, unsure=unsure)
    answers = unsure or rule("said_without_value").search(text) or (asked in _DONE and rule(_DONE[asked]).search(text))
    if answer is not None and not answers and (asks or answer.score >= _FAIRLY_SURE):
        return Understanding(slots, Intent.ASK, answer, unsure=unsure)
    if rule("wonders_why").search(text) and not answers:
        return Understanding(slots, Intent.WHY)
    return Understanding(slots, Intent.ANSWER if answers else Intent.UNKNOWN, unsure=unsure)


_LOAN = ("amount", "term", "purpose")


def _only_says_so(text: str) -> bool:
    """我要改, change it: a wish to change, and nothing that could be something else."""
    rest = rule("filler").sub(
        "", lexicon().intents[Intent.EDIT].sub("", lexicon().intents[Intent.CORRECT].sub("", text))
    )
    return len(rest) < _LEAST


def _is_of_the_loan(text: str, found: _Found) -> bool:
    """Whether a time is one to repay in: the words say so, or hardly any others are there. 两个月没发工资 isn't."""
    short = len(text.split()) <= _FEW_WORDS if text.isascii() else len(text) <= _FEW_CHARACTERS
    return short or bool(rule("repays").search(text)) or bool({"amount", "purpose"} & found.values.keys())


def _is_asked(text: str, asks: bool, answer: Answered) -> bool:
    """A question outright, or words that are one of the phrasings; 改手机号 stays a wish to change."""
    if is_edit(text) and named_slot(text) and (not asks or rule("please_change").search(text)):
        return False
    return asks or answer.score >= _SURE


_DONE = {
    "id_front": "uploaded",
    "id_back": "uploaded",
    "income_proof": "uploaded",
    "employer": "no_employer",
    "consents": "agreed",
    "term": "vague_term",
    "purpose": "forbidden_purpose",
    "amount": "vague_sum",
    "monthly_income": "vague_sum",
    "housing_cost": "vague_sum",
    "other_debt": "vague_sum",
}
"""What is an answer to a question all the same, without a value to keep."""


def _find_numbers(text: str, asked: str, found: _Found) -> None:
    for finder in (find_identities(text), find_dates(text, asked), find_terms(text, asked)):
        for mention in finder:
            if not found.is_taken(mention.start, mention.end):
                found.add(mention.kind, mention.start, mention.end, mention.value, _is_negated(text, mention.start))
    if asked == "term" and "term" not in found.values:
        sums = list(find_sums(text))
        if len(sums) == 1 and not sums[0].sure_money and isinstance(sums[0].value, int):
            alone = not rule("filler").sub("", text[: sums[0].start] + text[sums[0].end :])
            if alone and 0 < sums[0].value <= _BARE_TERM:
                found.add("term", sums[0].start, sums[0].end, sums[0].value)


def _find_people(text: str, message: str, asked: str, corrects: bool, found: _Found) -> None:
    name = find_name(text, asked, corrects=corrects)
    if name is not None and not found.is_taken(*name[:2]):
        as_written = written(name[2], message)
        found.add("name", *name[:2], as_written.title() if name[2].isascii() else as_written)
    free = set(found.values) <= {"date"} and find_command(text) is None and not is_edit(text)
    employer = find_employer(text, asked, free=free)
    if employer is not None and not found.is_taken(*employer[:2]):
        start, end, plain_name, works = employer
        found.add("employer", start, end, written(plain_name, message).strip(), _is_negated(text, start))
        if works:
            found.values.setdefault("works", []).append((start, "employed", False))


def _find_money(text: str, asked: str, found: _Found, *, loan: bool, corrects: bool) -> None:
    sums = [each for each in find_sums(text) if not found.is_taken(each.start, each.end)]
    loan = loan or bool({"term", "purpose"} & found.values.keys())
    last: str | None = None
    for index, each in enumerate(sums):
        previous = sums[index - 1].end if index else 0
        following = sums[index + 1].start if index + 1 < len(sums) else len(text)
        slot = about(text, previous, each, following, asked, found.values)
        if corrects and slot is None and last is not None:
            slot = last
        last = slot if slot in MONEY else last
        if slot is None:
            slot = stands_alone(text, each, asked, len(sums), loan=loan, corrects=corrects)
            if slot in found.values and slot != OPENING and not corrects:
                slot = OPENING if each.sure_money and loan else slot
        if slot == NOTHING and asked in MONTHLY and asked not in found.values and rule("yearly").search(text):
            found.add(asked, each.start, each.end, None)
        elif slot is not None and slot != NOTHING:
            value = None if is_doubtful(slot, each) else each.value
            found.add(slot, each.start, each.end, value, _is_negated(text, each.start))
    for slot, words in (("housing_cost", rule("no_housing")), ("other_debt", rule("no_debt"))):
        if slot not in found.values and (match := words.search(text)) and not rule("asks_outright").search(text):
            found.add(slot, *match.span(), 0)
    if asked in ("housing_cost", "other_debt") and asked not in found.values and rule("none_" + asked).search(text):
        found.add(asked, 0, 1, 0)


def _is_negated(text: str, start: int) -> bool:
    return bool(rule("negated").search(text[max(0, start - 16) : start]))


def _closer_work(named: list[Value | None]) -> Value | None:
    """A retired teacher is retired; who works at the town hall is no common employee."""
    if "retired" in named:
        return "retired"
    closer = [each for each in named if each != "employed"]
    return closer[0] if len(closer) == 1 else None


def _settle(found: _Found, corrects: bool, decides: bool) -> tuple[dict[str, Value], tuple[str, ...]]:
    """One value a slot: what is negated goes, after a correction the last counts, two different ones are unsure."""
    slots: dict[str, Value] = {}
    unsure: list[str] = []
    works = found.values.pop("works", [])
    if works and "employment" not in found.values:
        found.values["employment"] = works
    for slot, candidates in found.values.items():
        if slot in ("date", "unknown_number"):
            continue
        standing = [value for _, value, negated in sorted(candidates, key=lambda each: each[0]) if not negated]
        distinct = list(dict.fromkeys(standing))
        if not distinct:
            continue
        # 四千来块，就算 4000 吧: a vague word first, then the figure.
        settled = decides and len(distinct) == 2 and distinct[0] is None
        chosen = distinct[-1] if corrects or settled or len(distinct) == 1 else None
        if slot == "employment" and chosen is None:
            chosen = _closer_work(distinct)
        if chosen is None:
            unsure.append(slot)
        else:
            slots[slot] = chosen
    return slots, tuple(unsure)
