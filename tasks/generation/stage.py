"""One generation method as a stage: its inputs and teacher are opened, its rows get ids that no other entry's rows have."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import pyarrow as pa

from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import stable_id
from tasks.generation.catalogue import BY_NAME
from tasks.generation.method import Inputs, MethodParams
from tasks.generation.resampled import Resampled
from tasks.teachers import open_teacher, prompts
from tasks.teachers.protocol import Budget, TeacherSettings


def compute(
    documents: pa.Table | None,
    rows: pa.Table | None,
    params: MethodParams,
    settings: TeacherSettings | Sequence[TeacherSettings],
    budget: Budget,
    tools: Tools,
) -> Outcome:
    """The rows that the method named by `params` makes from `documents` (schema CHUNK) and `rows` (schema EXAMPLE).

    `settings`: the teacher, or one for each of `params.teacher_names()`. Facts: what the method measured, its name as `method`, and
    as `rows_read` how many passages or rows it read. Raises BadInput where the method needs a teacher and the settings name none,
    and what the teacher raises.
    """
    method, params = BY_NAME[params.method], params.seeded()
    asked = [settings] if isinstance(settings, TeacherSettings) else settings
    if method.teacher == "none" or not asked or any(one.provider == "none" for one in asked):
        if method.teacher == "required" and asked:
            raise BadInput(f"{method.name} asks a model, and no teacher is named; set teacher.provider")
        outcome = method.make(Inputs(documents, rows), params, None, tools)
    else:
        with prompts.using(params.prompts), ExitStack() as opened:
            teachers = [
                Resampled(opened.enter_context(open_teacher(one, tools, budget)), params.round) for one in asked
            ]
            named = dict(zip(params.teacher_names(), teachers, strict=True))
            outcome = method.make(Inputs(documents, rows, named), params, teachers[0], tools)
    read = rows if method.reads_rows else documents
    facts: dict[str, Any] = {
        "method": method.name,
        "rows_read": read.num_rows if read is not None else 0,
        **outcome.facts,
    }
    kept, rejected, failed = _with_own_ids(params.name, outcome)
    return Outcome(kept, rejected, failed, facts)


def _with_own_ids(name: str, outcome: Outcome) -> list[pa.Table]:
    """The tables of an entry that has a name of its own: two entries of one method may make the same row, and both count."""
    tables = [outcome.kept, outcome.rejected, outcome.failed]
    if not name:
        return tables
    made = {old: stable_id(name, old) for table in tables for old in table["example_id"].to_pylist()}
    for column in ("example_id", "parent_id"):
        tables = [
            table.set_column(
                table.schema.get_field_index(column),
                table.schema.field(column),
                pa.array([made.get(old, old) for old in table[column].to_pylist()], pa.string()),
            )
            for table in tables
        ]
    return tables
