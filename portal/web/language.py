"""Translation: message ids are the Chinese sentences, English comes from the catalogue `portal/locale/en`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from portal.domain.text import Bilingual

LOCALE = Path(__file__).resolve().parents[1] / "locale"

current_language: ContextVar[str] = ContextVar("current_language", default="zh")


@cache
def catalogue(language: str) -> dict[str, str]:
    """Message id → sentence; Chinese needs none."""
    path = LOCALE / language / "LC_MESSAGES" / "messages.po"
    if language == "zh" or not path.exists():
        return {}
    with path.open("rb") as file:
        messages = read_po(file, locale=language)
    return {str(message.id): str(message.string) for message in messages if message.id and message.string}


def gettext(sentence: str) -> str:
    """The sentence in the language being rendered; one without a translation stays Chinese."""
    if isinstance(sentence, Bilingual):
        return sentence.en if current_language.get() == "en" else sentence
    return catalogue(current_language.get()).get(sentence, sentence)


def ngettext(singular: str, plural: str, count: int) -> str:
    """Chinese has no plural; English messages are written to read well for any number."""
    return gettext(singular if count == 1 else plural)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Render in this language inside the block."""
    token = current_language.set(language)
    try:
        yield
    finally:
        current_language.reset(token)
