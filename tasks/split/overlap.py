"""Rows of one side that hold the text of a row on another, found as benchmark items are found (`filters.contamination`).

A benchmark's questions are unlike a dataset's; within a dataset many are of one pattern: "What is a synonym of bright?" is, by
8-grams and embeddings, "What is a synonym of happy?" in other words. Of 1,100 rows of Alpaca 173 were such rows of 39 held out, of
a demo's 231 rows 55. So a question in common counts only where the responses agree, too.
"""

from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.filters.decontamination.benchmarks import BenchmarkItem
from tasks.filters.decontamination.building import pack
from tasks.filters.decontamination.contamination import scan
from tasks.filters.duplicates.sense import contradict
from tasks.text.columns import pieces
from tasks.text.words import content_words

ALIKE: Final = 0.5
"""Share of the content words of the shorter response that stand in the other, from which two alike questions are the same one."""


class Overlap(NamedTuple):
    """A row that holds an instruction or a response of a row on another side."""

    row: int
    held_out: int
    """Both are places in the table."""
    found: str
    """How, and the words that both have."""


def overlaps(rows: pa.Table, sides: pa.Array, workers: int) -> list[Overlap]:
    """Each pair of training row and held-out row, and of held-out rows of different sides, with text in common: all words of
    it, more than half of its words in shared 8-grams, or the same question in other words. By row."""
    found: list[Overlap] = []
    order = ("train", "validation", "test", "evaluation")
    for looking, held_out in zip(order, (order[1:], order[2:], order[3:]), strict=False):
        at = np.flatnonzero(np.asarray(pc.is_in(sides, pa.array(held_out))))
        others = np.flatnonzero(np.asarray(pc.equal(sides, looking)))
        if len(at) and len(others):
            found += _between(rows, others, at, workers)
    return sorted(found)


def _between(rows: pa.Table, looking: np.ndarray, held_out: np.ndarray, workers: int) -> list[Overlap]:
    texts = rows.select(["instruction", "response"]).take(pa.array(held_out)).to_pylist()
    items = [
        BenchmarkItem("held out", str(number), side, row[column])
        for number, row in zip(held_out.tolist(), texts, strict=True)
        for side, column in (("question", "instruction"), ("answer", "response"))
        if row[column]
    ]
    answers = rows["response"]
    parts = pieces(rows.take(pa.array(looking)))
    found: dict[tuple[int, int], str] = {}
    for hit in scan(parts.texts, pack(items), workers=workers).to_pylist():
        pair = (int(looking[parts.rows[hit["row"]]]), int(hit["item"]))
        if hit["tier"] == "13-gram":
            continue
        if hit["side"] == "answer" or answered_alike(*(answers[number].as_py() or "" for number in pair)):
            found.setdefault(pair, f"{hit['tier']}: {hit['ngram']}")
    return [Overlap(row, other, words) for (row, other), words in found.items()]


def answered_alike(left: str, right: str) -> bool:
    """Whether two responses say the same: most content words of the shorter one stand in the other, and no number, name or "not" is
    exchanged. Responses without such words must be equal."""
    mine, theirs = ({*content_words(text)} for text in (left, right))
    if not mine or not theirs:
        return left.strip().lower() == right.strip().lower()
    return len(mine & theirs) >= ALIKE * min(len(mine), len(theirs)) and not contradict(left, right)
