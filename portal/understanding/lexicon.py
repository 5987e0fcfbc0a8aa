"""The word lists of `lexicon.toml`, compiled once."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).with_name("lexicon.toml")


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer to pick from, and the words that pick it."""

    slot: str
    value: str
    words: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`names` is how a question is called, `money` what a sum is about, `intents` what is asked for, by priority,
    `rules` are expressions as they stand, `dialect` other words for common ones, `slips` words that are mistyped."""

    intents: Mapping[str, re.Pattern[str]]
    rules: Mapping[str, re.Pattern[str]]
    names: Mapping[str, re.Pattern[str]]
    money: Mapping[str, re.Pattern[str]]
    choices: tuple[Choice, ...]
    dialect: Mapping[str, str]
    slips: tuple[str, ...]
    english_slips: tuple[str, ...]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Read from the file beside this module."""
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return Lexicon(
        intents={name: _compile(words) for name, words in data["intents"].items()},
        rules={name: re.compile(rule) for name, rule in data["rules"].items()}
        | {"dialect": re.compile("|".join(sorted(data["dialect"], key=len, reverse=True)))},
        names={slot: _compile(words) for slot, words in data["names"].items()},
        money={slot: _compile(words) for slot, words in data["money"].items()},
        choices=tuple(Choice(each["slot"], each["value"], _compile(each["words"])) for each in data["choice"]),
        dialect=data["dialect"],
        slips=tuple(data["slips"]["words"].split()),
        english_slips=tuple(data["slips"]["english"].split()),
    )


def rule(name: str) -> re.Pattern[str]:
    """One of the grammar's expressions."""
    return lexicon().rules[name]


def _compile(words: str) -> re.Pattern[str]:
    """Latin words match whole only: `mo` is a month, not the beginning of `mortgage`."""
    return re.compile(rf"(?:(?<![a-z])|(?=[^a-z]))(?:{words})(?:(?![a-z])|(?<=[^a-z]))")
