"""KTO: turns, or a question and its answer, with a `label`: was the answer liked?"""

from collections.abc import Iterable
from typing import Final

from tasks.imports import table
from tasks.imports.conversation import turns_in
from tasks.imports.example import Conventions, Example, Record, UnusableError
from tasks.imports.formats import sharegpt
from tasks.imports.marks import LABELS, MARKS, UnknownMarkError, is_mark, mark_in, share_of

TITLE: Final = "liked and disliked answers (KTO)"
ORIGIN: Final = "synthetic"


def recognises(record: Record) -> bool:
    """Whether the record has an answer and says whether it was liked."""
    return judged(record, LABELS)


def read(record: Record, conventions: Conventions) -> Iterable[Example]:
    """One example, its score between 0 and 1. Disliked ones (below one half) are refused unless `disliked` says keep."""
    try:
        score = share_of(mark_in(record, (*LABELS, *MARKS)), conventions.scale)
    except UnknownMarkError as problem:
        raise UnusableError("malformed_record", str(problem)) from None
    if score is not None and score < 0.5 and conventions.dataset.disliked == "refuse":
        raise UnusableError("disliked", f"score {score:g}")
    talked = turns_in(record) is not None
    (made,) = sharegpt.read(record, conventions) if talked else table.examples(record, conventions)
    made.score = score
    return (made,)


def judged(record: Record, names: tuple[str, ...]) -> bool:
    """Whether the record has turns or a question with its answer, and one of `names` holds a mark of that answer: no class of
    which the answer is the name, and no number of a choice."""
    marks = [record[name] for name in names if name in record]
    plan = table.plan_of(record)
    if not marks or not all(map(is_mark, marks)) or plan.choices or plan.choice_columns:
        return False
    said = (record.get(name) for name in plan.response)
    return turns_in(record) is not None or (table.is_question(record) and not any(words == marks[0] for words in said))
