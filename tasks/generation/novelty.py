"""Whether texts that a model wrote say something that earlier ones do not."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tasks.generation.open_rows import Open
from tasks.teachers.prompts.defects import Defect
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.text.embeddings import embed
from tasks.text.equal_texts import text_keys


def novel(waiting: Sequence[Open], texts: Sequence[str], most_alike: float, rows: SortedRows) -> list[Open]:
    """Those of `waiting` whose text is unlike every earlier one; the others are rejected (`repeats`)."""
    left = []
    for one, defect in zip(
        waiting, repeats([one.row["example_id"] for one in waiting], texts, most_alike), strict=True
    ):
        if defect is None:
            left.append(one)
        else:
            rows.reject(one.row, *defect)
    return left


def repeats(ids: Sequence[str], texts: Sequence[str], most_alike: float) -> list[Defect | None]:
    """For each text `duplicate_instruction`, where an earlier one is the same, or `not_novel`, where the cosine of the embeddings
    with one that is left is `most_alike` or more; None for the others. The detail names the other's id."""
    found: list[Defect | None] = []
    vectors, left = embed(texts), list[int]()
    chosen = np.zeros_like(vectors)
    first: dict[str, str] = {}
    for number, (own, key) in enumerate(zip(ids, text_keys(texts), strict=True)):
        if (twin := first.setdefault(key, own)) != own:
            found.append(Defect("duplicate_instruction", twin))
            continue
        alike: np.ndarray[Any, Any] = chosen[: len(left)] @ vectors[number]
        nearest = int(alike.argmax()) if left else -1
        if left and alike[nearest] >= most_alike:
            found.append(Defect("not_novel", f"{alike[nearest]:.2f} to {ids[left[nearest]]}"))
        else:
            chosen[len(left)] = vectors[number]
            left.append(number)
            found.append(None)
    return found
