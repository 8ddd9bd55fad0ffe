"""Runs the filters in their order: those that look at one row on slices of the table, those that compare rows on the whole."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EDIT, FILTERED, conform
from tasks.core.schema import failed as failed_schema
from tasks.core.schema import rejected as rejected_schema
from tasks.filters.catalogue import FILTERS, Filters
from tasks.filters.contract import Filter, FilterContext, FilterResult
from tasks.text.columns import lists, slice_size

SLICE: Final = 1 << 13
"""Rows that go through the row-wise filters together; as many slices at a time as there are workers."""

_FEW: Final = 10
"""Rows of a source below which losing half of them says nothing."""
_POSITION: Final = "position"
"""A column that numbers the rows while they are on their way."""
_NUMBERED: Final = FILTERED.append(pa.field(_POSITION, pa.int64()))
_REJECTED: Final = rejected_schema(_NUMBERED)


@dataclass
class _Passed:
    """What became of rows that did not stay, and what each filter did."""

    rejected: list[pa.Table] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)


def compute(examples: pa.Table, chunks: pa.Table | None, params: Filters, tools: Tools) -> Outcome:
    """Runs the enabled filters over `examples` (schema CLEANED); kept and rejected rows have schema FILTERED, in the order in
    which they came.

    `chunks` (schema CHUNK) are the passages that evidence points into; None where there are none. facts["filters"] is a list
    of {filter, rows_in, rejected: {reason: rows}, changed: rows} in the order in which they ran, facts["warnings"], where there
    are any, names the sources that lost more than half of their rows. Raises BadInput for benchmark files that cannot be read.
    """
    passed, tables = _Passed(), [examples]
    for row_wise, group in groupby(_enabled(params), lambda each: each.row_wise):
        run = _on_slices if row_wise else _on_the_whole
        tables.append(run([each.name for each in group], tables.pop(), chunks, params, tools, passed))
    rejected = pa.concat_tables([_REJECTED.empty_table(), *passed.rejected])
    warnings = _losses(examples, rejected) if rejected.num_rows else []
    return Outcome.of(
        FILTERED,
        _numbered(tables.pop()).drop_columns([_POSITION]),
        rejected.sort_by(_POSITION).drop_columns([_POSITION]),
        facts={"filters": passed.facts} | ({"warnings": warnings} if warnings else {}),
    )


def _on_slices(
    names: list[str], table: pa.Table, chunks: pa.Table | None, params: Filters, tools: Tools, passed: _Passed
) -> pa.Table:
    """The rows that row-wise filters leave; the others, and what each filter did, are added to `passed`."""
    size = slice_size(table.num_rows, SLICE, tools.workers)
    parts = tools.map_rows(judged, table, chunks, params, names, size, kept=_NUMBERED, multiple_of=size)
    if _POSITION not in table.column_names:
        parts = _renumbered(parts)
    passed.rejected += [part.rejected for part in parts]
    passed.facts += [_sum(facts) for facts in zip(*(part.facts["filters"] for part in parts), strict=True)]
    kept = [part.kept for part in parts]
    del parts  # the same rows once more
    return pa.concat_tables(kept).combine_chunks()


def _on_the_whole(
    names: list[str], table: pa.Table, chunks: pa.Table | None, params: Filters, tools: Tools, passed: _Passed
) -> pa.Table:
    """The same of filters that compare rows."""
    left = [_numbered(table)]
    del table  # so that the rows are let go when a filter has taken some away
    return _run(names, left, params, FilterContext(chunks, tools), passed)


def _losses(examples: pa.Table, rejected: pa.Table) -> list[str]:
    """A sentence for each source that loses more than half of its rows, with the reasons that took most of them."""
    rows = Counter(examples["source"].to_pylist())
    reasons: dict[Any, Counter[str]] = defaultdict(Counter)
    counted = rejected.group_by(["source", "reason"]).aggregate([([], "count_all")])
    for row in counted.to_pylist():
        reasons[row["source"]][row["reason"]] += row["count_all"]
    return [
        f"{source or 'rows without a source'}: {lost.total():,} of {rows[source]:,} rows were rejected, most as "
        + ", ".join(f"{reason} ({count:,})" for reason, count in lost.most_common(2))
        + "; look at them with `show --rejected --stage filters` before you rely on what is left"
        for source, lost in sorted(reasons.items(), key=lambda item: str(item[0]))
        if rows[source] >= _FEW and 2 * lost.total() > rows[source]
    ]


def judged(
    examples: pa.Table, chunks: pa.Table | None, params: Filters, names: Sequence[str], size: int, tools: Tools
) -> Outcome:
    """What the row-wise filters `names` make of `examples`, `size` rows at a time; kept and rejected rows also
    say at which position of `examples` they stood."""
    table = _numbered(examples)
    context = FilterContext(chunks, tools)
    slices = [table.slice(at, size) for at in range(0, max(table.num_rows, 1), size)]
    done = [_Passed() for _ in slices]
    kept: list[pa.Table] = []
    with ThreadPoolExecutor(tools.workers) as pool:
        for part in pool.map(lambda rows, passed: _run(names, [rows], params, context, passed), slices, done):
            kept.append(part)
            tools.progress(len(kept), len(slices) + 1)
    return Outcome(
        pa.concat_tables(kept),
        pa.concat_tables([_REJECTED.empty_table(), *(rows for passed in done for rows in passed.rejected)]),
        failed_schema(_NUMBERED).empty_table(),
        {"filters": [_sum(facts) for facts in zip(*(passed.facts for passed in done), strict=True)]},
    )


def _numbered(table: pa.Table) -> pa.Table:
    """The rows with the columns that filters fill in and their positions, unless they have these already."""
    if _POSITION in table.column_names:
        return table
    return prepared(table).append_column(_POSITION, pa.array(range(table.num_rows), pa.int64()))


def _renumbered(parts: Sequence[Outcome]) -> list[Outcome]:
    """Consecutive stretches, their places counted from the beginning of the first."""
    first, placed = 0, []
    for part in parts:
        kept, rejected = (_counted_from(first, table) for table in (part.kept, part.rejected))
        placed.append(Outcome(kept, rejected, part.failed, part.facts))
        first += kept.num_rows + rejected.num_rows
    return placed


def _counted_from(first: int, table: pa.Table) -> pa.Table:
    at = table.column_names.index(_POSITION)
    return table.set_column(at, table.field(at), pc.add(table[_POSITION], first))


def _enabled(params: Filters) -> list[Filter[Any]]:
    return [each for each in FILTERS if each.settings(params).enabled]


def _run(
    names: Sequence[str], left: list[pa.Table], params: Filters, context: FilterContext, passed: _Passed
) -> pa.Table:
    """`names`, one after another, on the table that is taken out of `left`; what one rejects the next ones do not see."""
    table = left.pop()
    for each in (each for each in FILTERS if each.name in names):
        verdict = each.compute(table, each.settings(params), context)
        passed.facts.append(_facts(each.name, table, verdict))
        changed = with_columns(table, verdict)
        if verdict.reason.null_count < len(verdict.reason):
            dropped = changed.append_column("reason", verdict.reason).append_column("detail", verdict.detail)
            passed.rejected.append(dropped.filter(pc.invert(verdict.keep)).select(_REJECTED.names))
            changed = changed.filter(verdict.keep).combine_chunks()
        table = changed
    return table


def prepared(examples: pa.Table) -> pa.Table:
    """`examples` with the columns that filters fill in: nothing changed, nothing found, nothing measured yet."""
    table = conform(examples, FILTERED).combine_chunks()
    nothing = lists(table.num_rows, {}, pa.string())
    start = {
        "changes": nothing,
        "edits": lists(table.num_rows, {}, EDIT),
        "pii": nothing,
        "duplicates": pa.array([0] * table.num_rows, pa.int32()),
    }
    for name, empty in start.items():
        filled = table[name] if table[name].null_count == 0 else pc.coalesce(table[name].combine_chunks(), empty)
        table = table.set_column(FILTERED.get_field_index(name), FILTERED.field(name), filled)
    return table


def with_columns(table: pa.Table, verdict: FilterResult) -> pa.Table:
    """`table` (schema FILTERED) with the columns that a filter replaced."""
    for name, column in verdict.columns.items():
        table = table.set_column(
            FILTERED.get_field_index(name), FILTERED.field(name), column.cast(FILTERED.field(name).type)
        )
    return table


def _facts(name: str, table: pa.Table, verdict: FilterResult) -> dict[str, Any]:
    reasons = Counter(verdict.reason.drop_null().to_pylist())
    changed = 0
    if "changes" in verdict.columns:
        before, after = (
            pc.list_value_length(c).to_numpy()
            for c in (table["changes"], pa.chunked_array([verdict.columns["changes"]]))
        )
        changed = int((before != after).sum())
    done = {"filter": name, "rows_in": table.num_rows, "rejected": dict(sorted(reasons.items())), "changed": changed}
    return done | ({"measured": dict(verdict.facts)} if verdict.facts else {})


def _sum(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What one filter did, over all slices."""
    reasons = Counter[str]()
    for part in parts:
        reasons.update(part["rejected"])
    return {
        "filter": parts[0]["filter"],
        "rows_in": sum(part["rows_in"] for part in parts),
        "rejected": dict(sorted(reasons.items())),
        "changed": sum(part["changed"] for part in parts),
    } | _measured(parts)


def _measured(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What a filter counted beside, over all slices."""
    counted = Counter[str]()
    for part in parts:
        counted.update(part.get("measured", {}))
    return {"measured": dict(sorted(counted.items()))} if counted else {}
