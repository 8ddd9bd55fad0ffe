"""Logs of a chat service as candidates for rows: only with consent, only for as long as they may be kept, only where people said
what they think of an answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from tasks.imports.example import Conventions, Example, Record, UnusableError
from tasks.imports.formats import chat_log
from tasks.imports.marks import LABELS, MARKS, Scale, is_mark, mark_in, scale_of
from tasks.imports.params import Dataset
from tasks.imports.values import optional

CORRECTIONS: Final = ("correction", "corrected", "user_correction", "corrected_response", "edited_response")
"""Columns in which a user says what the answer should have been."""
GRANTED: Final = frozenset(("true", "yes", "1", "granted", "accepted", "opt_in", "opt-in"))
"""What a consent column says where consent was given; everything else is none."""
REASONS: Final = {
    "no_consent": "the person did not agree that it is used",
    "too_old": "older than it may be kept",
    "no_time": "nothing says how old it is",
    "no_feedback": "nobody said what they think of the answer",
    "malformed_record": "it is not understood",
}
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
Use = Literal["liked", "corrected", "disliked"]


@dataclass(frozen=True)
class IntakeRules:
    """Which records may be used."""

    consent: str = ""
    """The column that says whether the person agreed."""
    agreed: frozenset[str] = frozenset()
    """In place of the column: what stands in `id` of those whose person agreed."""
    id: str = "id"
    """The column that `agreed` is about."""
    time: str = "created_at"
    """The column with the time: ISO 8601, or seconds or milliseconds since 1970."""
    keep_days: int | None = None
    """Older ones are dropped; None: none is too old."""
    now: datetime = EPOCH
    """Days are counted up to then."""


def permitted(record: Record, rules: IntakeRules) -> None:
    """UnusableError with `no_consent`, `too_old` or `no_time` where a record must not be used."""
    if rules.consent:
        agreed = str(record.get(rules.consent)).strip().lower() in GRANTED
    else:
        agreed = str(record.get(rules.id)) in rules.agreed
    if not agreed:
        raise UnusableError("no_consent", "")
    if rules.keep_days is not None:
        if (time := _time(record.get(rules.time))) is None:
            raise UnusableError("no_time", rules.time)
        if time < rules.now - timedelta(days=rules.keep_days):
            raise UnusableError("too_old", "")


def candidate(record: Record, scale: Scale | None) -> tuple[Use, Example]:
    """What a record that may be used is good for: a liked answer, one that a user corrected (a pair: the correction is the
    response, the answer the losing one), or a disliked one, which people should look at. UnusableError where it says nothing of
    this."""
    (example,) = chat_log.read(record, Conventions(Dataset(path="logs", disliked="keep"), scale))
    if (correction := optional(record, *CORRECTIONS)) and correction.strip() != example.response.strip():
        example.rejected, example.response, example.score, example.origin = example.response, correction, None, "human"
        return "corrected", example
    if example.score is None:
        raise UnusableError("no_feedback", "")
    return ("liked" if example.score >= 0.5 else "disliked"), example


def scale_in(records: Iterable[Record]) -> Scale | None:
    """The scale of the marks in records."""
    marks = [mark for record in records if is_mark(mark := mark_in(record, (*LABELS, *MARKS)))]
    column = next((name for record in records for name in (*LABELS, *MARKS) if name in record), "")
    return scale_of(marks, column)


def _time(value: Any) -> datetime | None:
    try:
        if isinstance(value, int | float) or str(value).replace(".", "", 1).isdecimal():
            seconds = float(value)
            return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
        found = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
