"""Responses: an instruction is answered several times, and the best answer is kept."""

from typing import Final

from tasks.generation.from_rows import answering, judging
from tasks.generation.from_rows.responses.responses import REASONS, Responses, make
from tasks.generation.method import Calls, Method, Sizes


def estimate(params: Responses, sizes: Sizes) -> Calls:
    """So many answers to each chosen row, and as many judgements where a judge chooses."""
    asked = params.chosen(sizes.rows)
    requests = asked * params.samples
    if params.choose == "agreement":
        return Calls(requests, sizes.passage_tokens, asked)
    judging_too = Calls(requests, sizes.passage_tokens + judging.rubric_tokens(params.rubric))
    if len(params.teacher_names()) == 1:
        return Calls(2 * requests, judging_too.context_tokens, asked)
    return Calls(requests, sizes.passage_tokens, asked, {params.judge: judging_too})


METHOD: Final = Method(
    params=Responses,
    inputs=("rows", "documents"),
    make=make,
    version=3,
    teacher="required",
    prompts=(*answering.PROMPTS, *judging.PROMPTS),
    reasons=REASONS,
    libraries=("sympy", "math-verify", "latex2sympy2-extended"),
    estimate=estimate,
)
