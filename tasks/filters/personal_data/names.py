"""Names of people, places and organisations, found by the packaged spaCy model, on two cores where there is much to read."""

from collections.abc import Sequence
from typing import Final

from tasks.text.processes import map_texts

Found = list[tuple[str, int, int]]
"""Label, start and end of every name in a text."""

_WORTH_A_PROCESS: Final = 400_000
"""Characters: about five seconds of work, and a process needs two to begin."""


def names(texts: Sequence[str], workers: int = 2) -> list[Found]:
    """spaCy's entities in each text, with its own labels (PERSON, GPE, ORG, …). Equal texts are read once."""
    helpers = min(workers - 1, sum(map(len, set(texts))) // _WORTH_A_PROCESS)
    return [[(label, start, end) for label, start, end in text] for text in map_texts(read, texts, helpers)]


def read(texts: list[str]) -> list[Found]:
    """What spaCy finds in each text."""
    from tasks.text.nlp import entities

    return [[(name.label, name.start, name.end) for name in found] for found in entities(texts)]
