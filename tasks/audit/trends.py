"""Signs of collapse and of bias, and how they moved since the previous release.

Models that learn from models' texts lose the rare first (Shumailov et al. 2024): rows get generations deep, fewer of their words
are people's, n-grams repeat, and what was asked seldom is asked no more. Each is a figure of its own, with a gate on its trend
(expectations/audit.py).
"""

from collections import Counter
from typing import Any, Final

import numpy as np
import pyarrow as pa

from tasks.audit.bias import identity
from tasks.audit.diversity import Vectors, distinct, nearest_among, nearest_within
from tasks.audit.params import Audit
from tasks.audit.statistics import rounded, share, texts
from tasks.text.columns import word_counts
from tasks.text.embeddings import embed
from tasks.text.words import content_words, words

MADE_ENOUGH: Final = 30
"""Rows that models wrote, and texts of the seed corpus, from which its tail is measured."""
RESPONSE_WORDS: Final = 200
"""Words of a response whose n-grams are counted: the longer a text, the more of its n-grams repeat."""
TREND: Final = {
    "generation_mean_rise": ("generation_mean", 1),
    "generation_max_rise": ("generation_max", 1),
    "human_words_drop": ("human_words_share", -1),
    "instruction_distinct_2_drop": ("instruction_distinct_2", -1),
    "response_distinct_2_drop": ("response_distinct_2", -1),
    "seed_tail_words_drop": ("seed_tail_words_share", -1),
    "sentiment_gap_rise": ("sentiment_gap", 1),
    "role_gap_rise": ("role_gap", 1),
}
"""What a trend is called → the figure, and whether more of it (1) or less (-1) is worse."""
RELATIVE: Final = {"instruction_distinct_2_drop", "response_distinct_2_drop"}
"""Trends that are parts of the earlier figure: how many n-grams are different depends on how much text there is."""


def collapse(rows: pa.Table, sample: pa.Table, chunks: pa.Table) -> dict[str, Any]:
    """Generations and words by origin over all `rows`; n-grams, the seed corpus's tail and identity terms over `sample`."""
    depth = np.array(rows["generation"].fill_null(0).to_numpy(), np.int64)
    counted = word_counts(rows["response"])
    human = np.array([origin == "human" for origin in rows["origin"].to_pylist()], bool)
    responses = texts(sample, "response")
    people = identity(responses)
    return {
        "generation_mean": rounded(depth.mean()) if len(depth) else 0.0,
        "generation_max": int(depth.max()) if len(depth) else 0,
        "human_words_share": share(int(counted[human].sum()), int(counted.sum())) if counted.sum() else None,
        "instruction_distinct_2": distinct([words(text) for text in texts(sample, "instruction")], 2),
        "response_distinct_2": distinct([words(text)[:RESPONSE_WORDS] for text in responses], 2),
        **_seed_tail(sample, chunks),
        "sentiment_gap": people["sentiment_gap"],
        "role_gap": people["role_gap"],
        "identity": people,
    }


def _seed_tail(sample: pa.Table, chunks: pa.Table) -> dict[str, Any]:
    """The share of the seed corpus's rare words that rows made by models still hold. Seeds are the passages, or else the rows that
    people wrote. Rare: in two seed texts, of which there are as many as there are made rows, or fewer."""
    made = [origin != "human" for origin in sample["origin"].to_pylist()]
    written = sample.filter(pa.array(made, pa.bool_()))
    if chunks.num_rows:
        seeds = texts(chunks, "text")
    else:
        people = sample.filter(pa.array([not one for one in made], pa.bool_()))
        seeds = [f"{a}\n{b}" for a, b in zip(texts(people, "instruction"), texts(people, "response"), strict=True)]
    unknown = {"seed_tail_words": 0, "seed_tail_words_share": None}
    if min(len(seeds), written.num_rows) < MADE_ENOUGH:
        return unknown
    seeds = seeds[:: -(-len(seeds) // max(sample.num_rows, 1))]
    found = Counter(word for text in seeds for word in set(content_words(text)))
    rare = {word for word, count in found.items() if count == 2 and word.isalpha()}
    if not rare:
        return unknown
    there: set[str] = set()
    for name in ("instruction", "response"):
        there.update(word for text in texts(written, name) for word in content_words(text))
    return {"seed_tail_words": len(rare), "seed_tail_words_share": share(len(rare & there), len(rare))}


def trends(now: dict[str, Any], before: dict[str, Any], tail: float | None) -> dict[str, Any]:
    """How much worse each figure of `collapse` is than in the previous release (less than 0: better), both measured on samples of
    one size; without those that either lacks. `tail_covered_share`: of the previous release's most isolated instructions."""
    found: dict[str, Any] = {}
    for name, (figure, worse) in TREND.items():
        after, earlier = now[figure], before[figure]
        if after is None or earlier is None:
            continue
        moved = worse * (after - earlier)
        found[name] = rounded(moved / earlier) if name in RELATIVE and earlier else rounded(moved)
    if tail is not None:
        found["tail_covered_share"] = tail
    return found


def tail_covered(before: pa.Table, rows: pa.Table, params: Audit) -> float | None:
    """Of the half of `before`'s instructions that are least like any other (its tail), the share that is there still, or to which
    one of `rows` is similar. None for fewer than 30. Both are samples."""
    instructions = list(dict.fromkeys(texts(before, "instruction")))
    if len(instructions) < MADE_ENOUGH:
        return None
    vectors: Vectors = embed(instructions)
    tail = np.argsort(nearest_within(vectors), kind="stable")[: len(instructions) // 2]
    now = texts(rows, "instruction")
    there = set(now)
    gone = np.array([row for row in tail.tolist() if instructions[row] not in there], np.int64)
    lost = int((nearest_among(vectors[gone], embed(now)) < params.similar_from).sum())
    return share(len(tail) - lost, len(tail))
