"""The clusters: which instructions are alike, and what they are about."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.clusters.kmeans import FIT_AT_MOST, Ints, by_size, fitted, one_thread, placed
from tasks.clusters.params import Clusters
from tasks.clusters.themes import NO_THEME, Themes, nearest_middle, themes
from tasks.core import schema as schemas
from tasks.core.attached_document import without_documents
from tasks.core.outcome import Outcome, Tools
from tasks.text.columns import plain
from tasks.text.diversity import effective_number
from tasks.text.embeddings import MODEL, embed

REPRESENTATIVES: Final = 3
"""Instructions shown for a theme."""
PART: Final = 1 << 17
"""Instructions embedded at a time, beyond those that clusters are fitted on."""


def compute(examples: pa.Table, params: Clusters, tools: Tools) -> Outcome:
    """FILTERED rows → the same rows with cluster, cluster_size, theme and theme_label. None is dropped.

    `cluster` groups instructions that are put alike (K-Means over their embeddings), `theme` rows that are about the same
    (BERTopic over instruction and response). Both number the largest group 0 and depend on the rows only, not on their order.
    `facts`: clusters (sizes, effective number), themes (label, rows, words, instructions), rows without a theme.
    """
    rows = examples.num_rows
    by_id = pc.sort_indices(examples["example_id"]).to_numpy() if rows else np.empty(0, dtype=np.int64)
    instructions = without_documents(plain(examples["instruction"].take(by_id)))
    responses = without_documents(plain(examples["response"].take(by_id[:FIT_AT_MOST])))
    cluster, found = _grouped(instructions, responses, params, tools)
    sizes = np.bincount(cluster, minlength=1)
    labels = np.array([*(theme.label for theme in found.found), NO_THEME], dtype=object)
    columns = {"cluster": cluster, "cluster_size": sizes[cluster], "theme": found.of, "theme_label": labels[found.of]}
    back = np.argsort(by_id, kind="stable")
    table = examples
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values[back], schemas.CLUSTERED.field(name).type))
    return Outcome.of(schemas.CLUSTERED, kept=table, facts=_facts(sizes if rows else sizes[:0], found, instructions))


def _grouped(
    instructions: pa.LargeStringArray, responses: pa.LargeStringArray, params: Clusters, tools: Tools
) -> tuple[Ints, Themes]:
    """The cluster of each row, and the themes. Both are fitted on the first rows, those of `responses`; the others are given to the
    nearest cluster and to the theme whose instructions are nearest, a part at a time."""
    if not len(instructions):
        return np.empty(0, dtype=np.int64), themes([], [], params)
    vectors = embed(instructions[:FIT_AT_MOST])
    with one_thread(), ThreadPoolExecutor(1) as pool:  # neither knows of the other, and each computes on one thread
        fitting = pool.submit(fitted, vectors, params.k)
        found = themes(instructions[:FIT_AT_MOST].to_pylist(), responses.to_pylist(), params)
        model = fitting.result()
    cluster, theme = [placed(model, vectors)], [found.of]
    middles = found.middles(vectors)
    starts = range(FIT_AT_MOST, len(instructions), PART)

    for start in starts:
        own = embed(instructions.slice(start, PART), tools.workers)
        cluster.append(placed(model, own))
        theme.append(nearest_middle(own, middles))
        tools.progress(min(start + PART, len(instructions)), len(instructions))
    tools.progress(len(instructions), len(instructions))
    return by_size(np.concatenate(cluster)), replace(found, of=np.concatenate(theme))


def _facts(sizes: Ints, found: Themes, instructions: pa.LargeStringArray) -> dict[str, Any]:
    rows = Counter(found.of.tolist())
    return {
        "embeddings": MODEL,
        "clusters": {
            "count": len(sizes),
            "sizes": sizes.tolist(),
            "effective": round(effective_number(sizes), 3),
            "largest_share": round(max(sizes, default=0) / max(1, sum(sizes)), 4),
            "of_one_row": int((sizes == 1).sum()),
        },
        "themes": [
            {
                "theme": theme.number,
                "label": theme.label,
                "rows": rows[theme.number],
                "words": list(theme.words),
                "instructions": list(dict.fromkeys(instructions[row].as_py() for row in theme.rows))[:REPRESENTATIVES],
            }
            for theme in found.found
        ],
        "effective_themes": round(effective_number(rows[theme.number] for theme in found.found), 3),
        "without_theme": rows[-1],
    }
