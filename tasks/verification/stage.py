"""One entry of a recipe's `verify` as a stage: it looks at a sample or at all rows, writes its verdicts down, and acts on them."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import VERDICT, VERIFIED, conform
from tasks.teachers import open_teacher, prompts
from tasks.teachers.protocol import Budget, Teacher, TeacherSettings
from tasks.text.agreement import wilson
from tasks.verification.catalogue import BY_NAME
from tasks.verification.verifier import Verdict, Verdicts, VerifierContext, VerifierParams, failed_rows

_ONE_IN: Final = 2**32


def compute(
    examples: pa.Table,
    chunks: pa.Table | None,
    params: VerifierParams,
    settings: TeacherSettings | Sequence[TeacherSettings],
    budget: Budget,
    tools: Tools,
) -> Outcome:
    """The rows of `examples` (schema FILTERED or VERIFIED) with the verdicts of the verifier that `params` names.

    `settings`: the teacher, or the teachers that vote. Rows that fail are rejected where the entry's action is `reject`. Facts: the
    verifier, how many rows it looked at, passed, failed and could not tell, the share that failed with its 95 % interval, and what
    the verifier measured. Raises BadInput where it asks a model and none is named, and what the teacher raises.
    """
    verifier = BY_NAME[params.verifier]
    rows = conform(examples, VERIFIED)
    drawn = _sample(rows, params.sample)
    sampled = rows.take(drawn)
    panel = [settings] if isinstance(settings, TeacherSettings) else settings
    if verifier.teacher == "none" or any(one.provider == "none" for one in panel):
        if verifier.teacher == "required":
            raise BadInput(f"{verifier.name} asks a model, and no teacher is named; set teacher.provider")
        found, model = verifier.compute(sampled, params, VerifierContext(chunks, None, tools)), None
    else:
        with prompts.using(params.prompts), ExitStack() as opened:
            first, *others = [opened.enter_context(open_teacher(one, tools, budget)) for one in panel]
            found = verifier.compute(sampled, params, VerifierContext(chunks, first, tools, tuple(others)))
            model = _models([first, *others], found)
    return _outcome(rows, drawn.to_pylist(), found, params, model)


def _models(teachers: Sequence[Teacher], found: Verdicts) -> str | None:
    """The teachers' names, if any verdict is theirs."""
    asked = any(verdict.requests for verdict in found.rows.values()) or found.errors
    return " + ".join(teacher.name for teacher in teachers) if asked else None


def _sample(rows: pa.Table, share: float) -> pa.Array:
    """The numbers of the rows whose id, read as a number, is among the lowest `share`."""
    ids = rows["example_id"].to_pylist()
    return pa.array([row for row, name in enumerate(ids) if int(name[:8], 16) < share * _ONE_IN], pa.int64())


def _outcome(rows: pa.Table, drawn: list[int], found: Verdicts, params: VerifierParams, model: str | None) -> Outcome:
    verdicts = {drawn[row]: verdict for row, verdict in found.rows.items()}
    errors = {drawn[row]: error for row, error in found.errors.items()}
    for name, column in found.columns.items():
        rows = _replaced(rows, name, drawn, column)
    rows = _with_verdicts(rows, verdicts, params.name or params.verifier, model)
    if params.action == "weight":
        rows = _weighted(rows, verdicts)
    refused = {
        row: verdict for row, verdict in verdicts.items() if verdict.word == "fail" and params.action == "reject"
    }
    left = pa.array([row for row in range(rows.num_rows) if row not in refused and row not in errors], pa.int64())
    rejected = rows.take(pa.array(refused, pa.int64())).append_column(
        "reason", pa.array([verdict.reason for verdict in refused.values()], pa.string())
    )
    rejected = rejected.append_column("detail", pa.array([verdict.why for verdict in refused.values()], pa.string()))
    failed = rows.take(pa.array(errors, pa.int64())).append_column("error", pa.array(errors.values(), pa.string()))
    return Outcome.of(VERIFIED, rows.take(left), rejected, failed, _facts(len(drawn), found, params))


def _replaced(rows: pa.Table, name: str, drawn: list[int], column: pa.Array) -> pa.Table:
    """`rows` with the values of `column` in the rows that were drawn."""
    field = rows.schema.field(name)
    old, new = rows[name].combine_chunks(), column.cast(field.type)
    order = list(range(rows.num_rows))
    for number, row in enumerate(drawn):
        order[row] = rows.num_rows + number
    joined = pa.concat_arrays([old, new]).take(pa.array(order, pa.int64()))
    return rows.set_column(rows.schema.get_field_index(name), field, joined)


def _with_verdicts(rows: pa.Table, verdicts: dict[int, Verdict], name: str, model: str | None) -> pa.Table:
    before = rows["verdicts"].to_pylist()
    for row, verdict in verdicts.items():
        entry = {
            "verifier": name,
            "verdict": verdict.word,
            "score": verdict.score,
            "why": verdict.why,
            "model": model if verdict.requests else None,
            "requests": list(verdict.requests),
        }
        before[row] = [*(before[row] or ()), entry]
    column = pa.array(before, pa.list_(VERDICT))
    return rows.set_column(rows.schema.get_field_index("verdicts"), rows.schema.field("verdicts"), column)


def _weighted(rows: pa.Table, verdicts: dict[int, Verdict]) -> pa.Table:
    scores = [verdicts[row].score if row in verdicts else None for row in range(rows.num_rows)]
    factors = pc.fill_null(pa.array(scores, pa.float64()), 1.0)
    known = pc.is_valid(pa.array(scores, pa.float64()))
    weighed = pc.multiply(pc.fill_null(rows["weight"], 1.0), factors)
    column = pc.if_else(known, weighed, rows["weight"])
    return rows.set_column(rows.schema.get_field_index("weight"), rows.schema.field("weight"), column)


def _facts(looked_at: int, found: Verdicts, params: VerifierParams) -> dict[str, Any]:
    words = [verdict.word for verdict in found.rows.values()]
    judged, failed = len(words), failed_rows(found.rows.values())
    low, high = wilson(failed, judged)
    return {
        "verifier": params.verifier,
        "action": params.action,
        "sample": params.sample,
        "looked_at": looked_at,
        "judged": judged,
        "not_applicable": looked_at - judged - len(found.errors),
        "passed": words.count("pass"),
        "failed": failed,
        "unsure": words.count("unsure"),
        "unsure_share": words.count("unsure") / judged if judged else 0.0,
        "failing_share": failed / judged if judged else None,
        "failing_share_low": low,
        "failing_share_high": high,
        **found.facts,
    }
