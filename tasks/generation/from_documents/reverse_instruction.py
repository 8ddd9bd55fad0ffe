"""Reverse instruction: what a person wrote becomes the response, and a teacher finds the instruction it answers.

After Köksal et al. 2023 ("LongForm") and Li et al. 2023 ("Self-Alignment with Instruction Backtranslation"): long human
text, and no hallucinations in what the model will learn to say.
"""

import re
from typing import Annotated, Final, Literal

from pydantic import Field

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.generation.from_documents.templates.lint import CATEGORIES
from tasks.generation.method import Calls, Inputs, Method, MethodParams, Sizes
from tasks.teachers.prompts import Fence, Prompt, beside, closed, defects, load
from tasks.teachers.prompts.defects import Defect
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Failure, Request, Teacher
from tasks.text.words import words

PROMPTS: Final = beside(__file__, "reverse_instruction")
"""The prompt texts that the stage's key must cover."""
COPIED_RUN: Final = 8
"""Words in a row that instruction and passage may not share; the length of the n-grams used in decontamination."""
SCHEMA: Final = closed(
    self_contained={"type": "boolean"},
    instruction={"type": "string"},
    category={"type": "string", "enum": list(CATEGORIES)},
)
_LEANS_BACK: Final = re.compile(
    r"(?:he|him|his|she|her|it|its|they|them|their|this|that|these|those|such|here|there|however|therefore|thus"
    r"|hence|also|"
    r"then|moreover|furthermore|nevertheless|otherwise|instead|but|and|or|so|yet|nor|as (?:above|before|mentioned"
    r"|noted)|"
    r"in (?:this|that|these|such|addition|contrast|other words)|on the (?:contrary|other hand)|for (?:example"
    r"|instance)|"
    r"the (?:former|latter|following|above|same|result))\b",
    re.IGNORECASE,
)
_OPENS: Final = re.compile(r"[\W_]*[A-Z0-9]")
_CLOSES: Final = re.compile(r"[.!?…][\W_]*$")


class ReverseInstruction(MethodParams):
    """A passage that a person wrote becomes the response; a teacher writes the instruction that it answers."""

    method: Literal["reverse_instruction"] = "reverse_instruction"

    persona: str = "You are an editor who knows this subject well."
    """The role that the teacher is given; one or two sentences in the second person."""
    min_words: Annotated[int, Field(ge=1)] = 40
    """Words a passage must have to become a response."""
    max_words: Annotated[int, Field(ge=1)] = 400
    """Words a passage may have to become a response."""
    kinds: tuple[str, ...] = ("prose",)
    """Kinds of chunks that may become responses."""
    most: Annotated[int | None, Field(ge=0)] = None
    """Passages used at most, drawn from the whole corpus; empty: all."""


def make(inputs: Inputs, params: ReverseInstruction, teacher: Teacher | None, tools: Tools) -> Outcome:
    """EXAMPLE rows whose response is a whole passage of `inputs.documents`, verbatim, with the passage as evidence.

    Rejects with not_self_contained, too_short, too_long, echo, refusal, copied_marker and prompt_leakage; a question that
    got no answer is a failed row. Raises what the teacher raises.
    """
    assert inputs.documents is not None
    assert teacher is not None
    sorted_rows = SortedRows()
    passages = _chosen([row for row in inputs.documents.to_pylist() if _fits(row, params)], params.most)
    prompt = load(*PROMPTS)
    replies = teacher.ask([_question(prompt, passage, params) for passage in passages])
    for passage, reply in zip(passages, replies, strict=True):
        row = _row(passage, prompt, teacher.name, reply.request_hash)
        if isinstance(reply, Failure):
            sorted_rows.fail(row, reply)
        else:
            row |= {"instruction": reply.data["instruction"].strip(), "category": reply.data["category"]}
            fault = _fault(row, reply.data["self_contained"])
            sorted_rows.reject(row, *fault) if fault else sorted_rows.keep(row)
    tools.progress(len(passages), len(passages))
    return sorted_rows.outcome(EXAMPLE, {"passages": len(passages)})


def self_contained(text: str) -> bool:
    """Whether `text` can be read on its own, as far as its edges tell: it opens with a capital and not with a word that
    leans on what came before, and closes a sentence."""
    return bool(_OPENS.match(text) and _CLOSES.search(text)) and not _LEANS_BACK.match(text.lstrip("\"“‘'(*_ \n\t"))


def _fits(chunk: Row, params: ReverseInstruction) -> bool:
    return (
        chunk["kind"] in params.kinds
        and "instruction_like" not in (chunk["flags"] or ())
        and params.min_words <= len(words(chunk["text"])) <= params.max_words
        and self_contained(chunk["text"].strip())
    )


def _chosen(passages: list[Row], most: int | None) -> list[Row]:
    """At most `most` of `passages`, in their order; which ones depends on each passage alone, so a document that joins the
    corpus moves few of the others."""
    drawn = sorted(passages, key=lambda row: stable_id("reverse", row["chunk_id"]))[:most]
    ids = {row["chunk_id"] for row in drawn}
    return [row for row in passages if row["chunk_id"] in ids]


def _question(prompt: Prompt, passage: Row, params: ReverseInstruction) -> Request:
    place = " › ".join([passage["title"] or "untitled", *(passage["headings"] or ())])
    fence = Fence.around(place, passage["text"])
    values = {
        "persona": params.persona,
        "fence": fence.mark,
        "categories": ", ".join(CATEGORIES),
        "place": fence.wrap("place", place),
        "passage": fence.wrap("passage", passage["text"]),
    }
    return prompt.request(values, SCHEMA)


def _row(passage: Row, prompt: Prompt, teacher: str, request_hash: str) -> Row:
    text = passage["text"]
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    return {
        "example_id": stable_id("reverse", passage["chunk_id"]),
        "parent_id": passage["chunk_id"],
        "response": text[start:end],
        "source": passage["source"],
        "origin": "human",
        "method": "reverse_instruction",
        "answer_method": "human",
        "teacher": teacher,
        "prompt_source": prompt.mark,
        "requests": [request_hash],
        "evidence": [{"chunk_id": passage["chunk_id"], "start": start, "end": end}],
        "licence": passage["licence"],
        "generation": 1,
        "difficulty": "medium",
    }


def _fault(row: Row, whole: bool) -> Defect | None:
    instruction, response = row["instruction"], row["response"]
    if not whole:
        return Defect("not_self_contained", "in the teacher's judgement")
    asked, said = words(instruction), f" {' '.join(words(response))} "
    for start in range(len(asked) - COPIED_RUN + 1):
        run = " ".join(asked[start : start + COPIED_RUN])
        if f" {run} " in said:
            return Defect("echo", run)
    return defects.instruction_defect(instruction)


def estimate(params: ReverseInstruction, sizes: Sizes) -> Calls:
    """One question for each passage."""
    passages = sizes.passages if params.most is None else min(sizes.passages, params.most)
    return Calls(passages, sizes.passage_tokens, passages)


METHOD: Final = Method(
    params=ReverseInstruction,
    inputs=("documents",),
    make=make,
    teacher="required",
    version=2,
    prompts=PROMPTS,
    estimate=estimate,
)
