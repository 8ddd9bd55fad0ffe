"""Labels, thumbs, stars and ratings as shares from 0 (bad) to 1 (good). A number alone does not say what it is worth: the scale is
that of the file, decided by all marks of its first rows."""

import math
import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

LABELS: Final = (
    "label", "labels", "kto_tag", "liked", "is_liked", "is_good", "good", "desirable", "is_desirable", "preferred",
)  # fmt: skip
"""Columns that say whether an answer was liked."""
MARKS: Final = ("feedback", "rating", "thumb", "thumbs", "vote", "stars", "star_rating", "user_rating", "reaction")
"""Columns in which readers of a chat service say what they think."""
INNER: Final = (*MARKS, *LABELS, "value", "score", "type")
"""Where an object keeps its mark."""
STARS: Final = ("rating", "stars", "star_rating", "user_rating")
"""Columns in which a 1 among nothing else than ones is one star and no thumb."""
GOOD: Final = frozenset((
    "up", "thumbs_up", "thumbsup", "thumb_up", "good", "like", "liked", "positive", "helpful", "yes", "true", "+1", "👍",
    "desirable", "preferred", "accepted", "chosen", "upvote",
))  # fmt: skip
BAD: Final = frozenset((
    "down", "thumbs_down", "thumbsdown", "thumb_down", "bad", "dislike", "disliked", "negative", "unhelpful", "no", "false",
    "👎", "undesirable", "rejected", "downvote",
))  # fmt: skip
NEITHER: Final = frozenset(("", "neutral", "none", "null", "nan", "n/a", "unrated", "mixed"))
ENDS: Final = ((1, 5), (1, 10), (0, 100))
"""Lowest and highest mark of the usual scales; where a 0 occurs, the first two begin there."""

_OUT_OF: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(?:/|out of|of)\s*(\d+(?:\.\d+)?)(?: stars?)?")
_STARS: Final = re.compile(r"(\d(?:\.\d+)?)[ _-]*stars?")
_DRAWN: Final = re.compile("([★⭐]️?)*[☆]*")


class Scale(NamedTuple):
    """The lowest and the highest mark that a file's numbers can be."""

    low: float
    high: float


class UnknownMarkError(ValueError):
    """A mark that means nothing on the scale of its file."""


def mark_in(record: dict[str, Any], names: Iterable[str]) -> Any:
    """The first mark of a record under one of `names`; None if there is none."""
    return next((found for name in names if (found := _bare(record.get(name))) is not None), None)


def is_mark(value: Any) -> bool:
    """Whether a value can be a mark: a truth value, a word for good or bad, a number of one of the usual scales."""
    value = _bare(value)
    number = _number(value)
    return value is None or _word(value) is not None or (number is not None and -100 <= number <= 100)


def scale_of(marks: Iterable[Any], column: str) -> Scale | None:
    """The scale of a file by its first marks: −1 to 1 where one is negative, else 0 to 1, 1 to 5, 1 to 10 (both from 0 where a 0
    occurs) or 0 to 100, the smallest into which all fit. None without numbers, and where none of these fits."""
    numbers = [number for mark in marks if (number := _number(_bare(mark))) is not None]
    if not numbers:
        return None
    lowest, highest = min(numbers), max(numbers)
    if lowest < 0:
        bound = max(1.0, -lowest, highest)
        return Scale(-bound, bound)
    if highest <= 1 and not (lowest == 1 and column in STARS):
        return Scale(0, 1)
    fitting = next(((low, high) for low, high in ENDS if highest <= high), None)
    return fitting and Scale(min(fitting[0], math.floor(lowest)), fitting[1])


def share_of(mark: Any, scale: Scale | None) -> float | None:
    """A mark between 0 and 1; None where nobody said anything. Raises UnknownMarkError."""
    mark = _bare(mark)
    if mark is None:
        return None
    if (number := _number(mark)) is not None:
        if scale is None or not scale.low <= number <= scale.high:
            ends = (
                f"where the file's marks are from {scale.low:g} to {scale.high:g}"
                if scale
                else "on a scale nobody knows"
            )
            raise UnknownMarkError(f"a mark of {number:g} {ends}")
        return (number - scale.low) / (scale.high - scale.low)
    share = _word(mark)
    if share is None:
        raise UnknownMarkError(f"nobody knows the mark {str(mark)[:40]!r}")
    return share if share >= 0 else None


def _bare(value: Any) -> Any:
    """A mark without the object or the list around it; None for what says nothing."""
    while isinstance(value, dict | list) and value:
        value = (
            value[0] if isinstance(value, list) else next((value[n] for n in INNER if value.get(n) is not None), None)
        )
    if isinstance(value, float) and math.isnan(value):
        return None
    return None if value in ("", [], {}) or (isinstance(value, str) and not value.strip()) else value


def _number(mark: Any) -> float | None:
    """What stands on the file's scale: a number, also as text. Truth values, percentages and "4/5" say themselves what they are."""
    if isinstance(mark, bool) or not isinstance(mark, int | float | str):
        return None
    try:
        number = float(mark)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _word(mark: Any) -> float | None:
    """The share that a mark states by itself; −1 for a word that says neither good nor bad, None for any other value."""
    if isinstance(mark, bool):
        return float(mark)
    if not isinstance(mark, str):
        return None
    word = mark.strip().lower()
    if (key := word.replace(" ", "_").replace("-", "_")) in GOOD or word in GOOD:
        return 1.0
    if key in BAD or word in BAD:
        return 0.0
    if word in NEITHER:
        return -1.0
    if found := _OUT_OF.fullmatch(word):
        return min(1.0, float(found[1]) / float(found[2])) if float(found[2]) else None
    if word.endswith("%"):
        number = _number(word[:-1].strip())
        return number / 100 if number is not None and 0 <= number <= 100 else None
    stars = word.count("★") + word.count("⭐") if word and _DRAWN.fullmatch(word) else _star_words(word)
    return (stars - 1) / 4 if stars is not None and 1 <= stars <= 5 else None


def _star_words(word: str) -> float | None:
    found = _STARS.fullmatch(word)
    return float(found[1]) if found else None
