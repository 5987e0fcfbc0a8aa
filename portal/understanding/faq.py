"""Questions that people ask on the way, found by their words: BM25 over jieba's segments, settled by rapidfuzz.

BM25 (Robertson & Zaragoza 2009) ranks but can't say "none of them": its scores have no scale. So a candidate also has
to cover the question, words weighed by rarity and an unknown word as the rarest, and to look like one of its phrasings
letter by letter. The result is 0…1; `THRESHOLD` was tuned on the labelled utterances (`xindai nlu report`).
"""

import logging
import math
import os
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import bm25s
import jieba
from rapidfuzz import fuzz

from portal.understanding.lexicon import rule
from portal.understanding.text import plain

jieba.setLogLevel(logging.WARNING)

_FILE = Path(__file__).with_name("faq.toml")
THRESHOLD = 0.55
_SHORTLIST = 25


@dataclass(frozen=True, slots=True)
class Entry:
    """`answer` by language; `asked` are phrasings."""

    id: str
    asked: tuple[str, ...]
    answer: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answered:
    """The entry found, how well (0…1), and the phrasing it was found by."""

    id: str
    score: float
    by: str


def entries() -> Mapping[str, Entry]:
    """All entries by id."""
    return _index().entries


def find_answer(text: str) -> Answered | None:
    """The entry that a plain text asks for; None rather than a guess."""
    found = rank(text, 1)
    return found[0] if found and found[0].score >= THRESHOLD else None


def is_question(text: str) -> bool:
    """Whether the words ask something, mark or not."""
    return bool(rule("question").search(text))


def rank(text: str, count: int) -> list[Answered]:
    """The best entries with their scores, each once."""
    return _index().rank(text, count)


class _Index:
    def __init__(self, entries: Mapping[str, Entry], stop: frozenset[str], same: Mapping[str, str]) -> None:
        self.entries = entries
        self._stop = stop
        self._same = same
        self._tokenizer = jieba.Tokenizer()
        self._tokenizer.tmp_dir = _cache_directory()
        for word in same:
            self._tokenizer.add_word(word)
        self._phrases = [(entry.id, plain(asked)) for entry in entries.values() for asked in entry.asked]
        self._words = [self._segment(phrase) for _, phrase in self._phrases]
        counted = Counter(word for words in self._words for word in set(words))
        total = len(self._phrases)
        self._weight = {word: math.log(1 + total / count) for word, count in counted.items()}
        self._unknown = math.log(1 + total)
        self._bm25 = bm25s.BM25()
        self._bm25.index([sorted(set(words)) or ["∅"] for words in self._words], show_progress=False)

    def rank(self, text: str, count: int) -> list[Answered]:
        words = set(self._segment(text))
        known = sorted(words & self._weight.keys())
        if not known:
            return []
        places, _ = self._bm25.retrieve([known], k=min(_SHORTLIST, len(self._phrases)), show_progress=False)
        best: dict[str, Answered] = {}
        for place in places[0]:
            entry, phrase = self._phrases[int(place)]
            score = self._score(text, words, phrase, set(self._words[int(place)]))
            if entry not in best or score > best[entry].score:
                best[entry] = Answered(entry, round(score, 4), phrase)
        return sorted(best.values(), key=lambda each: -each.score)[:count]

    def _score(self, text: str, words: set[str], phrase: str, its: set[str]) -> float:
        shared = self._sum(words & its)
        covered = shared / self._sum(words)
        covering = shared / self._sum(its) if its else 0.0
        alike = fuzz.ratio(text, phrase) / 100
        return 0.5 * covered + 0.25 * covering + 0.25 * alike

    def _sum(self, words: set[str]) -> float:
        return sum(self._weight.get(word, self._unknown) for word in words) or 1.0

    def _segment(self, text: str) -> list[str]:
        """Words that carry meaning, synonyms under one name."""
        words = (self._same.get(word, word) for word in self._tokenizer.cut(text))
        return [word for word in words if word.strip() and word not in self._stop and re.search(r"\w", word)]


def _cache_directory() -> str:
    """A folder of ours: jieba would keep its dictionary in the one that every user of the machine may write to."""
    directory = Path(os.environ.get("XINDAI_HOME") or ".xindai") / "jieba"
    directory.mkdir(parents=True, exist_ok=True)
    return str(directory.absolute())


@lru_cache(maxsize=1)
def _index() -> _Index:
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    found = [
        Entry(each["id"], (*each["zh"], *each["en"]), {"zh": each["answer_zh"], "en": each["answer_en"]})
        for each in data["entry"]
    ]
    same = {word: group[0] for group in data["same"] for word in group}
    return _Index({entry.id: entry for entry in found}, frozenset(data["stop"]), same)


def misleading() -> list[str]:
    """Phrasings of the file that lead to another entry."""
    wrong = []
    for entry in entries().values():
        for asked in entry.asked:
            found = rank(plain(asked), 1)
            if not found or found[0].id != entry.id:
                wrong.append(f"{entry.id}: {asked}")
    return wrong
