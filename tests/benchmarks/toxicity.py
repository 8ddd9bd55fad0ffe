"""Rows a second of the packaged toxicity score, and its memory.

    python tests/benchmarks/toxicity.py [ROWS]

Rows are Alpaca's and Dolly's from the folder of shared test data, repeated until there are enough.
"""

import resource
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "accuracy"), str(Path(__file__).parents[2])]

import labelled  # noqa: E402
import pyarrow as pa  # noqa: E402

from tasks.filters.toxicity.toxicity import score  # noqa: E402


def main(rows: int) -> None:
    """Prints one line."""
    few = [*labelled.alpaca(), *labelled.dolly()]
    texts = pa.array([few[row % len(few)] for row in range(rows)], pa.large_string())
    score(texts.slice(0, 5000))
    used, begin = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    score(texts)
    seconds, now = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF)
    processor = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    print(
        f"{rows:,} rows, {texts.nbytes / rows:.0f} bytes each: {seconds:.2f} s, {rows / seconds:,.0f} rows/s, "
        f"{processor:.2f} s processor, peak {now.ru_maxrss / 2**20:.2f} GB"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
