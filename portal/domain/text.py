"""Sentences where no page is being rendered: marked for translation, or carrying their English with them."""

from typing import Self


def N_(sentence: str) -> str:  # noqa: N802 - gettext's own name for a marked, not yet translated sentence
    """Mark a Chinese sentence as a message id; whoever renders it translates it."""
    return sentence


class Bilingual(str):
    """A Chinese sentence from a data file, where its English stands beside it. It goes wherever a message id goes."""

    __slots__ = ("en",)
    en: str

    def __new__(cls, zh: str, en: str) -> Self:
        """Both as they are shown."""
        sentence = super().__new__(cls, zh)
        sentence.en = en
        return sentence

    def __reduce__(self) -> tuple[type["Bilingual"], tuple[str, str]]:
        """What a copy is made from, in another process too."""
        return Bilingual, (str(self), self.en)

    def fill(self, **values: object) -> "Bilingual":
        """With `{name}` replaced in both languages."""
        return Bilingual(self.format(**values), self.en.format(**values))
