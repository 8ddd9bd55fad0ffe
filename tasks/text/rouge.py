"""ROUGE-L between short texts, and a pool of texts in which the most alike one is found by it.

Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries": F is twice the length of the longest common subsequence of
words, over the words of both. Words are those of Google's rouge_score without its stemmer, for every script.
"""

import re
import unicodedata
from typing import Any, Final, NamedTuple

import numpy as np

from tasks.text.rouge_kernel import most_alike, signature

_WORD: Final = re.compile(r"[^\W_]+")
Numbers = np.ndarray[Any, np.dtype[np.int64]]


class Alike(NamedTuple):
    """A text of the pool, by its name, and how alike it is, 0 … 1."""

    name: str
    score: float


def rouge_words(text: str) -> list[str]:
    """The words of `text` in lower case: runs of letters and digits, so that `don't` is two."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())


class RougePool:
    """Texts with names, to which a new one is compared. A text is compared with all of them in compiled code."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._words = np.zeros(1 << 12, np.int32)
        self._begins = np.zeros(1 << 8, np.int64)
        self._signatures = np.zeros(1 << 8, np.uint64)
        self._row = np.zeros(1 << 12, np.int32)

    def add(self, text: str, name: str) -> None:
        """Put a text into the pool."""
        found = self._numbered(text)
        count, begin = len(self.names), int(self._begins[len(self.names)])
        self._words = _with_room(self._words, begin + len(found))
        self._begins = _with_room(self._begins, count + 2)
        self._signatures = _with_room(self._signatures, count + 1)
        self._words[begin : begin + len(found)] = found
        self._begins[count + 1] = begin + len(found)
        self._signatures[count] = signature(found)
        self.names.append(name)

    def most_alike(self, text: str, least: float = 0.0) -> Alike | None:
        """The most alike of the texts whose F is above 0 and at least `least`, the first of equal ones; None if there is none."""
        count, found = len(self.names), self._numbered(text)
        if not count or not len(found):
            return None
        where, score = most_alike(found, self._words, self._begins, self._signatures[:count], self._row, least)
        return Alike(self.names[where], score) if where >= 0 else None

    def _numbered(self, text: str) -> np.ndarray[Any, np.dtype[np.int32]]:
        """The words of a text as numbers; new words get the next ones."""
        numbers = [self._numbers.setdefault(word, len(self._numbers)) for word in rouge_words(text)]
        self._row = _with_room(self._row, len(self._numbers))
        return np.asarray(numbers, np.int32)


def _with_room(array: Any, size: int) -> Any:
    """The array itself, or one of twice the length and more that begins like it; the rest is 0."""
    if size <= len(array):
        return array
    larger = np.zeros(max(size, 2 * len(array)), array.dtype)
    larger[: len(array)] = array
    return larger
