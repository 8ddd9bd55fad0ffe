"""Answers that are sentences of the corpus, verbatim and in order, with the spans they were taken from."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from tasks.answers.params import Extractive
from tasks.text.embeddings import embed
from tasks.text.sentences import sentence_spans
from tasks.text.words import content_words

Span = dict[str, Any]
"""chunk_id, start, end."""
_CLOSING: Final = frozenset(".,;:)")


def verbatim(spans: Sequence[Span], texts: Mapping[str, str]) -> str:
    """The text under `spans`, in order. Two that stand in one chunk are apart as they are there: by a blank line, by a line
    break, or by a space (none before a punctuation mark); spans of different chunks by a blank line.

    Raises KeyError for a chunk that is not in `texts`, ValueError for a span outside its chunk.
    """
    out = ""
    before: Span | None = None
    for span in spans:
        text = texts[span["chunk_id"]]
        if not 0 <= span["start"] < span["end"] <= len(text):
            raise ValueError(f"span {span['start']}–{span['end']} lies outside its chunk of {len(text)} characters")
        piece = text[span["start"] : span["end"]]
        out += (_gap(before, span, text, piece) if before else "") + piece
        before = span
    return out


def _gap(before: Span, span: Span, text: str, piece: str) -> str:
    if before["chunk_id"] != span["chunk_id"] or before["end"] > span["start"]:
        return "\n\n"
    between = text[before["end"] : span["start"]]
    if "\n" in between:
        return "\n\n" if between.count("\n") > 1 else "\n"
    return "" if piece[0] in _CLOSING else " "


def choose(instruction: str, passages: Sequence[tuple[str, str]], params: Extractive) -> list[Span]:
    """The sentences of `passages` (chunk_id and text, best first) that answer, all of one passage; none if nothing does.

    A sentence is scored by its cosine with the instruction plus the share of the instruction's content words it holds;
    neighbours in the order of the text join the best one while they are relevant too.
    """
    wanted = set(content_words(instruction))
    found = [(chunk_id, text, start, end) for chunk_id, text in passages for start, end in sentence_spans(text)]
    if not found or not wanted:
        return []
    pieces = [text[start:end] for _, text, start, end in found]
    similar = embed(pieces) @ embed([instruction])[0]
    held = [wanted & set(content_words(piece)) for piece in pieces]
    score = similar + np.array([len(words) / len(wanted) for words in held])
    best = int(np.argmax(score))
    chosen = _around(best, found, similar, params)
    covered = set().union(*(held[i] for i in chosen))
    if similar[best] < params.min_similarity or len(covered) < params.min_overlap * len(wanted):
        return []
    return [{"chunk_id": found[i][0], "start": found[i][2], "end": found[i][3]} for i in chosen]


def _around(
    best: int, found: Sequence[tuple[str, str, int, int]], similar: np.ndarray[Any, Any], params: Extractive
) -> list[int]:
    """`best` and the relevant sentences right before and after it in its passage."""
    first = last = best
    while last - first + 1 < params.max_sentences:
        sides = [
            i
            for i in (first - 1, last + 1)
            if 0 <= i < len(found) and found[i][0] == found[best][0] and similar[i] >= params.min_similarity
        ]
        if not sides:
            break
        nearest = max(sides, key=lambda i: (similar[i], -i))
        first, last = min(first, nearest), max(last, nearest)
    return list(range(first, last + 1))
