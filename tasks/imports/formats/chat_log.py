"""Logs of a chat service with feedback: turns, or a question and an answer, with a thumb, a rating or stars."""

from collections.abc import Iterable
from typing import Any, Final

from tasks.imports.conversation import example, turn_of, turns, turns_in
from tasks.imports.example import Example, Record, UnusableError, optional, text
from tasks.imports.params import Dataset

TITLE: Final = "chat log with feedback"
ORIGIN: Final = "synthetic"

MARKS: Final = ("feedback", "rating", "thumb", "thumbs", "vote", "stars")
ASKED: Final = ("question", "prompt", "query", "user_message", "user")
ANSWERED: Final = ("answer", "response", "completion", "bot_message", "assistant")
GOOD: Final = frozenset(
    {"up", "thumbs_up", "thumbsup", "good", "like", "liked", "positive", "helpful", "yes", "true", "+1", "1"}
)
BAD: Final = frozenset(
    {
        "down",
        "thumbs_down",
        "thumbsdown",
        "bad",
        "dislike",
        "disliked",
        "negative",
        "unhelpful",
        "no",
        "false",
        "-1",
        "0",
    }
)
MOST_STARS: Final = 5


def recognises(record: Record) -> bool:
    """Whether the record has a mark, and turns or a question with its answer."""
    asked = any(name in record for name in ASKED) and any(name in record for name in ANSWERED)
    return any(name in record for name in MARKS) and (turns_in(record) is not None or asked)


def read(record: Record, dataset: Dataset) -> Iterable[Example]:
    """One example, its score between 0 and 1. Disliked ones (below one half) are refused unless `disliked` says keep."""
    score = _score(next((record[name] for name in MARKS if record.get(name) is not None), None))
    if score is not None and score < 0.5 and dataset.disliked == "refuse":
        raise UnusableError("disliked", f"score {score:g}")
    said = turns_in(record)
    spoken = [turn_of("user", text(record, *ASKED)), turn_of("assistant", text(record, *ANSWERED))]
    made = example(turns(said) if said is not None else spoken, optional(record, "system"))
    made.score = score
    return (made,)


def _score(mark: Any) -> float | None:
    """Thumbs and words as 1 or 0, up to five stars as shares of five; None where nobody said anything."""
    if isinstance(mark, dict):
        return _score(next((mark[name] for name in (*MARKS, "value", "score") if name in mark), None))
    if mark is None or mark == "":
        return None
    word = str(mark).strip().lower()
    if isinstance(mark, bool) or word in GOOD | BAD:
        return 1.0 if word in GOOD else 0.0
    try:
        stars = float(mark)
    except ValueError:
        raise UnusableError("malformed_record", f"nobody knows the mark {word[:40]!r}") from None
    if not 0 <= stars <= MOST_STARS:
        raise UnusableError("malformed_record", f"a mark of {stars:g}, where 0 to {MOST_STARS} was expected")
    return stars if stars <= 1 else (stars - 1) / (MOST_STARS - 1)
