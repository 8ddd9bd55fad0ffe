"""The rows that are held out, and those of a part."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.errors import BadInput
from tasks.core.schema import stable_id
from tasks.students.settings import HeldOut, StudentPart

Positions = npt.NDArray[np.int64]
_UNIT = 16**8


def divided(rows: pa.Table, held_out: HeldOut) -> tuple[pa.Table, pa.Table]:
    """`rows` to learn from and rows that are held out: those of the test side, or else of the validation side, where the recipe
    divided them (`split`). Else it depends on the id of a row's family only, so that the side of a row is the same in every
    release. BadInput where fewer than ten would be held out."""
    sides = set(pc.unique(rows["split"]).to_pylist()) if "split" in rows.column_names else set()
    for side in ("test", "validation"):
        if side in sides:
            asked = rows.filter(pc.equal(rows["split"], side))
            return rows.filter(pc.equal(rows["split"], "train")), asked.slice(0, held_out.rows)
    marks = np.array([int(stable_id("held out", family)[:8], 16) / _UNIT for family in _families(rows)])
    out = marks < held_out.share
    if out.sum() < 10:
        raise BadInput(
            f"{int(out.sum())} rows would be held out of {rows.num_rows:,}, too few to compare anything; name rows of your own "
            "with --held-out FILE"
        )
    test = rows.filter(pa.array(out))
    chosen = np.argsort(marks[out], kind="stable")[: held_out.rows]
    return rows.filter(pa.array(~out)), test.take(np.sort(chosen))


def _families(rows: pa.Table) -> list[str]:
    """For each row what it descends from: the first row of its line that was imported or is no child of another row here, or the
    passage that this one was made from."""
    imported = pc.is_valid(rows["record"]) if "record" in rows.column_names else pa.nulls(rows.num_rows, pa.bool_())
    above = pc.if_else(pc.fill_null(imported, False), None, rows["parent_id"]).to_pylist()
    parents = dict(zip(rows["example_id"].to_pylist(), above, strict=True))

    def first(row: str) -> str:
        seen = {row}
        while (parent := parents.get(row)) and parent not in seen:
            seen.add(parent)
            row = parent
        return row

    return [first(row) for row in parents]


def unasked(rows: pa.Table, asked: pa.Table) -> pa.Table:
    """`rows` without those whose instruction is among the held-out ones': nobody learns what is asked."""
    return rows.filter(pc.invert(pc.is_in(rows["instruction"], value_set=asked["instruction"].combine_chunks())))


def of_part(rows: pa.Table, baseline: pa.Table | None, part: StudentPart) -> pa.Table:
    """The rows that a student of `part` may learn from."""
    if part.kind == "baseline":
        assert baseline is not None
        return baseline
    if part.kind in {"without", "only"}:
        equal = pc.fill_null(pc.equal(rows[part.column], part.value), False)
        return rows.filter(equal if part.kind == "only" else pc.invert(equal))
    return rows.slice(0, 0) if part.kind == "none" else rows


def drawn(tokens: npt.NDArray[np.int64], budget: int, seed: int) -> Positions:
    """Positions of rows in the random order in which they are learnt, until they have `budget` tokens."""
    order = np.random.default_rng(seed).permutation(len(tokens))
    reached = np.cumsum(tokens[order])
    return order[: int(np.searchsorted(reached, budget)) + 1].astype(np.int64)
