"""Paragraphs that begin or end the responses of many rows: a signature, a notice, a disclaimer, not an answer."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_BREAK: Final = "\n\n"
_ANSWERS: Final = r"\p{Nd}|```|^\s{4}|(?i:answer is|sentiment|true|false|\byes\b)"
"""What marks a paragraph that may well be the same answer to many questions, or code."""


def repeated(texts: pa.LargeStringArray, min_rows: int, min_words: int) -> dict[int, str]:
    """Row → its text without the paragraphs at its ends that at least `min_rows` rows begin or end with.

    Paragraphs of fewer words than `min_words`, with numbers or with code stay, and so does a row's only paragraph.
    """
    found: dict[int, str] = {}
    rows = np.flatnonzero(pc.match_substring_regex(texts, _BREAK).to_numpy(zero_copy_only=False))
    while len(rows) >= min_rows:
        many = texts.take(pa.array(rows))
        # the first and the last paragraph of every text
        paragraphs = pc.split_pattern(many, _BREAK)
        offsets, values = paragraphs.offsets.to_numpy(), paragraphs.values
        heads, tails = values.take(pa.array(offsets[:-1])), values.take(pa.array(offsets[1:] - 1))
        counts = pc.value_counts(pa.concat_arrays([heads, tails]))
        often = pc.filter(counts, pc.greater_equal(pc.struct_field(counts, "counts"), min_rows))
        candidates = pc.struct_field(often, "values")
        worded = pc.greater_equal(pc.count_substring_regex(candidates, r"\S+"), min_words)
        answers = pc.match_substring_regex(candidates, _ANSWERS)
        common = frozenset(candidates.filter(pc.and_(worded, pc.invert(answers))).to_pylist())
        if not common:
            break
        ends = zip(heads.to_pylist(), tails.to_pylist(), strict=True)
        cut = [at for at, pair in enumerate(ends) if common.intersection(pair)]
        for at in cut:
            found[int(rows[at])] = _without(many[at].as_py(), common)
        rows = rows[cut]
        new = {int(row): found[int(row)] for row in rows}
        mask = np.zeros(len(texts), bool)
        mask[list(new)] = True
        texts = pc.replace_with_mask(texts, pa.array(mask), pa.array([new[row] for row in sorted(new)], texts.type))
        rows = np.array([row for row in rows.tolist() if _BREAK in found[row]], np.int64)
    return found


def _without(text: str, common: frozenset[str]) -> str:
    paragraphs = text.split(_BREAK)
    while len(paragraphs) > 1 and paragraphs[0] in common:
        paragraphs.pop(0)
    while len(paragraphs) > 1 and paragraphs[-1] in common:
        paragraphs.pop()
    return _BREAK.join(paragraphs).strip("\n")
