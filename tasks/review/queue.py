"""Which rows are reviewed, and in which order: a sample of a stated size and seed.

The order of a draw comes from a hash of the seed and a row's id, so that a row added to the dataset moves no other.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

By = Literal[
    "random", "source", "method", "topic", "low_scores", "disagreement", "templates", "personal_data", "rejected"
]
WAYS: Final[tuple[str, ...]] = get_args(By)
SIZE: Final = 200
PERSONAL_DATA_SIZE: Final = 1000
"""Rows in which personal data was found that are read by default: an error there costs most."""
_STRATA: Final = {
    "source": "source",
    "method": "method",
    "topic": "topic",
    "templates": "prompt_source",
    "rejected": "refused",
}


def sample(rows: pa.Table, by: By, size: int, seed: str, known: Collection[str] = ()) -> list[int]:
    """Positions of at most `size` of `rows` (example_id, and the columns that `by` looks at), first to be reviewed first.

    random: any. source, method, topic: equally many of each value as far as there are, in turn. templates: likewise by
    `prompt_source`, those not in `known` before all others. low_scores: by the mean score of a row's verdicts, lowest first.
    disagreement: rows that one verifier passes and another fails, those furthest apart first. personal_data: rows in which
    some was found. rejected: equally many of each stage and reason (`refused`) for which a build refused them.
    """
    drawn = _drawn(rows.column("example_id").to_pylist(), seed)
    if by in _STRATA:
        return _in_turn(drawn, rows.column(_STRATA[by]).to_pylist(), known if by == "templates" else ())[:size]
    if by == "personal_data":
        found = pc.fill_null(pc.list_value_length(rows.column("pii")), 0).to_numpy() > 0
        return [at for at in drawn if found[at]][:size]
    if by in ("low_scores", "disagreement"):
        mean, apart = _verdicts(rows)
        wanted, key = (~np.isnan(mean), mean) if by == "low_scores" else (apart >= 0, -apart)
        return sorted((at for at in drawn if wanted[at]), key=lambda at: key[at])[:size]
    return drawn[:size]


def doubled(ids: Collection[str], share: float, seed: str) -> set[str]:
    """Those of `ids` that two people review, a `share` of them (0 … 1)."""
    return {one for one in ids if drawn_number(f"{seed}\0double\0{one}") < share * 2**64}


def response_is_first(reviewer: str, example_id: str, state: str) -> bool:
    """Whether the response stands before the rejected one where this reviewer compares the two: drawn once for each reviewer
    and row, and known afterwards, so that a liking for the first side can be measured."""
    return drawn_number(f"{reviewer}\0{example_id}\0{state}") % 2 == 0


def drawn_number(text: str) -> int:
    """0 … 2^64 - 1, always the same for a text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def _drawn(ids: list[str], seed: str) -> list[int]:
    numbers = [drawn_number(f"{seed}\0{one}") for one in ids]
    return sorted(range(len(ids)), key=numbers.__getitem__)


def _in_turn(drawn: list[int], values: list[str | None], known: Collection[str]) -> list[int]:
    """`drawn`, so that the first of each value come first, then the second of each; values not in `known` before the others."""
    seen: dict[str | None, int] = defaultdict(int)
    turn: dict[int, tuple[bool, int]] = {}
    for at in drawn:
        turn[at] = (values[at] in known, seen[values[at]])
        seen[values[at]] += 1
    return sorted(drawn, key=turn.__getitem__)


def _verdicts(rows: pa.Table) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """For each row the mean score of its verdicts, nan without one; and how far apart those are that pass and fail it, 0 … 1,
    -1 where all agree. A verdict without a score counts 1 if it passes and 0 if it fails."""
    mean, apart = np.full(rows.num_rows, np.nan), np.full(rows.num_rows, -1.0)
    lists = rows.column("verdicts").combine_chunks()
    if lists.null_count == rows.num_rows:
        return mean, apart
    row = pc.list_parent_indices(lists).to_numpy()
    said = pc.list_flatten(lists)
    verdict = pc.struct_field(said, "verdict")
    passes, fails = (pc.equal(verdict, word).to_numpy(zero_copy_only=False).astype(bool) for word in ("pass", "fail"))
    given = pc.struct_field(said, "score").to_numpy(zero_copy_only=False).astype(float)
    score = np.where(np.isnan(given), np.where(passes, 1.0, np.where(fails, 0.0, np.nan)), given)
    scored = ~np.isnan(score)
    counts = np.bincount(row[scored], minlength=rows.num_rows)
    sums = np.bincount(row[scored], score[scored], minlength=rows.num_rows)
    mean[counts > 0] = sums[counts > 0] / counts[counts > 0]
    both = (np.bincount(row[passes], minlength=rows.num_rows) > 0) & (
        np.bincount(row[fails], minlength=rows.num_rows) > 0
    )
    low, high = np.full(rows.num_rows, 1.0), np.full(rows.num_rows, 0.0)
    np.minimum.at(low, row[scored], score[scored])
    np.maximum.at(high, row[scored], score[scored])
    apart[both] = np.maximum(high - low, 0.0)[both]
    return mean, apart
