"""Rows of mathematics: problems with an answer that solutions agree on and exact checks confirm; rewritten as in MetaMath.

Self-consistency (Wang et al. 2023) over several solutions, each with its calculations recomputed, a program beside them (Gao et al.
2023), or the known answer; then the rewritings of MetaMath (Yu et al. 2023). Each round is one batch of requests over all problems.
"""

from typing import Any, Final

from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE
from tasks.generation.from_topics.mathematics import problems, solving, variants
from tasks.generation.from_topics.mathematics.params import MathematicsRows
from tasks.generation.method import Calls, Inputs, Method, Sizes
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Teacher
from tasks.verification.execution import sandbox

PROMPTS: Final = (
    problems.PROBLEM,
    solving.SOLUTION,
    solving.PROGRAM,
    variants.REPHRASE,
    variants.STATEMENT,
)


def make(_inputs: Inputs, params: MathematicsRows, teacher: Teacher | None, tools: Tools) -> Outcome:
    """Rows whose final answer is `reference`, and whose calculations are right, by the verifier `mathematics`.

    `pass_rate` is the share of the solutions asked for that come to the answer, `attempts` the number of the one that was taken.
    Facts: problems asked for, invented, known and solved, rows by variant, programs run. Raises NoSandbox, and BadInput where
    neither topics nor known problems are named.
    """
    assert teacher is not None
    if not params.topics and params.known is None:
        raise BadInput("mathematics: nothing to begin with; name topics, or a file of problems with known answers")
    if params.program:
        sandbox.POOL.method()  # says at once where nothing is safe
    rows = SortedRows()
    from_file = problems.known(params, rows)
    posed = [*from_file, *problems.invented(params, teacher, rows)]
    tools.progress(1, 3)
    work = solving.ProblemSolving(params, teacher, tools, rows)
    solved = work.solved(posed)
    tools.progress(2, 3)
    rewritten = work.solved(variants.variants(solved, params, teacher, tools, rows)) if params.variants else []
    tools.progress(3, 3)
    facts: dict[str, Any] = {
        "known": len(from_file),
        "invented": len(posed) - len(from_file),
        "solved": len(solved),
        "variants": {name: sum(one.row["operator"] == name for one in rewritten) for name in params.variants},
    }
    return rows.outcome(EXAMPLE, {**facts, **dict(sorted(work.counts.items()))})


def estimate(params: MathematicsRows, _sizes: Sizes) -> Calls:
    """Each problem, its solutions and its program; each variant with its solutions."""
    problems_at_most = params.rows * (bool(params.topics) + (params.known is not None)) or params.rows
    each = 1 + params.samples + params.program
    asked = sum(name != "inverse" for name in params.variants)
    requests = problems_at_most * (each + asked + len(params.variants) * params.samples)
    rows = problems_at_most * (1 + len(params.variants)) * min(params.answers, params.samples)
    return Calls(requests=requests, context_tokens=150, rows=rows)


METHOD: Final = Method(
    params=MathematicsRows,
    inputs=("topics",),
    make=make,
    answered=True,
    teacher="required",
    version=3,
    prompts=PROMPTS,
    reasons={**problems.REASONS, **solving.REASONS, **variants.REASONS},
    libraries=("sympy", "math-verify", "latex2sympy2-extended"),
    estimate=estimate,
)
