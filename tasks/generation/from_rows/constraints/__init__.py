"""Constraints: rows made harder by a constraint on the response that code can check, without a model.

To add one: a check in `tasks/text/constraints.py`, a builder in `builders.py`, its phrasings in `demands.yaml`, its name in
`params.py`.
"""

from typing import Final

from tasks.core.outcome import Outcome, Tools
from tasks.generation.from_rows.constraints.params import Constraints
from tasks.generation.method import Calls, Inputs, Method, Sizes
from tasks.teachers.protocol import Teacher


def make(inputs: Inputs, params: Constraints, _teacher: Teacher | None, tools: Tools) -> Outcome:
    """The rows made from `inputs.rows`; see `by_rule.evolve`."""
    from tasks.generation.from_rows.constraints import by_rule

    assert inputs.rows is not None
    return by_rule.evolve(inputs.rows, params, tools)


def estimate(params: Constraints, sizes: Sizes) -> Calls:
    """No calls; so many rows at most."""
    return Calls(rows=int(params.share * sizes.rows))


METHOD: Final = Method(params=Constraints, inputs=("rows",), make=make, version=5, estimate=estimate)
