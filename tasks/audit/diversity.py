"""How different the rows are from each other: words, clusters, themes, neighbours, kinds of task, verbs and objects."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.audit.grammar import Grammar
from tasks.audit.statistics import Floats, mean, rounded, share, texts, value_counts
from tasks.text.diversity import effective_number
from tasks.text.words import words

Vectors = npt.NDArray[np.float32]
Apart = Callable[[slice], npt.NDArray[np.bool_]]

PAIRS: Final = 25
"""(verb, object) pairs shown, as many as Self-Instruct's figure has verbs and objects to be readable."""

BLOCK: Final = 1024
"""Rows compared with all others at a time: memory stays at BLOCK · n floats."""


def diversity(rows: pa.Table, sample: pa.Table, nearest: Floats, near_same: float) -> dict[str, Any]:
    """Clusters, themes and kinds of task over all `rows`; n-grams and neighbours over the instructions of `sample`.

    distinct_n is the share of different n-grams (Li et al. 2016); `nearest` the cosine of each instruction to the one most
    like it.
    """
    tokens = [words(text) for text in texts(sample, "instruction")]
    clusters, themes = (
        value_counts(rows["cluster"].drop_null().to_pylist()),
        Counter(rows["theme"].drop_null().to_pylist()),
    )
    outliers = themes.pop(-1, 0)
    return {
        **{f"distinct_{n}": distinct(tokens, n) for n in (1, 2, 3)},
        "clusters": len(clusters),
        "effective_clusters": rounded(effective_number(clusters.values())),
        "largest_cluster_share": share(max(clusters.values(), default=0), rows.num_rows),
        "themes": len(themes),
        "effective_themes": rounded(effective_number(themes.values())),
        "largest_theme_share": share(max(themes.values(), default=0), rows.num_rows),
        "without_theme_share": share(outliers, rows.num_rows),
        "nearest_mean": mean(nearest),
        "nearest_p95": rounded(np.percentile(nearest, 95)) if len(nearest) else 0.0,
        "near_same_share": share(int((nearest >= near_same).sum()), len(nearest)),
        "near_same_from": near_same,
        **_kinds(rows, tokens),
    }


def distinct(tokens: Sequence[Sequence[str]], n: int) -> float:
    """Different n-grams over all n-grams; 0.0 where no text has n words."""
    grams = [tuple(text[i : i + n]) for text in tokens for i in range(len(text) - n + 1)]
    return share(len(set(grams)), len(grams))


def _kinds(rows: pa.Table, tokens: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Variety of instruction types: what is asked, which answer is expected, how the instruction opens."""
    kinds = {name: value_counts(rows[name].to_pylist()) for name in ("category", "expects")}
    openings = value_counts(" ".join(text[:2]) for text in tokens if text)
    return {
        **kinds,
        "effective_categories": rounded(effective_number(kinds["category"].values())),
        "effective_expects": rounded(effective_number(kinds["expects"].values())),
        "openings": dict(list(openings.items())[:15]),
        "effective_openings": rounded(effective_number(openings.values())),
    }


def verb_object(grammars: Sequence[Grammar]) -> dict[str, Any]:
    """The most frequent (root verb, direct object) pairs, how many different ones, and how many instructions have one."""
    counts = Counter(grammar.pair for grammar in grammars if grammar.pair)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {
        "pairs": [{"verb": verb, "object": thing, "count": count} for (verb, thing), count in ordered[:PAIRS]],
        "different": len(counts),
        "effective": rounded(effective_number(counts.values())),
        "share": share(sum(counts.values()), len(grammars)),
    }


def nearest_within(*vectors: Vectors, apart: Apart | None = None) -> Floats:
    """The largest cosine of each row to another row; 0 for a row alone.

    Of several arrays of unit vectors (the instructions' and the responses', say) the least similar counts: two rows are as
    near to each other as they are in all of them. `apart` says of a block of rows from which others they are different whatever
    their cosine: true or false for each pair.
    """
    return _nearest(vectors, vectors, skip_self=True, apart=apart)


def nearest_among(vectors: Vectors, others: Vectors) -> Floats:
    """The largest cosine of each row of unit `vectors` to a row of unit `others`; 0 if there are none."""
    return _nearest([vectors], [others], skip_self=False)


def _nearest(
    vectors: Sequence[Vectors], others: Sequence[Vectors], *, skip_self: bool, apart: Apart | None = None
) -> Floats:
    from threadpoolctl import threadpool_limits

    rows = len(vectors[0])
    found = np.zeros(rows, dtype=np.float64)
    if len(others[0]) <= int(skip_self):
        return found
    with threadpool_limits(1):  # sums in one order: the last bit must not decide on which side of a threshold a row is
        for start in range(0, rows, BLOCK):
            block = slice(start, start + BLOCK)
            cosines = np.minimum.reduce([own[block] @ other.T for own, other in zip(vectors, others, strict=True)])
            if skip_self:
                np.fill_diagonal(cosines[:, start:], -1)
            if apart is not None:
                cosines[apart(block)] = -1
            found[block] = cosines.max(axis=1)
    return found
