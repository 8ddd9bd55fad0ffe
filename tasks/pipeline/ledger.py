"""No row vanishes: the account that every stage must balance."""

from collections.abc import Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.errors import IntegrityError
from tasks.core.outcome import Outcome
from tasks.core.reasons import REASONS
from tasks.core.schema import PARENT
from tasks.store.manifest import Ledger

NO_REASONS: Final[Mapping[str, str]] = {}


def balance(
    stage: str, entered: pa.Table | None, outcome: Outcome, own_reasons: Mapping[str, str] = NO_REASONS
) -> Ledger:
    """The ledger of a stage, or IntegrityError naming the first row that is missing, doubled or without a parent.

    Every row that entered is kept, rejected, failed, or the parent of a row that was made. `entered` is None for a
    stage that reads from outside. `own_reasons` are those that only this stage has, beside the common ones.
    """
    id_column = outcome.kept.schema.names[0]
    left = pa.concat_arrays(
        [
            chunk
            for table in (outcome.kept, outcome.rejected, outcome.failed)
            for chunk in table.column(id_column).chunks
        ]
        or [pa.array([], pa.string())]
    )
    counts = pc.value_counts(left)
    repeated = pc.struct_field(counts, "values").filter(pc.greater(pc.struct_field(counts, "counts"), 1))
    if (double := _first(repeated)) is not None:
        raise IntegrityError(f"{stage}: row {double} left the stage twice")
    came = _ids(entered)
    missing = came.filter(pc.invert(pc.is_in(came, value_set=left)))
    parents = _parents(outcome, id_column)
    lost = missing.filter(pc.invert(pc.is_in(missing, value_set=parents)))
    if (row := _first(lost)) is not None:
        raise IntegrityError(f"{stage}: {len(lost):,} rows entered and were not accounted for, first {row}")
    created = len(left) - (len(came) - len(missing))
    if entered is not None:
        _check_births(stage, outcome, came, id_column)
    for reason in pc.unique(outcome.rejected.column("reason")).to_pylist():
        if reason not in REASONS and reason not in own_reasons:
            raise IntegrityError(
                f"{stage}: {reason!r} is not a reason; add it to the stage's own or to tasks/core/reasons.py"
            )
    return Ledger(
        rows_in=len(came),
        created=created,
        used=len(missing),
        kept=outcome.kept.num_rows,
        rejected=outcome.rejected.num_rows,
        failed=outcome.failed.num_rows,
    )


def reasons(rejected: pa.Table) -> dict[str, int]:
    """How many rows were rejected for each reason."""
    counts = pc.value_counts(rejected.column("reason")).to_pylist()
    return {
        entry["values"]: entry["counts"]
        for entry in sorted(counts, key=lambda entry: (-entry["counts"], entry["values"]))
    }


def failures(outcome: Outcome) -> dict[str, list[str]]:
    """The outcome's warnings, and one more where rows failed: how many, and with what error most of them."""
    if not outcome.failed.num_rows:
        return {}
    errors = pc.value_counts(outcome.failed["error"])
    most = errors[pc.index(errors.field("counts"), pc.max(errors.field("counts"))).as_py()]["values"].as_py()
    line = f"{outcome.failed.num_rows:,} rows failed, most of them so: {most}"
    return {"warnings": [*outcome.facts.get("warnings", ()), line]}


def _ids(table: pa.Table | None) -> pa.Array:
    if table is None or not table.num_rows:
        return pa.array([], pa.string())
    return table.column(0).combine_chunks()


def _parents(outcome: Outcome, id_column: str) -> pa.Array:
    column = PARENT[id_column]
    tables = (outcome.kept, outcome.rejected, outcome.failed)
    chunks = [chunk for table in tables for chunk in table.column(column).chunks]
    evidence = [
        pc.struct_field(pc.list_flatten(chunk), "chunk_id")
        for table in tables
        if "evidence" in table.column_names
        for chunk in table.column("evidence").chunks
    ]
    return pc.unique(pa.concat_arrays([*chunks, *evidence] or [pa.array([], pa.string())]))


def _check_births(stage: str, outcome: Outcome, came: pa.Array, id_column: str) -> None:
    columns = [id_column, PARENT[id_column]]
    left = pa.concat_tables(table.select(columns) for table in (outcome.kept, outcome.rejected, outcome.failed))
    new = left.filter(pc.invert(pc.is_in(left[id_column], value_set=came)))
    orphan = new.filter(pc.is_null(new[PARENT[id_column]]))
    if orphan.num_rows:
        raise IntegrityError(f"{stage}: row {orphan[id_column][0]} was made here and names no parent")


def _first(ids: pa.Array) -> str | None:
    return ids[0].as_py() if len(ids) else None
