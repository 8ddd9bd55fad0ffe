"""Evol-Instruct: instructions made harder by a teacher, and answered anew."""

import math
from typing import Final

from tasks.core.outcome import Outcome, Tools
from tasks.generation.from_rows.evol_instruct.evolution import PROMPTS, EvolInstruct, evolve
from tasks.generation.method import Calls, Inputs, Method, Sizes
from tasks.teachers.protocol import Teacher


def make(inputs: Inputs, params: EvolInstruct, teacher: Teacher | None, tools: Tools) -> Outcome:
    """The rows evolved from `inputs.rows`; see `evolution.evolve`."""
    assert inputs.rows is not None
    assert teacher is not None
    return evolve(inputs.rows, inputs.documents, params, teacher, tools)


def estimate(params: EvolInstruct, sizes: Sizes) -> Calls:
    """Every chosen row is rewritten, judged if asked for, and answered in each round."""
    chosen = math.ceil(sizes.rows * params.share)
    chosen = min(chosen, params.most) if params.most is not None else chosen
    requests = chosen * params.rounds * (3 if params.judge else 2)
    return Calls(requests, sizes.passage_tokens * 2, chosen * params.rounds)


METHOD: Final = Method(
    params=EvolInstruct,
    inputs=("rows", "documents"),
    make=make,
    teacher="required",
    prompts=PROMPTS,
    estimate=estimate,
)
