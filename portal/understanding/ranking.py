"""Which entry a question asks for: a linear score for each entry over words, pairs of words and characters.

BM25 over jieba's words, settled by rapidfuzz, came first. It finds the phrasing that is most alike and can't say "none
of them": accepting at most 2 % of what nobody here can answer, it answered three questions in four. Ridge regression
(Hoerl & Kennard 1970) on the same words learns from the same phrasings which of them decide, and that "how much" alone
decides nothing; at the same price it answers nine in ten. BM25 and rapidfuzz name the phrasing that an answer rests
on, and vouch for a question that is one of the phrasings but for a letter. Learning takes a second, once a process, and
gives the same weights every time.
"""

import logging
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from bm25s import BM25
from numpy.typing import NDArray
from rapidfuzz import fuzz
from scipy import sparse

from portal.understanding.words import segment

# It sets itself to tell everything.
logging.getLogger("bm25s").setLevel(logging.WARNING)

Floats = NDArray[np.float64]
Features = Mapping[str, float]

_RIDGE = 0.6
_STEPS = 20
_CLOSE_ENOUGH = 1e-8
_OF_US = 0.7
"""What it counts that the text is about any of the labels, whichever: the sum of all scores."""
_UNSEEN = 1.0
_SHORTLIST = 10
_WORD, _STOP, _PAIR, _CHARACTER, _PREFIX = 1.0, 0.3, 0.8, (0.15, 0.6, 0.6), 0.5
"""What a feature weighs beside its rarity: words lead, characters help where words are cut or spelled otherwise."""


_FIGURE = re.compile(r"[\d.,]+")
_ENDING = re.compile(r"(?:ing|ed|es|s|d)$")


class Ranking:
    """`rank` scores the labels of a text: near 1 for a phrasing that was taught, near 0 for what is about none."""

    def __init__(self, taught: Sequence[tuple[str, str | None]], stop: frozenset[str], same: Mapping[str, str]) -> None:
        self._stop, self._same = stop, same
        self._taught = taught
        self.labels = sorted({label for _, label in taught if label})
        counted = [self._features(text) for text, _ in taught]
        seen = Counter(name for features in counted for name in features)
        self._places = {name: place for place, name in enumerate(seen)}
        self._rarity = {name: math.log(1 + len(taught) / count) for name, count in seen.items()}
        self._rarest = math.log(1 + len(taught)) * _UNSEEN
        rows = self._rows(counted)
        wanted = np.zeros((len(taught), len(self.labels)))
        for place, (_, label) in enumerate(taught):
            if label:
                wanted[place, self.labels.index(label)] = 1.0
        self._weights = _learn(rows, wanted)
        self._bm25 = BM25()
        self._bm25.index([sorted(features) or ["∅"] for features in counted], show_progress=False)

    def rank(self, text: str, count: int) -> list[tuple[str, float]]:
        """The best labels with their scores."""
        scores = np.asarray(self._rows([self._features(text)]) @ self._weights)[0]
        best = sorted(range(len(self.labels)), key=lambda place: (-scores[place], place))[:count]
        about_us = float(scores.sum())
        return [(self.labels[place], (float(scores[place]) + _OF_US * about_us) / (1 + _OF_US)) for place in best]

    def nearest(self, text: str) -> tuple[str, str | None, float]:
        """The taught text most alike, its label, and how alike it is letter by letter (0…1)."""
        known = sorted(self._features(text).keys() & self._places.keys())
        if not known:
            return "", None, 0.0
        places, _ = self._bm25.retrieve([known], k=min(_SHORTLIST, len(self._taught)), show_progress=False)
        found = [self._taught[int(place)] for place in places[0]]
        phrase, label = max(found, key=lambda each: fuzz.ratio(text, each[0]))
        return phrase, label, fuzz.ratio(text, phrase) / 100

    def _rows(self, counted: Sequence[Features]) -> sparse.csr_matrix:
        """Texts by features, each row of length 1; a feature never seen makes a row shorter by what it would weigh."""
        data: list[float] = []
        columns: list[int] = []
        ends = [0]
        for features in counted:
            weights = {name: value * self._rarity.get(name, self._rarest) for name, value in features.items()}
            length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            known = [(self._places[name], weight / length) for name, weight in weights.items() if name in self._places]
            columns += [place for place, _ in known]
            data += [weight for _, weight in known]
            ends.append(len(columns))
        return sparse.csr_matrix((data, columns, ends), shape=(len(counted), len(self._places)))

    def _features(self, text: str) -> Features:
        features: Counter[str] = Counter()
        words = [self._meant(word) for word in segment(text) if word[0].isalnum()]
        meaning = [word for word in words if word not in self._stop]
        _add(features, (f"stop:{word}" for word in words if word in self._stop), _STOP)
        _add(features, (f"word:{word}" for word in meaning), _WORD)
        _add(features, (f"pair:{one} {two}" for one, two in pairwise(meaning)), _PAIR)
        for run in re.findall(r"[㐀-鿿]+", text):
            for size, weight in enumerate(_CHARACTER, 1):
                _add(features, (run[place : place + size] for place in range(len(run) - size + 1)), weight)
        _add(features, (f"prefix:{word[:4]}" for word in re.findall(r"[a-z]{4,}", text)), _PREFIX)
        return features

    def _meant(self, word: str) -> str:
        """The first of its group, which all figures are; an English word also without its ending."""
        if word in self._same or word in self._stop or not word.isascii():
            return self._same.get(word, word)
        if word[0].isdigit() and _FIGURE.fullmatch(word):
            return "#"
        return next((self._same[stem] for stem in (_ENDING.sub("", word), word + "ed") if stem in self._same), word)


def _add(features: Counter[str], names: Iterable[str], weight: float) -> None:
    for name in names:
        features[name] += weight  # type: ignore[assignment] # a Counter may count in parts


def _learn(rows: sparse.csr_matrix, wanted: Floats) -> Floats:
    """Ridge regression in its dual form by conjugate gradients, all labels at once."""
    turned = rows.T.tocsr()
    solved = np.zeros_like(wanted)
    rest = wanted.copy()
    step = rest.copy()
    size = (rest * rest).sum(axis=0)
    for _ in range(_STEPS):
        moved = rows @ (turned @ step) + _RIDGE * step
        along = size / np.maximum((step * moved).sum(axis=0), _CLOSE_ENOUGH**2)
        solved += along * step
        rest -= along * moved
        smaller = (rest * rest).sum(axis=0)
        if smaller.max() < _CLOSE_ENOUGH:
            break
        step = rest + smaller / np.maximum(size, _CLOSE_ENOUGH**2) * step
        size = smaller
    return np.asarray(turned @ solved)
