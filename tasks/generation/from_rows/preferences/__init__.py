"""Preferences: pairs of a better and a worse answer, and scored answers."""

from typing import Final

from tasks.generation.from_rows import answering, judging
from tasks.generation.from_rows.preferences.pairs import REASONS
from tasks.generation.from_rows.preferences.params import Preferences
from tasks.generation.from_rows.preferences.preferences import make
from tasks.generation.method import Calls, Method, Sizes


def estimate(params: Preferences, sizes: Sizes) -> Calls:
    """The answers to each chosen row, the pair judged twice, and each answer scored where scores are asked for."""
    asked, tokens = params.chosen(sizes.rows), sizes.passage_tokens
    if params.source == "edits":
        return Calls(rows=asked)
    two = params.source == "teachers"
    answers = asked * (2 if two else params.samples)
    scores = answers if params.scores else 0
    judge = Calls(2 * asked + scores, 2 * tokens + judging.rubric_tokens(params.score_rubric))
    own = Calls(asked if two else answers, tokens, asked + scores)
    others = {params.weak: Calls(asked, tokens)} if two else {}
    name = params.judge or params.teacher
    if name == params.teacher:
        return Calls(own.requests + judge.requests, judge.context_tokens, own.rows, others)
    if name in others:
        judge = Calls(judge.requests + asked, judge.context_tokens)
    return Calls(own.requests, tokens, own.rows, others | {name: judge})


METHOD: Final = Method(
    params=Preferences,
    inputs=("rows", "documents"),
    make=make,
    teacher="required",
    version=3,
    prompts=(*answering.PROMPTS, *judging.PROMPTS),
    reasons={**REASONS, **judging.REASONS},
    libraries=("sympy", "math-verify", "latex2sympy2-extended"),
    estimate=estimate,
)
