"""A map of the embedding space: a sample of the instructions laid out on a plane so that what is alike lies together."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.text.embeddings import embed

MAPPED: Final = 800
"""Instructions on the map: more hide one another on a page, and 1,000 take nearly twice as long (1.4 s)."""
FEWEST: Final = 30
"""Fewer instructions have no neighbourhoods to show."""
COLUMNS: Final = ("theme_label", "cluster", "cluster_size")


def embedding_map(rows: pa.Table) -> pa.Table | None:
    """`x`, `y` (each from 0 to 1) and `COLUMNS` of up to MAPPED of `rows` (schema CLUSTERED), drawn by their ids.

    t-SNE (van der Maaten and Hinton 2008) from the first principal components, on one thread and with a fixed seed, so that equal
    rows give equal maps. None where there are too few rows.
    """
    if rows.num_rows < FEWEST:
        return None
    ids = rows.column("example_id")
    drawn = ids.take(pc.sort_indices(ids)[:MAPPED])  # ids are hashes: their order is a draw by lot
    import numpy as np
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    sample = rows.select(["example_id", "instruction", *COLUMNS]).filter(
        pc.is_in(ids, value_set=drawn.combine_chunks())
    )
    sample = sample.sort_by("example_id").drop_columns(["example_id"])
    vectors = embed([text or "" for text in sample.column("instruction").to_pylist()])
    vectors += (
        np.random.default_rng(0).normal(0, 1e-4, vectors.shape).astype(np.float32)
    )  # equal texts: no zero distances
    with threadpool_limits(1):
        parts = PCA(min(30, len(vectors) - 1), svd_solver="full").fit_transform(vectors)
        perplexity = min(30.0, (len(vectors) - 1) / 3)
        plane = TSNE(2, init="pca", random_state=0, perplexity=perplexity, max_iter=350, n_jobs=1).fit_transform(parts)
    low, high = plane.min(axis=0), plane.max(axis=0)
    plane = (plane - low) / np.where(high > low, high - low, 1)
    x, y = (pa.array(np.round(plane[:, axis].astype(np.float64), 4)) for axis in (0, 1))
    return sample.drop_columns(["instruction"]).append_column("x", x).append_column("y", y)
