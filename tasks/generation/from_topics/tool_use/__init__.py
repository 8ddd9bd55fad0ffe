"""Conversations that call tools: a user's request, an assistant's calls, what the tools give back, an answer.

After ToolLLM (Qin et al. 2023) and ToolACE (Liu et al. 2024): a model writes the request and plays the assistant, every call is
validated and executed, and a rule checks that the conversation shows what it was made for. Tools without a function or server of
their own are simulated (StableToolBench, Guo et al. 2024).
"""

from typing import Final

from tasks.generation.from_topics.tool_use import rounds, simulated
from tasks.generation.from_topics.tool_use.params import ToolUse
from tasks.generation.method import Calls, Method, Sizes

TOKENS: Final = 700
"""Tokens in an average request, beside the prompt text: four tools and a conversation."""


def estimate(params: ToolUse, _sizes: Sizes) -> Calls:
    """A request, `steps` turns and, where the teacher plays the tools, as many results for each row, at most."""
    played = 0 if params.python or params.http else params.steps
    return Calls(params.rows * (1 + params.steps + played), TOKENS, params.rows)


METHOD: Final = Method(
    params=ToolUse,
    inputs=("topics",),
    make=rounds.make,
    answered=True,
    teacher="required",
    prompts=(*rounds.PROMPTS, *simulated.PROMPTS),
    version=3,
    libraries=("jsonschema",),
    reasons={
        "case_unmet": "the conversation does not show what it was made for; detail: the case, and what is missing",
        "unknown_tool": "a call names a tool that was not offered; detail: its name",
        "wrong_arguments": "a call's arguments do not fit the tool's parameters; detail: the tool, where, and what is wrong",
        "invented_argument": "a call has a value that nobody said and no tool gave; detail: the tool, the argument and the value",
        "tool_failed": "the last call of a tool gave an error; detail: the error",
        "ungrounded_answer": "the answer has a number or name that stands in no result; detail: which",
        "names_tool": "the request or the answer speaks of a tool by its name; detail: the name",
        "too_many_steps": "the conversation had no answer after `steps` turns",
    },
    estimate=estimate,
)
