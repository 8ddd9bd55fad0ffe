"""What the bytes of texts weigh, compiled by numba: see `columns.weights`."""

import numpy as np

from tasks.text.compiled import compiled


@compiled()
def weigh(data, offsets, weight, out):  # type: ignore[no-untyped-def]
    """The sums of weight[byte] over the bytes data[offsets[i]:offsets[i + 1]] into out[i], modulo 2^32."""
    for row in range(out.size):
        total = np.uint32(0)
        for at in range(np.uint64(offsets[row]), np.uint64(offsets[row + 1])):
            total = np.uint32(total + weight[data[at]])
        out[row] = total
