"""Procedural rows: problems drawn from grammars, with the answer that follows by construction. No model is asked.

To add a kind: a module with `draw(rng, level) -> SolvedProblem`, its line in `KINDS`, its name in `params.Kind`, its test.
"""

from random import Random
from typing import Any, Final

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.generation.from_topics.procedural import (
    arithmetic,
    dates,
    equations,
    percentages,
    regular_expressions,
    sequences,
    units,
    value_tables,
)
from tasks.generation.from_topics.procedural.params import Procedural
from tasks.generation.from_topics.procedural.problem import Draw, SolvedProblem
from tasks.generation.method import Calls, Inputs, Method, Sizes
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Teacher

KINDS: Final[dict[str, Draw]] = {
    "arithmetic": arithmetic.draw,
    "equations": equations.draw,
    "percentages": percentages.draw,
    "sequences": sequences.draw,
    "units": units.draw,
    "dates": dates.draw,
    "tables": value_tables.draw,
    "regular_expressions": regular_expressions.draw,
}
TRIES: Final = 20
"""Draws in a row that gave only problems there are already; after so many a kind counts as used up."""


def make(_inputs: Inputs, params: Procedural, _teacher: Teacher | None, tools: Tools) -> Outcome:
    """`params.rows` different problems, the kinds and levels in turn; fewer where kinds are used up.

    Facts: rows of each kind, and which kinds were used up (`used_up`).
    """
    rows, seen = SortedRows(), set[str]()
    counts = dict.fromkeys(params.kinds, 0)
    left, number = list(params.kinds), 0
    while left and sum(counts.values()) < params.rows:
        kind = left[number % len(left)]
        level = params.levels[(number // len(left)) % len(params.levels)]
        if (problem := _new(kind, level, params.seed, number, seen)) is None:
            left.remove(kind)
        else:
            rows.keep(_row(kind, problem, params))
            counts[kind] += 1
        number += 1
        tools.progress(sum(counts.values()), params.rows)
    used_up = [kind for kind in params.kinds if kind not in left]
    facts: dict[str, Any] = {"kinds": counts, "used_up": used_up}
    if used_up:
        facts["warnings"] = [f"no more different problems of: {', '.join(used_up)}; {sum(counts.values()):,} rows made"]
    return rows.outcome(EXAMPLE, facts)


def _new(kind: str, level: str, seed: int, number: int, seen: set[str]) -> SolvedProblem | None:
    """A problem that was not drawn before; its instruction joins `seen`. None after TRIES draws of known ones."""
    for attempt in range(TRIES):
        problem = KINDS[kind](Random(f"{seed} {kind} {level} {number} {attempt}"), level)  # noqa: S311
        if problem.instruction not in seen:
            seen.add(problem.instruction)
            return problem
    return None


def _row(kind: str, problem: SolvedProblem, params: Procedural) -> Row:
    steps = "\n".join(problem.steps)
    apart = params.steps == "reasoning"
    working = steps if params.steps == "response" else ""
    return {
        "example_id": stable_id("procedural", kind, problem.instruction),
        "parent_id": stable_id("procedural", kind),
        "source": f"procedural/{kind}",
        "licence": params.licence,
        "origin": "synthetic",
        "method": "procedural",
        "answer_method": "by_construction",
        "generation": 0,
        "instruction": problem.instruction,
        "reasoning": steps if apart and steps else None,
        "response": f"{working}\n\n{problem.answer}" if working else problem.answer,
        "reference": problem.reference,
        "tests": problem.tests or None,
        "expects": problem.expects,
        "topic": kind.replace("_", " "),
        "category": problem.category,
        "difficulty": problem.level,
        "language": "en",
    }


def estimate(params: Procedural, _sizes: Sizes) -> Calls:
    """No calls."""
    return Calls(rows=params.rows)


METHOD: Final = Method(params=Procedural, inputs=("topics",), make=make, answered=True, version=2, estimate=estimate)
