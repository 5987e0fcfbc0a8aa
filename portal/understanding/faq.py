"""Questions that people ask on the way, and their answers. The entries and their phrasings in both languages are data
(`faq.toml`), and so is what is none of them (`elsewhere`); `ranking` tells which entry a question asks for."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from portal.understanding.elsewhere import sentences
from portal.understanding.lexicon import rule
from portal.understanding.ranking import Ranking
from portal.understanding.text import plain
from portal.understanding.utterances import read_utterances
from portal.understanding.words import add_words

_FILE = Path(__file__).with_name("faq.toml")
_LEARNING = Lock()
THRESHOLD = 0.43
"""The least score that is an answer: tuned so that at most 1 in 50 messages that nobody here can answer gets one."""
_THRESHOLD_OF_A_PART = 0.5
_CLAUSES = re.compile(r"[!?,;，。]")
_ALIKE = 0.86
"""From this likeness on, letter by letter, a question is one of the phrasings."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`answer` by language; `asked` are phrasings."""

    id: str
    asked: tuple[str, ...]
    answer: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answered:
    """The entry found, how well (0…1), and the phrasing nearest to the question."""

    id: str
    score: float
    by: str


def entries() -> Mapping[str, Entry]:
    """All entries by id."""
    return _read()


def find_answer(text: str) -> Answered | None:
    """The entry that a plain text asks for; None rather than a guess."""
    ranking = _ranking()
    ranked = ranking.rank(text, 1)
    phrase, entry, alike = ranking.nearest(text)
    if alike >= _ALIKE:
        return Answered(entry, round(alike, 4), phrase) if entry else None
    best, score = ranked[0]
    if score < THRESHOLD:
        best, score = max(
            (ranking.rank(part, 1)[0] for part in _questions(text)), default=("", 0.0), key=lambda each: each[1]
        )
        return Answered(best, round(min(score, 1.0), 4), phrase) if score >= _THRESHOLD_OF_A_PART else None
    return Answered(best, round(min(score, 1.0), 4), phrase)


def _questions(text: str) -> list[str]:
    """The clauses that ask: what else a message tells is not what it asks."""
    clauses = [clause.strip() for clause in _CLAUSES.split(text)]
    return [clause for clause in clauses if len(clause) > 2 and is_question(clause)] if len(clauses) > 1 else []


def is_question(text: str) -> bool:
    """Whether the words ask something, mark or not."""
    return bool(rule("question").search(text))


def misleading() -> list[str]:
    """Phrasings of the file that lead to another entry."""
    return [
        f"{entry.id}: {asked}"
        for entry in entries().values()
        for asked in entry.asked
        if (found := find_answer(plain(asked))) is None or found.id != entry.id
    ]


@lru_cache(maxsize=1)
def _read() -> Mapping[str, Entry]:
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {
        each["id"]: Entry(each["id"], (*each["zh"], *each["en"]), {"zh": each["answer_zh"], "en": each["answer_en"]})
        for each in data["entry"]
    }


def _ranking() -> Ranking:
    """Who asks while it is being learned waits, instead of learning it a second time."""
    with _LEARNING:
        return _learn()


@lru_cache(maxsize=1)
def _learn() -> Ranking:
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    same = {word: group[0] for group in data["same"] for word in group}
    add_words(word for word in same if re.search(r"[㐀-鿿]", word))
    phrasings = [(plain(asked, slips=False), entry.id) for entry in entries().values() for asked in entry.asked]
    ours = {asked for asked, _ in phrasings}
    elsewhere = (plain(sentence, slips=False) for sentence in sentences())
    nothing = [(sentence, None) for sentence in elsewhere if sentence not in ours]
    told = [(plain(row["text"], slips=False), row.get("faq")) for row in read_utterances() if row["set"] == "tune"]
    return Ranking([*phrasings, *nothing, *told], frozenset(data["stop"]), same)
