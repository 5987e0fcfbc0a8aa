"""Slips of the keyboard mended: a word written with other characters of the same sound (代款, 利西, 新用卡, 装休).

Pinyin keyboards give the right sound and the wrong word. pypinyin tells the sound; only the words listed in the lexicon
are restored, and only from characters that jieba makes no word of: 申请 stays itself although it sounds like 神情.
"""

import re
from functools import lru_cache

from pypinyin import lazy_pinyin
from rapidfuzz import process
from rapidfuzz.distance import OSA

from portal.understanding.lexicon import lexicon
from portal.understanding.words import is_word, segment

_ENGLISH = re.compile(r"[a-z]{7,}")
_ALIKE = 0.82
_CHINESE = re.compile(r"[㐀-鿿]{2,}")
_PARTICLE = re.compile(r"[吗呢吧呀行的了]")
# Sounds that southern speech and its keyboards do not keep apart.
_MERGED = re.compile(r"^(?:zh|ch|sh)|(?:ing|eng|ang)$")

Sound = tuple[str, ...]


def mend(text: str) -> str:
    """`text` with slips restored; Chinese as long as before."""
    return _ENGLISH.sub(lambda word: _mend_word(word[0]), _CHINESE.sub(lambda run: _mend_run(run[0]), text))


def _mend_word(word: str) -> str:
    """unemplyed, buisness: but for a letter or two; rapidfuzz counts swapped letters as one slip."""
    words = lexicon().english_slips
    if word in words or word[:-1] in words:
        return word
    found = process.extractOne(word, words, scorer=OSA.normalized_similarity, score_cutoff=_ALIKE)
    return str(found[0]) if found and found[0][0] == word[0] else word


def _mend_run(run: str) -> str:
    known, sounds, starts = _known(), _sounds(run), _word_starts(run)
    mended, place = "", 0
    while place < len(run):
        word = None
        for length in (4, 3, 2):
            piece, end = run[place : place + length], place + length
            word = known.get(sounds[place:end])
            if word and len(piece) == length and {place, end} <= starts and _is_slip(piece, word):
                break
            word = None
        mended += word or run[place]
        place += len(word or run[place])
    return mended


def _is_slip(piece: str, word: str) -> bool:
    """Two characters must keep one of the word: 店话 is 电话, while two others of its sound are something else. What
    only ends a sentence is no part of a word: 借两个月行吗 has no 月薪 in it."""
    same = sum(a == b for a, b in zip(piece, word, strict=True))
    known = is_word(piece) or piece in lexicon().slips or _PARTICLE.search(piece)
    return 1 <= same < len(word) and not known


def _word_starts(run: str) -> set[int]:
    starts = {0}
    for word in segment(run):
        starts.add(max(starts) + len(word))
    return starts


def _sounds(text: str) -> Sound:
    return tuple(
        _MERGED.sub(lambda part: part[0].replace("h", "").replace("g", ""), each) for each in lazy_pinyin(text)
    )


@lru_cache(maxsize=1)
def _known() -> dict[Sound, str]:
    return {_sounds(word): word for word in lexicon().slips}
