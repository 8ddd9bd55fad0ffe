"""Readable labels: a few words that a person would write over a theme."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

_ENDINGS: Final = (
    *("ations", "ation", "ators", "ator", "ating", "ables", "able", "ments", "ment", "ings", "ing", "ions", "ion"),
    *("ors", "ers", "ies", "or", "er", "ed", "es", "'s", "s", "e", "y"),
)
"""Longest first."""


def distinct(candidates: Sequence[str]) -> list[str]:
    """`candidates` (words and two-word phrases, best first) without those that repeat a stem, their own or an earlier one's."""
    seen: set[str] = set()
    chosen = []
    for candidate in candidates:
        stems = [stem(word) for word in candidate.split()]
        if len(set(stems)) == len(stems) and not seen.intersection(stems):
            chosen.append(candidate)
            seen.update(stems)
    return chosen


def label(candidates: Sequence[str], texts: Sequence[str], size: int, taken: Sequence[str] = ()) -> str:
    """`size` words (one more if a phrase comes last) from the front of `candidates`, which are `distinct`.

    Written as they are most often written in `texts`. Where the label is among `taken`, more words are added, then a number.
    """
    spelled = [_spelling(candidate, texts) for candidate in candidates[: size + 3]]
    made = [", ".join(_front(spelled, length)) or "unnamed" for length in range(size, size + 4)]
    numbered = (f"{made[0]} ({n})" for n in range(2, len(taken) + 3))
    return next(name for name in [*made, *numbered] if name not in taken)


def _front(candidates: Sequence[str], size: int) -> list[str]:
    front: list[str] = []
    for candidate in candidates:
        if len(" ".join(front).split()) < size:
            front.append(candidate)
    return front


def stem(word: str) -> str:
    """`word` without its usual English endings, as far as at least four letters stay: assignments → assign."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return stem(word.removesuffix(ending))
    return word


def _spelling(word: str, texts: Sequence[str]) -> str:
    """`word` with the capitals it mostly has in `texts`: darcy → Darcy, typeerror → TypeError."""
    pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
    forms = Counter(found for text in texts for found in pattern.findall(text))
    return min(forms, key=lambda form: (-forms[form], form.lower() != form, form), default=word)
