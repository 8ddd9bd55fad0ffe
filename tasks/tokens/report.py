"""The token report: how long rows are for a model, what of them is trained, and what would go wrong without a word."""

import json
import re
from bisect import bisect_left, insort
from collections import Counter
from typing import Any, Final

import numpy as np
import pyarrow as pa

from tasks.core.errors import BadInput
from tasks.core.schema import Row
from tasks.text.columns import pieces
from tasks.tokens.rendered import RenderedRow, messages_of, rendered
from tasks.tokens.target import TokenTarget

BATCH: Final = 2048
"""Rows that are rendered and tokenized together."""
COLUMNS: Final = ("example_id", "system", "history", "instruction", "reasoning", "response", "tools", "expects")
SHOWN: Final = 5
"""Ids that are named of each kind of trouble."""
TROUBLES: Final = {
    "refused": "the template refuses the conversation",
    "untrained": "no token of the assistant's is within the length",
    "special_inside": "its text holds a special token, which would end a turn",
    "prompt_differs": "the prompt at inference is not, token by token, the beginning of what is trained on",
}


def report(rows: pa.Table, target: TokenTarget, max_length: int) -> dict[str, Any]:
    """Figures of `rows` (EXAMPLE's columns) for one target, as JSON data.

    `tokens`: p50, p95, max, sum; `truncated`, rows longer than `max_length`; `packing`, the share of filled places when rows are
    packed into sequences of that length, best fit first (Ding et al. 2024); `trained`: sum, and p50 of the share of each row's
    tokens; and for each of TROUBLES the rows and some of their ids.
    """
    found: dict[str, list[str]] = {name: [] for name in TROUBLES}
    why = Counter[str]()
    lengths, trained = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    special = _special(rows, target)
    for batch in rows.select(COLUMNS).to_batches(BATCH):
        shown = []
        for row in batch.to_pylist():
            try:
                shown.append((row["example_id"], rendered(target.template, messages_of(row), _tools(row))))
            except BadInput as error:
                found["refused"].append(row["example_id"])
                why[str(error)[:120]] += 1
        sizes, learned, fits = _counted([one for _, one in shown], target, max_length)
        lengths.append(sizes)
        trained.append(learned)
        found["untrained"] += [row for (row, _), count in zip(shown, learned, strict=True) if not count]
        found["prompt_differs"] += [row for (row, _), fit in zip(shown, fits, strict=True) if not fit]
    found["special_inside"] = special
    size, learned = np.concatenate(lengths), np.concatenate(trained)
    return {
        "target": target.name,
        "template": target.template_hash,
        "max_length": max_length,
        "rows": rows.num_rows,
        "tokens": _quantiles(size),
        "truncated": int((size > max_length).sum()),
        "packing": round(packing(np.minimum(size, max_length), max_length), 4),
        "trained": {
            "sum": int(learned.sum()),
            "p50_share": _rounded(learned / np.maximum(np.minimum(size, max_length), 1)),
        },
        **{name: {"rows": len(ids), "ids": ids[:SHOWN]} for name, ids in found.items()},
        "why_refused": dict(why.most_common(SHOWN)),
    }


def packing(lengths: np.ndarray, size: int) -> float:
    """The share of places that rows fill in sequences of `size`, packed best fit first, the longest row first."""
    free: list[int] = []
    sequences = 0
    for length in np.sort(lengths)[::-1].tolist():
        at = bisect_left(free, length)
        if at == len(free):
            sequences += 1
            insort(free, size - length)
        else:
            insort(free, free.pop(at) - length)
    return float(lengths.sum() / (sequences * size)) if sequences else 0.0


def _counted(
    shown: list[RenderedRow], target: TokenTarget, max_length: int
) -> tuple[np.ndarray, np.ndarray, list[bool]]:
    """Tokens of each row, those of the assistant's within `max_length`, and whether the prompt's tokens are its first ones."""
    encodings = target.tokenizer.encode_batch([one.text for one in shown], add_special_tokens=False)
    sizes = np.array([len(one) for one in encodings], np.int64)
    learned = [
        sum(_within(encoding, span, max_length) for span in one.trained)
        for one, encoding in zip(shown, encodings, strict=True)
    ]
    prompts = target.tokenizer.encode_batch_fast([one.prompt for one in shown], add_special_tokens=False)
    fits = [
        one.prompt_fits and whole.ids[: len(prompt)] == prompt.ids
        for one, whole, prompt in zip(shown, encodings, prompts, strict=True)
    ]
    return sizes, np.array(learned, np.int64), fits


def _within(encoding: Any, span: tuple[int, int], most: int) -> int:
    """Tokens of a stretch of the text that are among the first `most`."""
    starts = (encoding.char_to_token(at) for at in range(span[0], min(span[0] + 8, span[1])))
    first = next((at for at in starts if at is not None), None)  # white space may belong to no token
    ends = (encoding.char_to_token(at) for at in range(span[1] - 1, max(span[1] - 9, span[0] - 1), -1))
    last = next((at for at in ends if at is not None), None)
    return 0 if first is None or last is None else max(0, min(last + 1, most) - first)


def _special(rows: pa.Table, target: TokenTarget) -> list[str]:
    """Ids of rows with a special token in one of their texts."""
    if not target.special:
        return []
    parts = pieces(rows)
    pattern = re.compile("|".join(map(re.escape, target.special)))
    hits = {
        row
        for row, text in zip(parts.rows.tolist(), parts.texts.to_pylist(), strict=True)
        if text and pattern.search(text)
    }
    return rows["example_id"].take(pa.array(sorted(hits), pa.int64())).to_pylist()  # type: ignore[no-any-return]


def _tools(row: Row) -> list[Any]:
    try:
        found = json.loads(row["tools"]) if row["tools"] else []
    except ValueError as error:
        raise BadInput(f"tools are not JSON: {error}") from None
    return found if isinstance(found, list) else [found]


def _quantiles(sizes: np.ndarray) -> dict[str, int]:
    if not len(sizes):
        return {"p50": 0, "p95": 0, "max": 0, "sum": 0}
    middle, high = np.quantile(sizes, (0.5, 0.95))
    return {"p50": round(middle), "p95": round(high), "max": int(sizes.max()), "sum": int(sizes.sum())}


def _rounded(shares: np.ndarray) -> float | None:
    return round(float(np.median(shares)), 4) if len(shares) else None
