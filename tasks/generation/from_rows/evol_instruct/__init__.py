"""Evol-Instruct: instructions made harder by a teacher, and answered anew."""

from typing import Final

from tasks.generation.from_rows.evol_instruct.evolution import PROMPTS, make
from tasks.generation.from_rows.evol_instruct.params import EvolInstruct
from tasks.generation.method import Calls, Method, Sizes, share_of


def estimate(params: EvolInstruct, sizes: Sizes) -> Calls:
    """Every chosen row is rewritten, judged if asked for, and answered in each round."""
    chosen = share_of(sizes.rows, params.share, params.most)
    requests = chosen * params.rounds * (3 if params.judge else 2)
    return Calls(requests, sizes.passage_tokens * 2, chosen * params.rounds)


METHOD: Final = Method(
    params=EvolInstruct,
    inputs=("rows", "documents"),
    make=make,
    teacher="required",
    version=4,
    prompts=PROMPTS,
    reasons={
        "many_questions": "the evolved instruction asks more questions than one answer can take up; detail: how many",
    },
    estimate=estimate,
)
