"""Near-duplicate detection at scale, end to end: shingles, signatures, buckets, verification, groups.

    python tests/benchmarks/filters_near_duplicates.py [ROWS …]

By default 40,000, 100,000 and 1,000,000 rows, each size in a process of its own, so that the peak of memory is its own; at the end
the exponent of growth between the last two. Rows have about 64 words; every fifth is an earlier row with up to four words
replaced, so that the true pairs are known. Recall counts those whose shingle sets have a Jaccard similarity of at least 0.7
(of the first 20,000); a group that holds any other row shows as precision below 1. Seconds are the best of three runs.
"""

import json
import math
import resource
import subprocess
import sys

import numpy as np
import pyarrow as pa

from tasks.filters.duplicates.near_duplicates import near_duplicate_groups
from tests.benchmarks.timing import best

WORDS = 64
SHINGLE = 5
REPLACED = 4
THRESHOLD = 0.7
PART = 50_000
CHECKED = 20_000


def drawn(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of words, uint16 (rows, 64), and for each row the row it was made from (its own number where it is new)."""
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 50_000, (rows, WORDS), dtype=np.uint16)
    parent = np.arange(rows)
    fresh = rows * 4 // 5
    parent[fresh:] = rng.integers(0, fresh, rows - fresh)
    words[fresh:] = words[parent[fresh:]]
    replaced = rng.integers(0, REPLACED + 1, rows - fresh)
    for k in range(REPLACED):
        some = np.flatnonzero(replaced > k)
        words[fresh + some, rng.integers(0, WORDS, len(some))] = rng.integers(0, 50_000, len(some), dtype=np.uint16)
    return words, parent


def column(words: np.ndarray) -> pa.ChunkedArray:
    """The texts as Arrow, made part by part."""
    names = np.array([f"word{n}" for n in range(50_000)])
    parts = np.array_split(words, len(words) // PART + 1)
    return pa.chunked_array(
        [pa.array([" ".join(line) for line in names[part].tolist()], pa.large_string()) for part in parts]
    )


def similar(left: str, right: str) -> bool:
    """Whether two texts are near-duplicates by definition."""
    first, second = (
        {tuple(w[k : k + SHINGLE]) for k in range(len(w) - SHINGLE + 1)} for w in (left.split(), right.split())
    )
    return len(first & second) >= THRESHOLD * len(first | second)


def measured(rows: int) -> dict[str, float]:
    """Seconds, processor seconds, recall, precision and peak memory in GB for one size."""
    words, parent = drawn(rows)
    texts = column(words).combine_chunks()
    del words
    near_duplicate_groups(texts.slice(0, 20_000))
    wall, processor, groups = best(lambda: near_duplicate_groups(texts, THRESHOLD), 3)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    made = np.flatnonzero(parent != np.arange(rows))[:CHECKED]
    true = [row for row in made.tolist() if similar(texts[row].as_py(), texts[int(parent[row])].as_py())]
    found = sum(groups[row] == groups[parent[row]] for row in true)
    right = (parent == parent[groups]).mean()
    figures = (wall, processor, found / len(true), len(true), right, peak)
    return dict(zip(("wall", "cpu", "recall", "true", "precision", "peak"), figures, strict=True))


def main(sizes: list[int]) -> None:
    """Prints one line a size."""
    walls = []
    for rows in sizes:
        command = [sys.executable, "-m", "tests.benchmarks.filters_near_duplicates", "--one", str(rows)]
        figure = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        walls.append(figure["wall"])
        print(
            f"{rows:,} rows: {figure['wall']:.2f} s wall, {figure['cpu']:.2f} s processor, {rows / figure['wall']:,.0f} rows/s, "
            f"recall {figure['recall']:.4f} of {figure['true']:,.0f}, precision {figure['precision']:.4f}, "
            f"peak {figure['peak']:.2f} GB",
            flush=True,
        )
    if len(sizes) > 1:
        growth = math.log(walls[-1] / walls[-2]) / math.log(sizes[-1] / sizes[-2])
        print(f"time grows with the rows to the power of {growth:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps({name: float(value) for name, value in measured(int(sys.argv[2])).items()}))
    else:
        main([int(argument) for argument in sys.argv[1:]] or [40_000, 100_000, 1_000_000])
