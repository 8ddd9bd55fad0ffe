"""Making instructions harder: by a teacher (Evol-Instruct), or by rule with constraints that code can check.

`compute` keeps every row it is given and adds evolved ones. To add a constraint: a check in `constraints.py`, a builder in
`construction.py`, its phrasings in `demands.yaml`, its name in `params.py`.
"""

import pyarrow as pa

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE
from tasks.generation.from_rows.constraints.params import Evolve
from tasks.teachers.protocol import Budget, TeacherSettings

__all__ = ["Evolve", "compute"]


def compute(
    answered: pa.Table, chunks: pa.Table, params: Evolve, teacher: TeacherSettings, budget: Budget, tools: Tools
) -> Outcome:
    """`answered` (EXAMPLE's columns) untouched, and the rows evolved from it; see `by_rule.evolve` and `evol.evolve`.

    `chunks` has CHUNK's columns. Raises BadInput if the method is teacher and no provider is named, and what the teacher
    raises.
    """
    method = params.method if params.method != "auto" else "teacher" if teacher.provider != "none" else "constraints"
    if method == "none":
        return Outcome.of(EXAMPLE, answered)
    if method == "constraints":
        from tasks.generation.from_rows.constraints import by_rule

        return by_rule.evolve(answered, chunks, params, tools)
    from tasks.generation.from_rows.evol_instruct import evol
    from tasks.teachers import open_teacher

    with open_teacher(teacher, tools, budget) as asked:
        return evol.evolve(answered, chunks, params.evol, asked, tools)
