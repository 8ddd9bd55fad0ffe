"""KTO: turns or {prompt, completion} with a `label`: was the answer liked?"""

from collections.abc import Iterable
from typing import Final

from tasks.imports.conversation import example, turn_of, turns, turns_in
from tasks.imports.example import Example, Record, UnusableError, optional, text
from tasks.imports.params import Dataset

TITLE: Final = "liked and disliked answers (KTO)"
ORIGIN: Final = "synthetic"

LABELS: Final = ("label", "kto_tag")


def recognises(record: Record) -> bool:
    """Whether the record has an answer and says whether it was liked."""
    marked = any(isinstance(record.get(name), bool) for name in LABELS)
    return marked and (turns_in(record) is not None or {"prompt", "completion"} <= record.keys())


def read(record: Record, dataset: Dataset) -> Iterable[Example]:
    """One example with score 1 or 0. Disliked ones are refused unless the dataset's `disliked` says keep."""
    said = turns_in(record)
    if said is None:
        said_turns = [turn_of("user", text(record, "prompt")), turn_of("assistant", text(record, "completion"))]
    else:
        said_turns = turns(said)
    liked = next((record[name] for name in LABELS if isinstance(record.get(name), bool)), True)
    if not liked and dataset.disliked == "refuse":
        raise UnusableError("disliked", "label: false")
    made = example(said_turns, optional(record, "system"))
    made.score = 1.0 if liked else 0.0
    return (made,)
