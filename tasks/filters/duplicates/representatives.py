"""Which rows of a group of like rows stay: the best, and the best of those not like it."""

from collections.abc import Callable

import numpy as np

from tasks.filters.duplicates.minhash import Rows, Shares


def representatives(
    groups: Rows, ranking: Rows, alike: Callable[[Rows, Rows], Shares], threshold: float
) -> list[tuple[int, int, float]]:
    """(dropped row, kept row, similarity) of the rows in `ranking`, which lists rows from the best to the worst.

    In each group the best row stays and those at least `threshold` similar to it go; then the same among the rest. So every
    row that goes is itself like the row it names. `alike(rows, others)` says how similar pairs of rows are.
    """
    left = ranking[(np.bincount(groups[ranking], minlength=len(groups)) > 1)[groups[ranking]]]
    dropped: list[tuple[int, int, float]] = []
    while len(left):
        _, first, inverse = np.unique(groups[left], return_index=True, return_inverse=True)
        best = left[first][inverse]
        others = best != left
        left, best = left[others], best[others]
        similar = alike(left, best)
        goes = similar >= threshold
        dropped += zip(left[goes].tolist(), best[goes].tolist(), similar[goes].tolist(), strict=True)
        left = left[~goes]
    return dropped
