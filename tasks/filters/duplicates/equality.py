"""Which texts are equal up to case, white space and Unicode form.

To fold every text would cost more than all else that is done to it, and most texts equal no other. So each first gets a
fingerprint that equal texts have in common, made in one pass over its bytes; only where two have the same one are texts
folded, and folded they are compared.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.filters.duplicates.quality import order
from tasks.text.columns import Weights, byte_sums, slice_size

Rows: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]

_SLICE: Final = 1 << 13
"""Texts that a thread reads at a time, at most."""
CHANGING: Final = (
    "[^\x00-\x7f\u00a1-\u00a7\u00a9\u00ab\u00ac\u00ae\u00b0\u00b1\u00b6\u00b7\u00bb\u00bf\u00d7\u00df-\u00ff"
    "\u2010\u2012-\u2016\u2018-\u2023\u2030-\u2032\u20ac\u3001-\u3029\u4e00-\u9fff]"
)
"""All characters but ASCII's and those of frequent blocks that folding leaves as they are."""
_IGNORED: Final = "".join(map(chr, range(33))) + ".?!:"
"""What folding may take out of an ASCII text, and what a caller may want not to count at its end."""


def _weight() -> Weights:
    weight = np.random.default_rng(0).integers(0, 1 << 32, 256, np.uint32)
    weight[[ord(sign) for sign in _IGNORED]] = 0
    weight[ord("A") : ord("Z") + 1] = weight[ord("a") : ord("z") + 1]
    return weight


_WEIGHT: Final = _weight()


def folded(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """What is equal when two texts are: NFKC, lower case, white space collapsed."""
    lower = pc.utf8_lower(pc.utf8_normalize(texts, form="NFKC"))
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(lower, r"\s+", " "))


def equals(texts: pa.LargeStringArray, workers: int = 1, ending: str = "") -> tuple[Rows, Rows]:
    """The rows whose text equals another one's, and for each of them a number that it has in common with its equals only.

    `ending` are characters, of " .?!:", that do not count at the end of a text.
    """
    _, group, sizes = np.unique(_fingerprints(texts, workers), return_inverse=True, return_counts=True)
    rows = np.flatnonzero(sizes[group] > 1)
    keys = pc.utf8_rtrim(folded(texts.take(pa.array(rows))), characters=ending)
    codes = keys.dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
    alike = np.bincount(codes)[codes] > 1 if len(codes) else np.zeros(0, bool)
    return rows[alike], codes[alike]


def best_of_equals(table: pa.Table, rows: Rows, codes: Rows) -> dict[int, int]:
    """For each of `rows` (of `table`) but the best of its equals: that best one. See `quality.order` for which it is."""
    ranking = order(table.take(pa.array(rows)))
    ranked, ranked_codes = rows[ranking], codes[ranking]
    _, first, group = np.unique(ranked_codes, return_index=True, return_inverse=True)
    best = ranked[first[group]]
    keepers = dict(zip(ranked.tolist(), best.tolist(), strict=True))
    return {row: keepers[row] for row in rows.tolist() if keepers[row] != row}


def _fingerprints(texts: pa.LargeStringArray, workers: int) -> Weights:
    size = slice_size(len(texts), _SLICE, workers)
    slices = [texts.slice(at, size) for at in range(0, len(texts), size)]
    with ThreadPoolExecutor(workers) as pool:
        return np.concatenate([np.zeros(0, np.uint32), *pool.map(_fingerprints_of, slices)])


def _fingerprints_of(texts: pa.LargeStringArray) -> Weights:
    """The sum of what the bytes weigh, once they are what folding makes of them, but for white space."""
    found = byte_sums(texts, _WEIGHT)
    beyond = np.flatnonzero(~np.asarray(pc.string_is_ascii(texts)))
    written = texts.take(pa.array(beyond))
    changing = np.asarray(pc.match_substring_regex(written, CHANGING))
    found[beyond[changing]] = byte_sums(folded(written.filter(pa.array(changing))), _WEIGHT)
    return found
