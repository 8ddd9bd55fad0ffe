"""What cleaning saved: the tokens of repaired texts before and after, by a target's own tokenizer."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks.text.columns import pieces
from tasks.tokens.target import TokenTarget

BATCH = 4096
"""Texts that are tokenized together."""


@dataclass(frozen=True)
class RepairedTexts:
    """The texts of rows of which cleaning repaired some, as they came and as they left it."""

    rows: int
    before: pa.LargeStringArray
    after: pa.LargeStringArray


def repaired(rows: pa.Table, came: pa.Table, cleaned: pa.Table) -> RepairedTexts:
    """The texts of those of `rows` that were repaired. `came`: the rows that cleaning read, with example_id and texts; `cleaned`:
    the same as it kept them, with `changes`."""
    changed = cleaned.filter(pc.greater(pc.fill_null(pc.list_value_length(cleaned["changes"]), 0), 0))
    changed = changed.filter(pc.is_in(changed["example_id"], value_set=_ids(rows)))
    originals = came.filter(pc.is_in(came["example_id"], value_set=_ids(changed)))
    return RepairedTexts(changed.num_rows, pieces(originals).texts, pieces(changed).texts)


def saved(texts: RepairedTexts, target: TokenTarget) -> dict[str, int]:
    """rows: how many were repaired; before, after: tokens of their texts, without a template."""
    return {"rows": texts.rows, "before": _tokens(texts.before, target), "after": _tokens(texts.after, target)}


def _tokens(texts: pa.LargeStringArray, target: TokenTarget) -> int:
    tokenizer: Any = target.tokenizer
    parts = (texts.slice(at, BATCH).to_pylist() for at in range(0, len(texts), BATCH))
    return sum(
        len(one)
        for part in parts
        for one in tokenizer.encode_batch_fast([*filter(None, part)], add_special_tokens=False)
    )


def _ids(rows: pa.Table) -> pa.Array:
    return rows["example_id"].combine_chunks()
