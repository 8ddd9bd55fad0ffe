"""Paraphrase: the same request in other words and another register, beside the response that there is.

Paraphrases of an instruction make a model less sensitive to its wording (Zhou et al. 2022, "Prompt Consistency for Zero-Shot Task
Generalization"; Sun et al. 2023, "Evaluating the Zero-shot Robustness of Instruction-tuned Language Models"). As the response
stays, a new wording is kept only if whatever an answer depends on is unchanged by rule (`tasks.text.kept_meaning`), and if it is
similar enough, but not equal, to the old one.
"""

from collections import Counter
from typing import Annotated, Final, Literal

from pydantic import Field

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, stable_id
from tasks.generation.from_rows.rewording import (
    Parts,
    RewordingParams,
    Wording,
    WordingCheck,
    chosen,
    on_one_line,
    variant,
)
from tasks.generation.method import Calls, Inputs, Method, Sizes, share_of
from tasks.teachers.prompts import Fence, Prompt, beside, closed, joined, load
from tasks.teachers.protocol import Request, Teacher

PROMPTS: Final = beside(__file__, "paraphrase")
_REPLY: Final = closed(instruction={"type": "string"})


class Paraphrase(RewordingParams):
    """The same request in other words, beside the response that there is."""

    method: Literal["paraphrase"] = "paraphrase"

    registers: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "formal and precise",
        "casual, as in a message to a friend",
        "terse, as few words as possible",
        "simple, as a child of ten would ask",
    )
    """Ways of speaking, taken in turn; which one a row begins with depends on the row. The one used stands in `persona`."""
    each: Annotated[int, Field(ge=1, le=20)] = 1
    """Paraphrases asked for each row, every one in another register where there are enough."""


def make(inputs: Inputs, params: Paraphrase, teacher: Teacher | None, tools: Tools) -> Outcome:
    """Rows of `inputs.rows` (EXAMPLE) whose request is said in other words; each names its parent and keeps its response.

    Rejects what `instruction_defect` finds, near_equal, too_long, too_far, meaning_changed, answer_given, duplicate_instruction.
    Facts: asked and kept by register, quartiles of the similarity. Raises what the teacher raises.
    """
    assert inputs.rows is not None
    assert teacher is not None
    prompt, check = load(*PROMPTS), WordingCheck.over(inputs.rows, params)
    asked: list[Wording] = []
    for row, parts in chosen(inputs.rows, params):
        turn = int(stable_id("register", row["example_id"]), 16)
        for number in range(params.each):
            made = variant(
                row,
                "paraphrase",
                register := params.registers[(turn + number) % len(params.registers)],
                str(number),
                operator="paraphrase",
                persona=register,
                teacher=teacher.name,
                prompt_source=joined(row["prompt_source"], prompt),
                requests=[],
                generation=(row["generation"] or 0) + 1,
            )
            asked.append(Wording(made, parts, row["response"]))
    requests = [_question(prompt, each.parts, each.row["persona"], at % params.each) for at, each in enumerate(asked)]
    answered = check.answered(asked, requests, teacher)
    for wording, reply in answered:
        wording.request = on_one_line(reply.data["instruction"], wording.parts)
    check.decide([wording for wording, _ in answered], "persona")
    tools.progress(len(asked), len(asked))
    registers = dict(sorted(Counter(each.row["persona"] for each in asked).items()))
    return check.sorted_rows.outcome(EXAMPLE, {"asked": registers, **check.facts()})


def _question(prompt: Prompt, parts: Parts, register: str, sample: int) -> Request:
    fence = Fence.around(parts.request)
    values = {"fence": fence.mark, "register": register, "request": fence.wrap("request", parts.request)}
    return prompt.request(values, _REPLY, sample=sample)


def estimate(params: Paraphrase, sizes: Sizes) -> Calls:
    """`each` requests for every chosen row."""
    asked = params.each * share_of(sizes.rows, params.share, params.most)
    return Calls(requests=asked, context_tokens=params.most_words, rows=asked)


METHOD: Final = Method(
    params=Paraphrase,
    inputs=("rows",),
    make=make,
    version=2,
    teacher="required",
    prompts=PROMPTS,
    estimate=estimate,
)
