"""Rows a second of near-duplicate detection, end to end (shingles, signatures, buckets, verification, groups).

    python tests/benchmarks/filters_near_duplicates.py [ROWS …]

Rows have about 64 words; every fifth is an earlier row with up to four words replaced, so that the true pairs are known.
Recall counts those whose shingle sets have a Jaccard similarity of at least 0.7; a group that holds any other pair would
show as precision below 1. `datasketch` is measured on the first 2,000 rows, the way its documentation uses it.
"""

import resource
import sys
import time

import numpy as np
import pyarrow as pa
from datasketch import MinHash, MinHashLSH

from tasks.filters.near_duplicates import near_duplicate_groups

WORDS = 64
SHINGLE = 5
REPLACED = 4
THRESHOLD = 0.7


def corpus(rows: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """`rows` texts, and for each the row it was made from (its own number where it is new)."""
    rng = np.random.default_rng(seed)
    words = np.array([f"word{n}" for n in range(50_000)])
    drawn = rng.integers(0, len(words), (rows, WORDS))
    parent = np.arange(rows)
    fresh = rows * 4 // 5
    parent[fresh:] = rng.integers(0, fresh, rows - fresh)
    for row in range(fresh, rows):
        drawn[row] = drawn[parent[row]]
        places = rng.integers(0, WORDS, rng.integers(0, REPLACED + 1))
        drawn[row, places] = rng.integers(0, len(words), len(places))
    return [" ".join(line) for line in words[drawn]], parent


def similar(left: str, right: str) -> bool:
    """Whether two texts are near-duplicates by definition."""
    first, second = (
        {tuple(w[k : k + SHINGLE]) for k in range(len(w) - SHINGLE + 1)} for w in (left.split(), right.split())
    )
    return len(first & second) >= THRESHOLD * len(first | second)


def peer(texts: list[str]) -> float:
    """Seconds that datasketch takes for sketching, inserting and querying."""
    begin = time.perf_counter()
    index = MinHashLSH(THRESHOLD, 128)
    for number, text in enumerate(texts):
        sketch, words = MinHash(128), text.split()
        sketch.update_batch([" ".join(words[k : k + SHINGLE]).encode() for k in range(len(words) - SHINGLE + 1)])
        index.query(sketch)
        index.insert(number, sketch)
    return time.perf_counter() - begin


def main(sizes: list[int]) -> None:
    """Prints one line a size."""
    near_duplicate_groups(["warm up"] * 6000)
    few, _ = corpus(2000)
    print(f"datasketch {len(few) / peer(few):,.0f} rows/s")
    for rows in sizes:
        texts, parent = corpus(rows)
        column = pa.array(texts, pa.large_string())
        begin = time.perf_counter()
        groups = near_duplicate_groups(column, THRESHOLD)
        seconds = time.perf_counter() - begin
        made = np.flatnonzero(parent != np.arange(rows))[:20_000]
        true = [row for row in made.tolist() if similar(texts[row], texts[parent[row]])]
        found = sum(groups[row] == groups[parent[row]] for row in true)
        right = sum(parent[row] == parent[first] for row, first in enumerate(groups.tolist()))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(
            f"{rows:,} rows: {seconds:.2f} s, {rows / seconds:,.0f} rows/s, recall {found / len(true):.4f} of {len(true):,}, "
            f"precision {right / rows:.4f}, peak {peak:.2f} GB"
        )


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [40_000, 100_000])
