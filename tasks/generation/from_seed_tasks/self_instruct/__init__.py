"""Self-Instruct: from tasks that people wrote, a teacher makes new ones, and answers them."""

import math
from typing import Final

from tasks.core.outcome import Outcome, Tools
from tasks.generation.from_seed_tasks.self_instruct import seed_tasks
from tasks.generation.from_seed_tasks.self_instruct.consistency import examine
from tasks.generation.from_seed_tasks.self_instruct.growth import LEAST_SHARE, Growth
from tasks.generation.from_seed_tasks.self_instruct.params import SelfInstruct
from tasks.generation.from_seed_tasks.self_instruct.published_filters import REASONS
from tasks.generation.from_seed_tasks.self_instruct.questions import PROMPTS
from tasks.generation.method import Calls, Inputs, Method, Sizes
from tasks.teachers.protocol import Teacher

EXAMPLE_TOKENS: Final = 400
"""Of the examples in an average request, without guidelines."""


def make(_inputs: Inputs, params: SelfInstruct, teacher: Teacher | None, tools: Tools) -> Outcome:
    """`params.rows` rows with instruction and response; the parent of each is the task most like it of those that were shown.

    Rejects `not_novel`, what the published filters find, answers that cannot stand, `label_disputed` and `surplus`; a request that
    got no answer is a failed row. Facts: `seeds`, `rounds`, `distinct_tasks`, `classification_tasks`, `with_input`. Raises
    BadInput where there are no seed tasks, and what the teacher raises.
    """
    assert teacher is not None
    seeds = seed_tasks.read(params.seed_tasks, params.guidelines)
    examined = examine(seeds, params.similarity, params.rows)
    outcome = Growth(params, seeds, teacher).run(tools)
    facts = examined | outcome.facts | {"warnings": [*examined["warnings"], *outcome.facts["warnings"]]}
    return Outcome(outcome.kept, outcome.rejected, outcome.failed, facts)


def estimate(params: SelfInstruct, _sizes: Sizes) -> Calls:
    """New tasks as if one in ten were new, within the rounds; an answer for each row, and a second look at each label."""
    proposing = math.ceil(params.rows / (params.per_request * LEAST_SHARE))
    proposing = min(params.most_rounds * params.batch, proposing)
    checks = math.ceil(params.rows * params.classification) if params.confirm_labels else 0
    return Calls(proposing + params.rows + checks, EXAMPLE_TOKENS, params.rows)


METHOD: Final = Method(
    params=SelfInstruct,
    inputs=("seed_tasks",),
    make=make,
    answered=True,
    teacher="required",
    version=2,
    prompts=PROMPTS,
    reasons=REASONS,
    estimate=estimate,
)
