"""Filters: a row in which something is wrong is rejected, with a reason. (What can be repaired, `tasks/cleaning` has repaired.)

Table of contents. First the filters that look at one row at a time; they run in the order that is cheapest for the rows at
hand (`order`), so this one is only how they are listed:

    metadata           provenance is there and speaks the words that are defined
    length             neither empty nor too short nor too long
    placeholders       no "N/A", no lorem ipsum
    refusal            no refusals, no "as an AI language model"
    instruction_like   nothing that tries to instruct the model that reads it
    feasibility        asks for nothing that text cannot show
    characters         letters, not only signs
    language           in a language the recipe allows
    echo               the response is more than the instruction
    repetition         not the same words over and over
    repeated_paragraphs  no paragraph comes twice
    toxicity           no insults, threats, hate
    grounding          numbers, names, quotations and words stand in the evidence
    contamination      holds no benchmark item

then, in this order, those that compare the rows that are left with each other:

    exact_duplicates   equal up to case and white space
    conflicts          one instruction, one response
    near_duplicates    not nearly equal to another row
    semantic_duplicates  not another row in other words

and last those that rewrite the rows that stay:

    outliers           unlike all other rows (off unless asked)
    synthetic          told from human writing too easily (off unless asked)
    pii                personal data redacted, tagged, or the row dropped

A filter is a module with its Params and a pure function `judge(table, params, context) -> Verdict`; `length` is the one to
copy, and docs/adding-a-filter.md has the steps.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.outcome import Outcome, Tools
from tasks.core.params import Params
from tasks.core.schema import EDIT, FILTERED, conform
from tasks.core.schema import failed as failed_schema
from tasks.core.schema import rejected as rejected_schema
from tasks.filters import (
    characters,
    conflicts,
    contamination,
    echo,
    exact_duplicates,
    feasibility,
    grounding,
    instruction_like,
    language,
    length,
    metadata,
    near_duplicates,
    order,
    outliers,
    pii,
    placeholders,
    refusal,
    repeated_paragraphs,
    repetition,
    semantic_duplicates,
    synthetic,
    toxicity,
)
from tasks.filters.characters import Characters
from tasks.filters.conflicts import Conflicts
from tasks.filters.contamination import Contamination
from tasks.filters.echo import Echo
from tasks.filters.exact_duplicates import ExactDuplicates
from tasks.filters.feasibility import Feasibility
from tasks.filters.grounding import Grounding
from tasks.filters.instruction_like import InstructionLike
from tasks.filters.language import Language
from tasks.filters.length import Length
from tasks.filters.metadata import Metadata
from tasks.filters.near_duplicates import NearDuplicates
from tasks.filters.outliers import Outliers
from tasks.filters.pii import Pii
from tasks.filters.placeholders import Placeholders
from tasks.filters.refusal import Refusal
from tasks.filters.repeated_paragraphs import RepeatedParagraphs
from tasks.filters.repetition import Repetition
from tasks.filters.semantic_duplicates import SemanticDuplicates
from tasks.filters.synthetic import Synthetic
from tasks.filters.toxicity import Toxicity
from tasks.filters.verdict import Context, Verdict
from tasks.text.columns import lists


class Filters(Params):
    """Every filter's settings, as they are listed; each has `enabled`."""

    metadata: Metadata = Metadata()
    length: Length = Length()
    placeholders: Placeholders = Placeholders()
    refusal: Refusal = Refusal()
    instruction_like: InstructionLike = InstructionLike()
    feasibility: Feasibility = Feasibility()
    characters: Characters = Characters()
    language: Language = Language()
    echo: Echo = Echo()
    repetition: Repetition = Repetition()
    repeated_paragraphs: RepeatedParagraphs = RepeatedParagraphs()
    toxicity: Toxicity = Toxicity()
    grounding: Grounding = Grounding()
    contamination: Contamination = Contamination()
    exact_duplicates: ExactDuplicates = ExactDuplicates()
    conflicts: Conflicts = Conflicts()
    near_duplicates: NearDuplicates = NearDuplicates()
    semantic_duplicates: SemanticDuplicates = SemanticDuplicates()
    outliers: Outliers = Outliers()
    synthetic: Synthetic = Synthetic()
    pii: Pii = Pii()
    costs: Mapping[str, Annotated[float, Field(gt=0)]] = {}
    """Microseconds a row of filters that cost something else here than tasks/filters/costs.json says; decides the order only."""


Judge = Callable[[pa.Table, Any, Context], Verdict]

ROW_WISE: Final[dict[str, Judge]] = {
    "metadata": metadata.judge,
    "length": length.judge,
    "placeholders": placeholders.judge,
    "refusal": refusal.judge,
    "instruction_like": instruction_like.judge,
    "feasibility": feasibility.judge,
    "characters": characters.judge,
    "language": language.judge,
    "echo": echo.judge,
    "repetition": repetition.judge,
    "repeated_paragraphs": repeated_paragraphs.judge,
    "toxicity": toxicity.judge,
    "grounding": grounding.judge,
    "contamination": contamination.judge,
}
"""A row's verdict depends on that row only: these may run in any order, and on parts of the table at the same time."""
THEN: Final[dict[str, Judge]] = {
    "exact_duplicates": exact_duplicates.judge,
    "conflicts": conflicts.judge,
    "near_duplicates": near_duplicates.judge,
    "semantic_duplicates": semantic_duplicates.judge,
    "outliers": outliers.judge,
    "synthetic": synthetic.judge,
    "pii": pii.judge,
}
"""Compare rows, or rewrite them: in this order, behind all others."""
ORDER: Final[dict[str, Judge]] = ROW_WISE | THEN

SLICE: Final = 1 << 13
"""Rows that go through the row-wise filters together; as many slices at a time as there are workers."""

_PLACE: Final = "place"
"""A column that numbers the rows while they are on their way."""
_PLACED: Final = FILTERED.append(pa.field(_PLACE, pa.int64()))
_REJECTED: Final = rejected_schema(_PLACED)


@dataclass
class _Passed:
    """What became of some rows: who is left, who was rejected by whom, and what each filter did."""

    table: pa.Table
    rejected: list[pa.Table] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)


def compute(examples: pa.Table, chunks: pa.Table | None, params: Filters, tools: Tools) -> Outcome:
    """Runs the enabled filters over `examples` (schema CLEANED); kept and rejected rows have schema FILTERED, in the order in
    which they came.

    `chunks` (schema CHUNK) are the passages that evidence points into; None where there are none. facts["filters"] is a list
    of {filter, rows_in, rejected: {reason: rows}, changed: rows} in the order in which they ran, facts["plan"] what `order.Plan`
    says of that order; None where the rows are too few to plan for. Raises BadInput for benchmark files that cannot be read.
    """
    context = Context(chunks, tools)
    row_wise = _enabled(ROW_WISE, params)
    plan = _plan(examples, row_wise, params, context)
    names = plan.names if plan else row_wise
    size = _slice_size(examples.num_rows)
    passed = _placed(tools.by_rows(judged, examples, chunks, params, names, size, kept=_PLACED, grain=size))
    refused, did = [part.rejected for part in passed], [part.facts["filters"] for part in passed]
    left = [pa.concat_tables(part.kept for part in passed).combine_chunks()]
    del passed  # the same rows once more, as are those in `left` when a filter has let go of some
    after = _run(_enabled(THEN, params), left.pop(), params, context)
    rejected = pa.concat_tables([*refused, *after.rejected])
    facts = [_sum(parts) for parts in zip(*did, strict=True)] + after.facts
    return Outcome.of(
        FILTERED,
        after.table.drop_columns([_PLACE]),
        rejected.sort_by(_PLACE).drop_columns([_PLACE]),
        facts={"filters": facts, "plan": plan.facts() if plan else None},
    )


def judged(
    examples: pa.Table, chunks: pa.Table | None, params: Filters, names: Sequence[str], size: int, tools: Tools
) -> Outcome:
    """What the row-wise filters `names`, in this order, make of `examples`, `size` rows at a time; kept and rejected rows also
    say in which place of `examples` they stood."""
    table = prepared(examples).append_column(_PLACE, pa.array(range(examples.num_rows), pa.int64()))
    context = Context(chunks, tools)
    slices = [table.slice(at, size) for at in range(0, max(table.num_rows, 1), size)]
    passed: list[_Passed] = []
    with ThreadPoolExecutor(tools.workers) as pool:
        for done, part in enumerate(pool.map(lambda rows: _run(names, rows, params, context), slices), start=1):
            tools.progress(done, len(slices) + 1)
            passed.append(part)
    facts = [_sum(parts) for parts in zip(*(part.facts for part in passed), strict=True)]
    return Outcome(
        pa.concat_tables(part.table for part in passed),
        pa.concat_tables([_REJECTED.empty_table(), *(table for part in passed for table in part.rejected)]),
        failed_schema(_PLACED).empty_table(),
        {"filters": facts},
    )


def _placed(parts: Sequence[Outcome]) -> list[Outcome]:
    """Consecutive stretches, their places counted from the beginning of the first."""
    first, placed = 0, []
    for part in parts:
        kept, rejected = (_counted_from(first, table) for table in (part.kept, part.rejected))
        placed.append(Outcome(kept, rejected, part.failed, part.facts))
        first += kept.num_rows + rejected.num_rows
    return placed


def _counted_from(first: int, table: pa.Table) -> pa.Table:
    at = table.column_names.index(_PLACE)
    return table.set_column(at, table.field(at), pc.add(table[_PLACE], first))


def _slice_size(rows: int) -> int:
    """Rows of each of the slices, of about equal size, that `rows` rows go through the filters in."""
    return -(-rows // max(-(-rows // SLICE), 1)) or 1


def plan_of(table: pa.Table, params: Filters, context: Context) -> order.Plan:
    """The order that is cheapest for `table` (schema FILTERED), by trying every row-wise filter on a slice of it."""
    places = np.unique(np.linspace(0, table.num_rows - 1, min(order.TRIAL_ROWS, table.num_rows)).astype(np.int64))
    trial = prepared(table.take(pa.array(places)))
    rejected = {
        name: pc.invert(ROW_WISE[name](trial, getattr(params, name), context).keep).to_numpy(zero_copy_only=False)
        for name in _enabled(ROW_WISE, params)
    }
    return order.cheapest(rejected, {**order.measured(), **params.costs})


def _plan(examples: pa.Table, names: Sequence[str], params: Filters, context: Context) -> order.Plan | None:
    if not names or examples.num_rows < order.PLAN_FROM:
        return None
    return plan_of(examples, params, context)


def _enabled(judges: Mapping[str, Judge], params: Filters) -> list[str]:
    return [name for name in judges if getattr(params, name).enabled]


def _run(names: Sequence[str], table: pa.Table, params: Filters, context: Context) -> _Passed:
    """`names`, one after another; what one rejects the next ones do not see."""
    passed = _Passed(table)
    del table
    for name in names:
        verdict = ORDER[name](passed.table, getattr(params, name), context)
        passed.facts.append(_facts(name, passed.table, verdict))
        changed = _with_columns(passed.table, verdict)
        if verdict.reason.null_count < len(verdict.reason):
            passed.rejected.append(_rejected(changed, verdict))
            changed = changed.filter(verdict.keep).combine_chunks()
        passed.table = changed
    return passed


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


def _with_columns(table: pa.Table, verdict: Verdict) -> pa.Table:
    for name, column in verdict.columns.items():
        table = table.set_column(
            FILTERED.get_field_index(name), FILTERED.field(name), column.cast(FILTERED.field(name).type)
        )
    return table


def _rejected(table: pa.Table, verdict: Verdict) -> pa.Table:
    dropped = table.append_column("reason", verdict.reason).append_column("detail", verdict.detail)
    return dropped.filter(pc.invert(verdict.keep)).select(_REJECTED.names)


def _facts(name: str, table: pa.Table, verdict: Verdict) -> dict[str, Any]:
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
    }
