"""One spelling for what people type: full-width, traditional and capital letters made plain, dialect and slips of the
keyboard mended, English numbers in digits.

OpenCC converts characters by phrase, so 乾淨 becomes 干净 and 公積金 公积金. number-parser reads "fifty thousand", but
makes 50 1000 of "50 thousand" and 2 and 1000 of "two and a half thousand": figures before a word are ours, halves are
left to the rules for terms. Names must stay as they were written: `written` finds a plain piece in the message again.
"""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from number_parser import parse as digits_for_words
from opencc import OpenCC

from portal.understanding.lexicon import lexicon, rule
from portal.understanding.slips import mend

_LONGEST = 500
_ENGLISH_NUMBER = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|eighteen|"
    r"(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand)\b"
)
_SCALED = re.compile(r"(\d+(?:\.\d+)?)\s*(?:-\s*)?(hundred thousand|thousand|grand|million|hundred)\b")
_SCALES = {"hundred": 100, "thousand": 1000, "grand": 1000, "hundred thousand": 100_000, "million": 1_000_000}
_SPELLED_DIGITS = re.compile(r"[零一二三四五六七八九幺](?:[ -]?[零一二三四五六七八九幺]){3,}")
_DIGITS = str.maketrans("零一二三四五六七八九幺", "01234567891")
_LETTERS = str.maketrans(
    {"俩": "两", "仨": "三", "〇": "零", "．": ".", "—": "-", "–": "-", "～": "~", "「": "“", "」": "”", "’": "'"}
)
_PICTURES = re.compile(r"[\u2600-\u27bf\ufe0f\u200d\U0001f000-\U0001faff]+")


def plain(text: str, *, slips: bool = True) -> str:
    """NFKC, simplified characters, lower case, single blanks; what lies beyond 500 characters is not read. `slips` is
    for what people typed: a sentence of our own has none, and looking costs most of the time."""
    folded = _letters(text[:_LONGEST])
    folded = _PICTURES.sub(" ", folded)
    folded = re.sub(r"(?<!\s)\s+", " ", folded).strip()
    folded = rule("dialect").sub(lambda found: lexicon().dialect[found[0]], folded)
    folded = mend(folded) if slips else folded
    folded = _SPELLED_DIGITS.sub(lambda found: found[0].translate(_DIGITS), folded)
    folded = _SCALED.sub(_scale, folded)
    return digits_for_words(folded) if _ENGLISH_NUMBER.search(folded) else folded


def written(piece: str, message: str) -> str:
    """A plain piece as its author wrote it (中鐵四局, Tencent); the piece itself when it can't be found again."""
    letters = [_letters(each) for each in message]
    folded = "".join(letters)
    start = folded.find(piece)
    if start < 0:
        # OpenCC may choose another character by phrase than alone; the lengths agree all the same.
        folded = _letters(message)
        start = folded.find(piece)
        if start < 0 or len(folded) != len(message):
            return piece
        return message[start : start + len(piece)]
    places = [index for index, each in enumerate(letters) for _ in each]
    return message[places[start] : places[start + len(piece) - 1] + 1]


def _letters(text: str) -> str:
    return unicodedata.normalize("NFKC", _simplifier().convert(text)).lower().translate(_LETTERS)


def _scale(found: re.Match[str]) -> str:
    figure = Decimal(found[1]) * _SCALES[found[2]]
    return str(int(figure)) if figure == int(figure) else found[0]


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")
