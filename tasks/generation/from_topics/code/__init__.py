"""Code rows: exercises, test cases written without a solution, solutions that agree with them and are run, errors fed back.

Dubey et al. 2024, "The Llama 3 Herd of Models", section 4.3.1; Wei et al. 2023 (OSS-Instruct) for exercises from snippets; Chen et
al. 2022 (CodeT) for which solutions and test cases to believe. Each round is one batch of requests over all open exercises.
"""

from typing import Any, Final

from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE
from tasks.generation.from_topics.code import derived, exercises, solutions
from tasks.generation.from_topics.code.params import CodeRows
from tasks.generation.from_topics.code.seeds import seeds
from tasks.generation.method import Calls, Inputs, Method, Sizes
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Teacher
from tasks.verification.execution import languages, sandbox

PROMPTS: Final = (
    exercises.FROM_TOPIC,
    exercises.FROM_SNIPPET,
    exercises.TESTS,
    exercises.SOLUTION,
    solutions.REPAIR,
    derived.TRANSLATION,
    derived.EXPLANATION,
    derived.BACK,
)


def make(inputs: Inputs, params: CodeRows, teacher: Teacher | None, tools: Tools) -> Outcome:
    """Rows whose program passes their `tests`, by the verifier `code`; with translations and explanations where asked for.

    `attempts` is the number of the program that stood among those tried, `pass_rate` the share of those tried that pass. Facts:
    rows after each round, programs run, test cases that solutions contradicted. Raises NoSandbox, and BadInput where nothing is
    named to begin with or programs of `translate` cannot be run here.
    """
    assert teacher is not None
    sandbox.POOL.method()  # says at once where nothing is safe
    if params.translate and not sandbox.available(params.translate):
        raise BadInput(
            f"code.translate: {params.translate} cannot be run here: {languages.BY_NAME[params.translate].remedy}"
        )
    rows, rounds = SortedRows(), 3 + bool(params.translate) + params.explain
    posed = exercises.posed(seeds(params, inputs.documents, tools), params, teacher, rows)
    tools.progress(1, rounds)
    tested = exercises.tested(posed, params, teacher, rows)
    tools.progress(2, rounds)
    solving = solutions.ProgramSolving(params, teacher, tools, rows)
    proven = solving.solved(tested)
    tools.progress(3, rounds)
    facts: dict[str, Any] = {
        "asked": params.rows,
        "posed": len(posed),
        "with_tests": len(tested),
        "solved": len(proven),
    }
    if params.translate:
        facts["translated"] = derived.translated(proven, params, teacher, tools, rows)
    if params.explain:
        facts["explained"] = derived.explained(proven, params, teacher, tools, rows)
    tools.progress(rounds, rounds)
    return rows.outcome(EXAMPLE, {**facts, **dict(sorted(solving.counts.items()))})


def estimate(params: CodeRows, _sizes: Sizes) -> Calls:
    """Each exercise, its tests, its solutions and all repairs; likewise for its translation and its explanation."""
    derived_calls = (1 + params.repairs if params.translate else 0) + (2 if params.explain else 0)
    each = 2 + params.solutions + params.repairs + derived_calls
    rows = params.rows * (1 + bool(params.translate) + params.explain)
    return Calls(requests=params.rows * each, context_tokens=200, rows=rows)


METHOD: Final = Method(
    params=CodeRows,
    inputs=("topics", "documents"),
    make=make,
    answered=True,
    version=2,
    teacher="required",
    prompts=PROMPTS,
    reasons={**exercises.REASONS, **solutions.REASONS, **derived.REASONS},
    estimate=estimate,
)
