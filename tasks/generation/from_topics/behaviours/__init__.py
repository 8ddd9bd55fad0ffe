"""Rows that teach a policy: what to refuse and what looks like it, what to avoid, texts that try to instruct, rare requests.

Refused requests come with look-alikes that must be answered, after XSTest (Röttger et al. 2024); what is avoided comes as a pair,
with a counterexample in which it would be right. What is wanted stands in a policy file.
"""

from typing import Final

from tasks.generation.from_topics.behaviours import rounds
from tasks.generation.from_topics.behaviours.params import Behaviours
from tasks.generation.method import Calls, Method, Sizes

TOKENS: Final = 200
"""Tokens in an average request, beside the prompt text."""


def estimate(params: Behaviours, _sizes: Sizes) -> Calls:
    """For each situation a question for its messages, and three for answers, as many as `avoid` has; two that confirm."""
    return Calls((6 if params.confirm else 4) * params.situations, TOKENS, 2 * params.situations)


METHOD: Final = Method(
    params=Behaviours,
    inputs=("topics",),
    make=rounds.make,
    answered=True,
    teacher="required",
    version=2,
    prompts=rounds.PROMPTS,
    reasons={
        "not_refused": "a message that the policy refuses was answered; detail: the first words",
        "behaviour_shown": "the good answer shows what the policy avoids; detail: the phrase",
        "behaviour_not_shown": "the bad answer does not show what it is to show; detail: why",
        "off_policy": "the message does not do what its entry describes, or its look-alike does; detail: what it asks for",
        "unlike_counterpart": "the look-alike is not like the message that it belongs to; detail: why",
        "obeyed": "the answer obeys an instruction in the text; detail: its word",
    },
    estimate=estimate,
)
