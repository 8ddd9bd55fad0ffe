"""Which rows ask for something else although they are said alike: embeddings do not tell 13 °C from 15 °C."""

from collections.abc import Hashable, Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.audit.diversity import Apart
from tasks.audit.statistics import texts
from tasks.text.claims import number_words, numbers

_Codes = npt.NDArray[np.int64]


def other_answers(rows: pa.Table) -> Apart:
    """Pairs of rows (columns `instruction`, `response`, `reference`) that differ in the numbers of both texts, or in their
    references where both have one. Numbers are digits in canonical form, and the words up to twenty."""
    asked, said = (_codes(map(_numbers, texts(rows, name))) for name in ("instruction", "response"))
    given = [reference.strip() if reference else "" for reference in rows["reference"].to_pylist()]
    wanted, known = _codes(given), np.array([bool(reference) for reference in given], dtype=bool)

    def apart(block: slice) -> npt.NDArray[np.bool_]:
        in_numbers = (asked[block, None] != asked) & (said[block, None] != said)
        in_reference = (wanted[block, None] != wanted) & known[block, None] & known
        return np.asarray(in_numbers | in_reference, dtype=bool)

    return apart


def _numbers(text: str) -> frozenset[str]:
    return number_words(frozenset(text.lower().split())).union(numbers(text))


def _codes(values: Iterable[Hashable]) -> _Codes:
    """A number for each value, the same for equal ones."""
    seen: dict[Hashable, int] = {}
    return np.array([seen.setdefault(value, len(seen)) for value in values], dtype=np.int64)
