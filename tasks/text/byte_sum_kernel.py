"""Sums over the bytes of texts, compiled by numba; used by `columns.byte_sums`."""

import numpy as np

from tasks.text.compiled import compiled


@compiled()
def add_weights(data, offsets, weight, out):  # type: ignore[no-untyped-def]
    """Set out[i] to the sum of weight[byte] over the bytes data[offsets[i]:offsets[i + 1]], modulo 2^32."""
    for row in range(out.size):
        total = np.uint32(0)
        for at in range(np.uint64(offsets[row]), np.uint64(offsets[row + 1])):
            total = np.uint32(total + weight[data[at]])
        out[row] = total
