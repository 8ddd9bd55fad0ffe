"""How diverse a set of rows is."""

from collections.abc import Iterable

import numpy as np


def effective_number(counts: Iterable[int]) -> float:
    """The number of equally large groups that are as diverse: exp of the entropy (Hill 1973, order 1). 0.0 without counts."""
    sizes = np.array([count for count in counts if count > 0], dtype=np.float64)
    shares = sizes / sizes.sum() if len(sizes) else sizes
    return float(np.exp(-(shares * np.log(shares)).sum())) if len(sizes) else 0.0
