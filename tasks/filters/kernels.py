"""The same hashes as `shingles` and `minhash`, compiled by numba: worth its two seconds of compilation on large columns.

Imported only when a column is large. Compiled code is kept beside this file where that may be written, else compiled anew.
Kernels release the interpreter lock; the caller runs them on several stretches of rows at once.
"""

import os
from pathlib import Path
from typing import Any, Final

import numpy as np
from numba import njit

from tasks.filters.shingles import BASE, MIX, STEP

_HERE: Final = Path(__file__).parent / "__pycache__"
_CACHE: Final = os.access(_HERE if _HERE.is_dir() else _HERE.parent, os.W_OK)
_compiled: Final[Any] = njit(cache=_CACHE, nogil=True)

_U32: Final = np.uint32
_ONE: Final = np.uint64(1)
_HALF: Final = np.uint64(32)
_BASE, _STEP, _MIX = np.uint64(BASE), np.uint64(STEP), np.uint64(MIX)


@_compiled
def count_grams(data, offsets, is_word, n, counts):  # type: ignore[no-untyped-def]
    """How many n-grams each row has, as `shingles.grams` has it; into counts (rows,)."""
    for row in range(offsets.size - 1):
        words = 0
        before = False
        for at in range(offsets[row], offsets[row + 1]):
            inside = is_word[data[at]]
            if inside and not before:
                words += 1
            before = inside
        counts[row] = words - n + 1 if words >= n else (1 if words > 0 else 0)


@_compiled
def fill_grams(data, offsets, is_word, factors, starts, out):  # type: ignore[no-untyped-def]
    """The n-gram hashes of each row, from starts[row] on in `out`; n is the number of factors."""
    n = factors.size
    ring = np.zeros(n, np.uint64)
    for row in range(offsets.size - 1):
        at, end, words, place = offsets[row], offsets[row + 1], 0, starts[row]
        while at < end:
            if not is_word[data[at]]:
                at += 1
                continue
            word, power = np.uint64(0), _BASE
            while at < end and is_word[data[at]]:
                word += (np.uint64(data[at]) + _ONE) * power
                power *= _BASE
                at += 1
            word = (word ^ (word >> _HALF)) * _MIX
            ring[words % n] = word ^ (word >> _HALF)
            words += 1
            if words >= n:
                gram = np.uint64(0)
                for k in range(n):
                    gram += ring[(words + k) % n] * factors[k]
                gram = (gram ^ (gram >> _HALF)) * _MIX
                out[place] = gram ^ (gram >> _HALF)
                place += 1
        if 0 < words < n:
            gram = np.uint64(0)
            for k in range(words):
                gram += ring[k] * factors[k]
            gram = (gram ^ (gram >> _HALF)) * _MIX
            out[place] = gram ^ (gram >> _HALF)


@_compiled
def sign(hashes, offsets, a, b, out):  # type: ignore[no-untyped-def]
    """MinHash signatures (rows, permutations) of the upper halves of `hashes`, as datasketch's scheme affine32 has them."""
    for row in range(offsets.size - 1):
        for at in range(offsets[row], offsets[row + 1]):
            x = _U32(hashes[at] >> _HALF)
            x = _U32(x ^ (x >> _U32(16)))
            x = _U32(x * _U32(0x85EBCA6B))
            x = _U32(x ^ (x >> _U32(13)))
            x = _U32(x * _U32(0xC2B2AE35))
            x = _U32(x ^ (x >> _U32(16)))
            for k in range(a.size):
                value = _U32(_U32(x * a[k]) + b[k])
                if value < out[row, k]:
                    out[row, k] = value


@_compiled
def shared(hashes, offsets, left, right, out):  # type: ignore[no-untyped-def]
    """How many hashes the rows left[i] and right[i] have in common; each row's hashes are sorted and unique."""
    for pair in range(left.size):
        i, i_end = offsets[left[pair]], offsets[left[pair] + 1]
        j, j_end = offsets[right[pair]], offsets[right[pair] + 1]
        count = 0
        while i < i_end and j < j_end:
            if hashes[i] == hashes[j]:
                count += 1
                i += 1
                j += 1
            elif hashes[i] < hashes[j]:
                i += 1
            else:
                j += 1
        out[pair] = count
