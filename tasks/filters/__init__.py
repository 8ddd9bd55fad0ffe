"""Filters: a row in which something is wrong is rejected, with a reason. (What can be repaired, `tasks/cleaning` has repaired.)

Table of contents, in the order in which the filters run: what costs a glance at each row, then what looks into evidence or
benchmarks, then what compares rows with each other, and last what needs a language model. A row that one filter rejects costs
the next ones nothing.

    metadata           provenance is there and speaks the words that are defined
    length             neither empty nor too short nor too long
    refusal            no refusals, no "as an AI language model"
    language           in a language the recipe allows
    exact_duplicates   equal up to case and white space
    echo               the response is more than the instruction
    repetition         not the same words over and over
    repeated_paragraphs  no paragraph comes twice
    toxicity           no insults, threats or hate
    grounding          numbers, names, quotations and words stand in the evidence
    contamination      holds no benchmark item
    conflicts          one instruction, one response
    near_duplicates    not nearly equal to another row
    semantic_duplicates  not another row in other words
    outliers           unlike all other rows (off unless asked)
    synthetic          told from human writing too easily (off unless asked)
    pii                personal data redacted, tagged, or the row dropped

A filter is a module with its Params and a pure function `judge(table, params, context) -> Verdict`; `length` is the one to
copy, and docs/adding-a-filter.md has the steps.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.outcome import Outcome, Tools
from tasks.core.params import Params
from tasks.core.schema import EDIT, FILTERED, conform
from tasks.core.schema import rejected as rejected_schema
from tasks.filters import (
    conflicts,
    contamination,
    echo,
    exact_duplicates,
    grounding,
    language,
    length,
    metadata,
    near_duplicates,
    outliers,
    pii,
    refusal,
    repeated_paragraphs,
    repetition,
    semantic_duplicates,
    synthetic,
    toxicity,
)
from tasks.filters.conflicts import Conflicts
from tasks.filters.contamination import Contamination
from tasks.filters.echo import Echo
from tasks.filters.exact_duplicates import ExactDuplicates
from tasks.filters.grounding import Grounding
from tasks.filters.language import Language
from tasks.filters.length import Length
from tasks.filters.metadata import Metadata
from tasks.filters.near_duplicates import NearDuplicates
from tasks.filters.outliers import Outliers
from tasks.filters.pii import Pii
from tasks.filters.refusal import Refusal
from tasks.filters.repeated_paragraphs import RepeatedParagraphs
from tasks.filters.repetition import Repetition
from tasks.filters.semantic_duplicates import SemanticDuplicates
from tasks.filters.synthetic import Synthetic
from tasks.filters.toxicity import Toxicity
from tasks.filters.verdict import Context, Verdict
from tasks.text.columns import lists


class Filters(Params):
    """Every filter's settings, in the order in which they run; each has `enabled`."""

    metadata: Metadata = Metadata()
    length: Length = Length()
    refusal: Refusal = Refusal()
    language: Language = Language()
    exact_duplicates: ExactDuplicates = ExactDuplicates()
    echo: Echo = Echo()
    repetition: Repetition = Repetition()
    repeated_paragraphs: RepeatedParagraphs = RepeatedParagraphs()
    toxicity: Toxicity = Toxicity()
    grounding: Grounding = Grounding()
    contamination: Contamination = Contamination()
    conflicts: Conflicts = Conflicts()
    near_duplicates: NearDuplicates = NearDuplicates()
    semantic_duplicates: SemanticDuplicates = SemanticDuplicates()
    outliers: Outliers = Outliers()
    synthetic: Synthetic = Synthetic()
    pii: Pii = Pii()


Judge = Callable[[pa.Table, Any, Context], Verdict]

ORDER: Final[dict[str, Judge]] = {
    "metadata": metadata.judge,
    "length": length.judge,
    "refusal": refusal.judge,
    "language": language.judge,
    "exact_duplicates": exact_duplicates.judge,
    "echo": echo.judge,
    "repetition": repetition.judge,
    "repeated_paragraphs": repeated_paragraphs.judge,
    "toxicity": toxicity.judge,
    "grounding": grounding.judge,
    "contamination": contamination.judge,
    "conflicts": conflicts.judge,
    "near_duplicates": near_duplicates.judge,
    "semantic_duplicates": semantic_duplicates.judge,
    "outliers": outliers.judge,
    "synthetic": synthetic.judge,
    "pii": pii.judge,
}


def compute(examples: pa.Table, chunks: pa.Table | None, params: Filters, tools: Tools) -> Outcome:
    """Runs the enabled filters over `examples` (schema EXAMPLE); kept and rejected rows have schema FILTERED.

    `chunks` (schema CHUNK) are the passages that evidence points into; None where there are none. facts["filters"] is a list
    of {filter, rows_in, rejected: {reason: rows}, changed: rows} in the order in which they ran. Raises BadInput for benchmark
    files that cannot be read.
    """
    table = prepared(examples)
    context = Context(chunks, tools)
    rejected: list[pa.Table] = []
    facts: list[dict[str, Any]] = []
    running = [name for name in ORDER if getattr(params, name).enabled]
    for done, name in enumerate(running):
        tools.progress(done, len(running))
        verdict = ORDER[name](table, getattr(params, name), context)
        facts.append(_facts(name, table, verdict))
        table = _with_columns(table, verdict)
        rejected.append(_rejected(table, verdict))
        table = table.filter(verdict.keep)
    tools.progress(len(running), len(running))
    everything = pa.concat_tables(rejected) if rejected else None
    return Outcome.of(FILTERED, table, everything, facts={"filters": facts})


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
    return dropped.filter(pc.invert(verdict.keep)).cast(rejected_schema(FILTERED))


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
