"""Numbers of people, phones and cards. One that fails its own checksum or length is named, never repaired, and its
digits are never read as money.

Figures with single separators between them are one run, and a run is one number or none: a phone number is never cut
out of the middle of a card's. Only a group written in one piece may stand beside others (13800138000 50000).
"""

import re
from collections.abc import Callable, Iterator

from portal.domain.identity import IdNumber, InvalidIdentity, parse_bank_card, parse_mobile
from portal.understanding.mention import Mention


def _parse_id_number(text: str) -> str:
    return IdNumber.parse(text).value


_RUN = re.compile(r"(?:\+|00)?\d(?:[\s\-_.·]?\d)*(?:x(?![a-z]))?")
_GROUP = re.compile(r"\d+x?")
_SHORTEST = 9
# A run this long is a sum after all when commas or blanks part it by threes.
_GROUPED = re.compile(r"\d{1,3}(?: \d{3})+")
# A region, a date of birth, a serial: an identity number with a slip, even when it would do as a card's.
_MEANT_FOR_IDENTITY = re.compile(r"[1-8]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3,4}")
_PARSERS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("id_number", _parse_id_number),
    ("mobile", parse_mobile),
    ("bank_card", parse_bank_card),
)


def find_identities(text: str) -> Iterator[Mention]:
    """Each number once; what is like one and isn't has the kind `unknown_number`."""
    for run in _RUN.finditer(text):
        if sum(map(str.isdigit, run[0])) < _SHORTEST or _GROUPED.fullmatch(run[0]):
            continue
        if whole := _read(run[0]):
            yield Mention(whole[0], *run.span(), whole[1])
            continue
        found = False
        for group in _GROUP.finditer(run[0]):
            if (part := _read(group[0])) is not None:
                found = True
                yield Mention(part[0], run.start() + group.start(), run.start() + group.end(), part[1])
        if not found:
            yield Mention("unknown_number", *run.span(), None)


def _read(text: str) -> tuple[str, str] | None:
    parsers = _PARSERS[:1] if _MEANT_FOR_IDENTITY.fullmatch(re.sub(r"\D", "", text)) else _PARSERS
    for kind, parse in parsers:
        try:
            return kind, parse(text)
        except InvalidIdentity:
            continue
    return None
