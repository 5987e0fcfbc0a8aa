"""One spelling for what people type: full-width, traditional and capital letters made plain, English numbers in digits.

OpenCC converts characters by phrase, so 乾淨 becomes 干净 and 公積金 公积金. number-parser reads "fifty thousand" but
makes 2 and 1000 of "two and a half thousand": halves are left to the rules for terms.
"""

import re
import unicodedata
from functools import lru_cache

from number_parser import parse as digits_for_words
from opencc import OpenCC

_ENGLISH_NUMBER = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fifteen|eighteen|"
    r"(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand)\b"
)
_SLANG = str.maketrans(
    {"俩": "两", "仨": "三", "〇": "零", "．": ".", "—": "-", "–": "-", "～": "~", "「": "“", "」": "”"}
)


def plain(text: str) -> str:
    """NFKC, simplified characters, lower case, single blanks."""
    folded = unicodedata.normalize("NFKC", _simplifier().convert(text)).lower().translate(_SLANG)
    folded = re.sub(r"(?<!\s)\s+", " ", folded).strip()
    return digits_for_words(folded) if _ENGLISH_NUMBER.search(folded) else folded


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")
