"""The stage: instructions without an answer pass the cheap checks of the filters and of `substance` that need none.

What it looks for would be found behind the answers as well, when they are paid for. Rows that carry a response go through: the
filters see them whole.
"""

from collections.abc import Callable
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.outcome import Outcome, Tools
from tasks.core.params import Params
from tasks.core.schema import EXAMPLE, FILTERED, conform
from tasks.filters.contract import FilterContext, rows_where
from tasks.filters.decontamination import contamination as contaminated
from tasks.filters.decontamination.contamination import Contamination
from tasks.filters.duplicates import near_duplicates as similar
from tasks.filters.duplicates.near_duplicates import NearDuplicates
from tasks.filters.heuristics import feasibility as feasible
from tasks.filters.heuristics.feasibility import Feasibility
from tasks.filters.heuristics.length import Length, out_of_bounds
from tasks.verification.judges.substance import REASONS as SUBSTANCE
from tasks.verification.judges.substance_rules import Texts, no_subject, unresolved_pointer

Findings = dict[int, tuple[str, str]]
"""Reason and detail by row."""
CheckName = Literal["length", "feasibility", "vagueness", "contamination", "near_duplicates"]
VAGUE: Final = {"unresolved_pointer": unresolved_pointer, "no_subject": no_subject}
REASONS: Final = {
    **feasible.FILTER.reasons,
    **{name: SUBSTANCE[name] for name in VAGUE},
    **contaminated.FILTER.reasons,
    **similar.FILTER.reasons,
}
"""Reasons beside those of tasks/core/reasons.py, and what each means."""


class Screening(Params):
    """Which checks instructions pass before they are answered; bounds and benchmarks are those under `filters`."""

    enabled: bool = True
    """Whether instructions are screened; false: all go on to be answered."""
    off: tuple[CheckName, ...] = ()
    """Checks that are left out. A filter that is not enabled is left out here as well."""


def compute(
    examples: pa.Table,
    before: pa.Table | None,
    params: Screening,
    length: Length,
    feasibility: Feasibility,
    contamination: Contamination,
    near_duplicates: NearDuplicates,
    tools: Tools,
) -> Outcome:
    """The rows of `examples` (schema EXAMPLE) whose instruction may be answered, in order, and those that have a response.
    `before`: rows of earlier rounds, with which these are compared.

    Rejects, the cheapest check first: empty, too_short, too_long; unfeasible; unresolved_pointer, no_subject; contaminated;
    near_duplicate of another instruction here or of an earlier release. Facts: `screened` (rows looked at), `rejected_of_screened`
    (share of them, 0 … 1; null where there are none), `checks` (rows rejected by each). Raises what the filters raise.
    """
    context = FilterContext(None, tools)
    open_ = pc.equal(pc.utf8_length(pc.fill_null(examples["response"], "")), 0)
    screened = rows_where(open_) if params.enabled else []
    checks: dict[CheckName, tuple[bool, Callable[[pa.Table], Findings]]] = {
        "length": (
            length.enabled,
            lambda rows: out_of_bounds(rows, "instruction", length.min_instruction_words, length.max_instruction_words),
        ),
        "feasibility": (
            feasibility.enabled,
            lambda rows: feasible.compute(rows, feasibility, context).findings(),
        ),
        "vagueness": (True, _vague),
        "contamination": (
            contamination.enabled,
            lambda rows: contaminated.compute(rows, contamination, context).findings(),
        ),
    }
    rejected: Findings = {}
    by_check: dict[str, int] = {}
    for name, (enabled, check) in checks.items():
        if enabled and name not in params.off:
            left = [row for row in screened if row not in rejected]
            found = check(conform(examples.take(pa.array(left, pa.int64())), FILTERED))
            rejected |= {left[row]: why for row, why in found.items()}
            by_check[name] = len(found)
    if screened and near_duplicates.enabled and "near_duplicates" not in params.off:
        found = _alike(examples, before, screened, rejected, near_duplicates, context)
        rejected |= found
        by_check["near_duplicates"] = len(found)
    tools.progress(examples.num_rows, examples.num_rows)
    share = round(len(rejected) / len(screened), 4) if screened else None
    facts: dict[str, Any] = {"screened": len(screened), "rejected_of_screened": share, "checks": by_check}
    return _outcome(examples, rejected, facts)


def _vague(rows: pa.Table) -> Findings:
    """Instructions that point at something which is not there, or do not say what they are about."""
    found: Findings = {}
    columns = rows.select(["instruction", "system", "history"]).to_pylist()
    for number, row in enumerate(columns):
        texts = Texts(row["instruction"] or "", "", bool(row["history"]) or bool(row["system"]))
        phrases = ((name, rule(texts)) for name, rule in VAGUE.items())
        if (first := next(((name, phrase) for name, phrase in phrases if phrase), None)) is not None:
            found[number] = first
    return found


def _alike(
    examples: pa.Table,
    before: pa.Table | None,
    screened: list[int],
    gone: Findings,
    params: NearDuplicates,
    context: FilterContext,
) -> Findings:
    """The `screened` rows that ask nearly what another row asks which goes on: with a response or without."""
    left = np.setdiff1d(np.arange(examples.num_rows), np.fromiter(gone, np.int64))
    open_rows = set(screened)
    stays = [row not in open_rows for row in left.tolist()]
    rows = conform(examples.take(pa.array(left)), FILTERED)
    if before is not None:
        rows = pa.concat_tables([rows, conform(before, FILTERED)]).combine_chunks()
        stays += [True] * before.num_rows
    # of rows that ask the same, one by a human stays: here one that is answered, or was asked in an earlier round
    origin = pa.array(["human" if stay else "synthetic" for stay in stays], pa.string())
    rows = rows.set_column(rows.schema.get_field_index("origin"), FILTERED.field("origin"), origin)
    found = similar.compute(rows, params, context, asked_only=True).findings()
    return {int(left[row]): why for row, why in found.items() if not stays[row]}


def _outcome(examples: pa.Table, rejected: Findings, facts: dict[str, Any]) -> Outcome:
    order = sorted(rejected)
    refused = examples.take(pa.array(order, pa.int64()))
    refused = refused.append_column("reason", pa.array([rejected[row][0] for row in order], pa.string()))
    refused = refused.append_column("detail", pa.array([rejected[row][1] for row in order], pa.string()))
    kept = np.setdiff1d(np.arange(examples.num_rows), np.array(order, np.int64))
    return Outcome.of(EXAMPLE, examples.take(pa.array(kept)), refused, facts=facts)
