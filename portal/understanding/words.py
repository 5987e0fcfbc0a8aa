"""jieba's dictionary and segments, loaded at the first message, not at the start of the portal."""

import logging
import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import jieba

_COMMON = 20
"""Times a word was seen in the corpus of jieba's dictionary."""

jieba.setLogLevel(logging.WARNING)


def segment(text: str) -> list[str]:
    """The words of a plain text, in order, nothing left out."""
    return list(_tokenizer().cut(text, HMM=False))


def is_word(text: str, common: int = _COMMON) -> bool:
    """Whether the dictionary has it as one word, and not as one of its curiosities (利西, 正明)."""
    tokenizer = _tokenizer()
    tokenizer.check_initialized()
    return (tokenizer.FREQ.get(text) or 0) >= common


def add_words(words: Iterable[str]) -> None:
    """Words of this trade that the dictionary lacks or would cut."""
    for word in words:
        _tokenizer().add_word(word)


@lru_cache(maxsize=1)
def _tokenizer() -> jieba.Tokenizer:
    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = _cache_directory()
    return tokenizer


def _cache_directory() -> str:
    """A folder of ours: jieba would keep its dictionary in the one that every user of the machine may write to."""
    directory = Path(os.environ.get("XINDAI_HOME") or ".xindai") / "jieba"
    directory.mkdir(parents=True, exist_ok=True)
    return str(directory.absolute())
