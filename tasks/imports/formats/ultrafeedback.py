"""UltraFeedback: {instruction, completions: [{model, response, annotations, fine-grained_score, overall_score}, …]}."""

import math
from collections.abc import Iterable
from typing import Any, Final

from tasks.imports.example import Conventions, Example, Record, UnusableError
from tasks.imports.values import text

TITLE: Final = "UltraFeedback"
ORIGIN: Final = "synthetic"
BESIDE: Final = frozenset(("models",))
SCORES: Final = ("fine-grained_score", "overall_score")
"""The mean of the four aspects first: some overall scores are a 10 that was meant as a 1 (the card of
argilla/ultrafeedback-binarized-preferences-cleaned)."""


def recognises(record: Record) -> bool:
    """Whether the record has an instruction and completions of several models."""
    made = record.get("completions")
    return (
        "instruction" in record
        and isinstance(made, list)
        and all(isinstance(one, dict) and "response" in one for one in made)
    )


def read(record: Record, _conventions: Conventions) -> Iterable[Example]:
    """One example: the response with the best score, and the one with the worst in `rejected` if its score is lower."""
    made = [(score, one) for one in record["completions"] if (score := _score(one)) is not None]
    if not made:
        raise UnusableError("empty", "response: no completion has a score")
    best, worst = max(made, key=lambda one: one[0]), min(made, key=lambda one: one[0])
    example = Example(text(record, "instruction"), text(best[1], "response"), teacher=text(best[1], "model") or None)
    if worst[0] < best[0]:
        example.rejected = text(worst[1], "response")
    return (example,)


def _score(completion: Record) -> float | None:
    for name in SCORES:
        found = _finite(completion.get(name))
        if found is not None:
            return found
    return None


def _finite(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
