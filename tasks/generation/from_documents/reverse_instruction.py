"""Reverse instruction: what a person wrote becomes the response, and a teacher finds the instruction it answers.

After Köksal et al. 2023 ("LongForm") and Li et al. 2023 ("Self-Alignment with Instruction Backtranslation"): long human
text, and no hallucinations in what the model will learn to say. As in the latter, a judge scores how well the two fit, and what
fits best are the examples of the next round.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from tasks.core.outcome import Outcome, Tools
from tasks.core.params import CONTENT
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.generation.from_documents.human_passages import HumanPassage, PassageSize, drawn_passages, human_passages
from tasks.generation.from_documents.templates.lint import CATEGORIES
from tasks.generation.from_documents.whole_documents import WholeDocuments
from tasks.generation.method import Calls, Inputs, Method, MethodParams, Sizes
from tasks.teachers.prompts import Fence, Prompt, beside, closed, defects, load
from tasks.teachers.prompts.defects import Defect
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Failure, Request, Teacher
from tasks.text.words import words

PROMPTS: Final = beside(__file__, "reverse_instruction", "reverse_fit")
"""The prompt texts that the stage's key must cover."""
_INSTRUCTION, _FIT = PROMPTS
BEST: Final = 5
"""How well an instruction must fit its passage to be an example for others: the best on the scale of Li et al. 2023."""
EXAMPLES: Final = 3
"""Instructions shown as examples at a time."""
COPIED_RUN: Final = 8
"""Words in a row that instruction and passage may not share; the length of the n-grams used in decontamination."""
SCHEMA: Final = closed(
    self_contained={"type": "boolean"},
    instruction={"type": "string"},
    category={"type": "string", "enum": list(CATEGORIES)},
)
FIT: Final = closed(reason={"type": "string"}, fit={"type": "integer", "enum": [1, 2, 3, 4, 5]})


class ReverseInstruction(MethodParams):
    """A passage that a person wrote becomes the response; a teacher writes the instruction that it answers."""

    method: Literal["reverse_instruction"] = "reverse_instruction"

    persona: str = "You are an editor who knows this subject well."
    """The role that the teacher is given; one or two sentences in the second person."""
    tokens: Annotated[int | None, Field(ge=50)] = None
    """Tokens that a response may have at most: neighbouring passages of a section are joined up to that. Empty: single passages."""
    tokenizer: Annotated[Path | None, CONTENT] = None
    """A tokenizer.json, that of the model to be trained, by which `tokens` are counted; empty: the packaged one, Llama 2's."""
    min_words: Annotated[int, Field(ge=1)] = 40
    """Words a response must have."""
    max_words: Annotated[int, Field(ge=1)] = 400
    """Words a single passage may have to become a response; where passages are joined, `tokens` says it."""
    kinds: tuple[str, ...] = ("prose",)
    """Kinds of chunks that may become responses."""
    most: Annotated[int | None, Field(ge=0)] = None
    """Responses made at most, drawn from the whole corpus; empty: all."""
    min_fit: Annotated[int, Field(ge=0, le=5)] = 4
    """How well response and instruction must fit each other, in the teacher's judgement from 1 to 5. 0: it is not asked."""
    rounds: Annotated[int, Field(ge=1, le=10)] = 1
    """Parts in which the passages are asked about, one after the other: what fits best in one is an example in the next."""

    @model_validator(mode="after")
    def _judged(self) -> "ReverseInstruction":
        if self.rounds > 1 and not self.min_fit:
            raise ValueError("`rounds` need `min_fit`: only what was found to fit can be an example")
        return self


def make(inputs: Inputs, params: ReverseInstruction, teacher: Teacher | None, tools: Tools) -> Outcome:
    """EXAMPLE rows whose response is a whole passage of `inputs.documents`, or neighbouring ones, verbatim and as evidence.

    Rejects with not_self_contained, poor_fit, too_short, too_long, echo, refusal, copied_marker and prompt_leakage; a question
    that got no answer is a failed row. Facts: `passages`, and for each round in `fit` how many instructions got which number.
    Raises what the teacher raises.
    """
    assert inputs.documents is not None
    assert teacher is not None
    sorted_rows, prompt = SortedRows(), load(_INSTRUCTION)
    size = PassageSize(params.min_words, params.max_words, params.tokens, params.kinds)
    found = human_passages(WholeDocuments(inputs.documents, params.tokenizer), size)
    passages = drawn_passages(found, params.most)
    examples: list[str] = []
    fits: list[dict[str, int]] = []
    for number in range(params.rounds):
        part = [p for p in passages if int(stable_id("round", p.name), 16) % params.rounds == number]
        replies = teacher.ask([_question(prompt, passage, params, examples) for passage in part])
        made = [_row(passage, prompt, teacher.name, reply) for passage, reply in zip(part, replies, strict=True)]
        good = [row for row, reply in zip(made, replies, strict=True) if _written(row, reply, sorted_rows)]
        scored = _judged(good, params, teacher, sorted_rows) if params.min_fit else dict.fromkeys(range(len(good)), 0)
        for at, fit in scored.items():
            sorted_rows.keep(good[at])
            examples += [good[at]["instruction"]] if fit == BEST else []
        fits.append(dict(sorted(Counter(map(str, scored.values())).items())))
        tools.progress(number + 1, params.rounds)
    return sorted_rows.outcome(EXAMPLE, {"passages": len(passages), "fit": fits})


def _question(prompt: Prompt, passage: HumanPassage, params: ReverseInstruction, examples: Sequence[str]) -> Request:
    first = passage.chunks[0]
    place = " › ".join([first["title"] or "untitled", *(first["headings"] or ())])
    shown = "\n".join(_drawn(passage.name, examples)) or "none yet"
    fence = Fence.around(place, shown, passage.text)
    values = {
        "persona": params.persona,
        "fence": fence.mark,
        "categories": ", ".join(CATEGORIES),
        "examples": fence.wrap("examples", shown),
        "place": fence.wrap("place", place),
        "passage": fence.wrap("passage", passage.text),
    }
    return prompt.request(values, SCHEMA)


def _drawn(name: str, examples: Sequence[str]) -> list[str]:
    """A few of `examples`, others for each passage, so that no three shape all instructions."""
    return sorted(set(examples), key=lambda example: stable_id(name, example))[:EXAMPLES]


def _row(passage: HumanPassage, prompt: Prompt, teacher: str, reply: Completion | Failure) -> Row:
    first, text = passage.chunks[0], passage.text
    spans = [
        {"chunk_id": c["chunk_id"], "start": len(t) - len(t.lstrip()), "end": len(t.rstrip())}
        for c in passage.chunks
        if (t := c["text"])
    ]
    return {
        "example_id": passage.name,
        "parent_id": first["chunk_id"],
        "response": text.strip(),
        "source": first["source"],
        "origin": "human",
        "method": "reverse_instruction",
        "answer_method": "human",
        "teacher": teacher,
        "prompt_source": prompt.mark,
        "requests": [reply.request_hash],
        "evidence": spans,
        "licence": first["licence"],
        "generation": 1,
        "difficulty": "medium",
    }


def _written(row: Row, reply: Completion | Failure, sorted_rows: SortedRows) -> bool:
    """Whether an instruction that can be used was found for `row`, which leaves otherwise."""
    if isinstance(reply, Failure):
        sorted_rows.fail(row, reply)
        return False
    row |= {"instruction": reply.data["instruction"].strip(), "category": reply.data["category"]}
    if fault := _fault(row, reply.data["self_contained"]):
        sorted_rows.reject(row, *fault)
    return fault is None


def _judged(
    rows: Sequence[Row], params: ReverseInstruction, teacher: Teacher, sorted_rows: SortedRows
) -> dict[int, int]:
    """How well instruction and response fit, by number of the row; those that fit too badly leave."""
    prompt, found = load(_FIT), {}
    requests = []
    for row in rows:
        fence = Fence.around(row["instruction"], row["response"])
        values = {name: fence.wrap(name, row[name]) for name in ("instruction", "response")}
        requests.append(prompt.request({"fence": fence.mark, **values}, FIT))
    for at, (row, reply) in enumerate(zip(rows, teacher.ask(requests), strict=True)):
        row["requests"] = [*row["requests"], reply.request_hash]
        if isinstance(reply, Failure):
            sorted_rows.fail(row, reply)
        elif reply.data["fit"] < params.min_fit:
            sorted_rows.reject(row, "poor_fit", f"{reply.data['fit']}: {reply.data['reason']}")
        else:
            found[at] = reply.data["fit"]
    return found


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
    """One question for each passage, and one for how well its answer fits."""
    passages, tokens = sizes.passages, sizes.passage_tokens
    if params.tokens is not None:
        passages, tokens = -(-passages * tokens // params.tokens), params.tokens
    passages = passages if params.most is None else min(passages, params.most)
    return Calls((2 if params.min_fit else 1) * passages, tokens, passages)


METHOD: Final = Method(
    params=ReverseInstruction,
    inputs=("documents",),
    make=make,
    answered=True,
    teacher="required",
    version=3,
    prompts=PROMPTS,
    reasons={"poor_fit": "instruction and response do not fit each other; detail: the teacher's number and reason"},
    libraries=("wordllama", "tokenizers"),
    estimate=estimate,
)
