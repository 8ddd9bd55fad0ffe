"""Which rows are no repetition although they are said alike: embeddings do not tell 13 °C from 15 °C, and a paraphrase is meant to
resemble the row it was made from."""

from collections.abc import Hashable, Iterable
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.audit.diversity import Apart
from tasks.audit.statistics import texts
from tasks.core.schema import VARIANT_METHODS
from tasks.text.claims import number_words, numbers

_Codes = npt.NDArray[np.int64]
_RESEMBLES: Final = (*VARIANT_METHODS, "mathematics", "reasoning", "preferences")
"""Methods whose rows say on purpose nearly what the row says that they name as their parent."""


def other_answers(rows: pa.Table) -> Apart:
    """Pairs of rows (columns `instruction`, `response`, `reference`) that differ in the numbers of both texts, or in their
    references where both have one, and pairs of a variant and its parent (`method`, `example_id`, `parent_id`). Numbers are
    digits in canonical form, and the words up to twenty."""
    asked, said = (_codes(map(_numbers, texts(rows, name))) for name in ("instruction", "response"))
    given = [reference.strip() if reference else "" for reference in rows["reference"].to_pylist()]
    wanted, known = _codes(given), np.array([bool(reference) for reference in given], dtype=bool)

    ids, parents = _related(rows)

    def apart(block: slice) -> npt.NDArray[np.bool_]:
        in_numbers = (asked[block, None] != asked) & (said[block, None] != said)
        in_reference = (wanted[block, None] != wanted) & known[block, None] & known
        related = (parents[block, None] == ids) | (ids[block, None] == parents)
        return np.asarray(in_numbers | in_reference | related, dtype=bool)

    return apart


def _related(rows: pa.Table) -> tuple[_Codes, _Codes]:
    """Numbers for `example_id`, and for the parents of variants; −1: no variant."""
    ids = {name: number for number, name in enumerate(rows["example_id"].to_pylist())}
    variants = pc.is_in(rows["method"], value_set=pa.array(_RESEMBLES, pa.string())).to_pylist()
    parents = zip(rows["parent_id"].to_pylist(), variants, strict=True)
    found = [ids.get(parent, -1) if variant else -1 for parent, variant in parents]
    return np.arange(rows.num_rows, dtype=np.int64), np.array(found, dtype=np.int64)


def _numbers(text: str) -> frozenset[str]:
    return number_words(frozenset(text.lower().split())).union(numbers(text))


def _codes(values: Iterable[Hashable]) -> _Codes:
    """A number for each value, the same for equal ones."""
    seen: dict[Hashable, int] = {}
    return np.array([seen.setdefault(value, len(seen)) for value in values], dtype=np.int64)
