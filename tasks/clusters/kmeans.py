"""K-Means over embeddings, with the same labels on every machine whatever its threads."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]

FIT_AT_MOST: Final = 20_000
"""Rows that centres are fitted on, two hundred for each of the hundred clusters; the others are given to the nearest. Ids are
hashes, so the first rows in the order of their ids are a random sample."""

STARTS: Final = 4
"""Random starts, of which the best is kept."""

SEED: Final = 37
"""Fixed and not taken from the stage's key, so that two versions of a dataset are grouped by the same rule."""


def fitted(vectors: Vectors, k: int) -> Any:
    """K-Means with as many clusters as `k`, fitted on `vectors` (n, d), but no more than there are different rows."""
    with one_thread():
        return estimator(min(k, len(np.unique(vectors, axis=0)))).fit(vectors)


def placed(model: Any, vectors: Vectors) -> Ints:
    """The cluster of each row of `vectors` as `model` numbers them."""
    with one_thread():
        return np.asarray(model.predict(vectors), dtype=np.int64)


def estimator(k: int) -> Any:
    """scikit-learn's K-Means with `k` clusters, seeded."""
    from sklearn.cluster import KMeans

    return KMeans(k, n_init=STARTS, random_state=SEED)


def one_thread() -> Any:
    """A context in which sums are formed in one order: with several threads the last bits of centres, and with them rows
    between two clusters, depend on who finishes first."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


def by_size(labels: Ints) -> Ints:
    """`labels` renumbered: the largest group is 0, equal ones in the order in which they first appear."""
    names, first, inverse, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(names), dtype=np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(len(names))
    return rank[inverse.reshape(-1)]
