"""Answers that are picked from a list, told by their words: what the loan is for, family, schooling, work."""

from portal.understanding.lexicon import Choice, lexicon, rule

_FEW_WORDS, _FEW_CHARACTERS = 6, 12
_ABOUT_SELF = ("marital_status", "education", "employment")


def find_choices(text: str, asked: str, *, loan: bool) -> list[tuple[int, int, Choice]]:
    """The choices that a plain text names, those asked for first, then the longest: 大学生 before 大学.

    `loan`: the message speaks of borrowing; otherwise a fridge is only a fridge."""
    matches = [
        (match.start(), match.end(), choice)
        for choice in lexicon().choices
        for match in choice.words.finditer(text)
        if _is_meant(text, match.start(), match.end(), choice.slot, asked, loan)
    ]
    finished = [each for each in matches if not rule("unfinished").match(text[each[1] :])]
    if any(choice.slot == "education" for _, _, choice in finished):
        matches = finished
    return sorted(matches, key=lambda each: (each[2].slot != asked, each[0] - each[1]))


def _is_meant(text: str, start: int, end: int, slot: str, asked: str, loan: bool) -> bool:
    clause = _clause(text, start, end)
    asks = bool(rule("question").search(clause))
    if slot == "purpose":
        if rule("not_a_purpose").search(text[max(0, start - 6) : end + 6]):
            return False
        pays = asked == "purpose" or _is_short(text) or rule("pays_for").match(text[end:])
        return loan or bool(pays and not asks)
    if slot in _ABOUT_SELF:
        if rule("relative").search(text[:start]):
            return False
        if slot == "employment" and rule("somebody_else").match(text[end:]):
            return False
        if slot == "employment" and rule("business_plan").search(text[max(0, start - 8) : end]):
            return False
        if slot == "employment" and slot != asked and not rule("about_work").search(clause):
            return False
        return not asks or bool(rule("first_person").search(clause))
    return True


def _is_short(text: str) -> bool:
    """Hardly more than the thing itself: 卫生间漏水要重做, a new fridge."""
    return len(text.split()) <= _FEW_WORDS if text.isascii() else len(text) <= _FEW_CHARACTERS


def _clause(text: str, start: int, end: int) -> str:
    left = max((match.end() for match in rule("stop").finditer(text, 0, start)), default=0)
    right = rule("stop").search(text, end)
    return text[left : right.start() if right else len(text)] + (right[0] if right and "?" in right[0] else "")
