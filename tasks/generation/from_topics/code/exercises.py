"""The first two rounds: exercises from topics and snippets, and test cases from the exercises, before anybody solves them.

OSS-Instruct (Wei et al. 2023, "Magicoder") for snippets; an exercise is a text and the signature of one function.
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tasks.core.schema import Row, stable_id
from tasks.generation.from_topics.code.cases import Case, Signature, cases, signature
from tasks.generation.from_topics.code.params import CodeRows
from tasks.generation.from_topics.code.seeds import Seed
from tasks.generation.novelty import novel
from tasks.generation.open_rows import answered
from tasks.teachers.prompts import Fence, Prompt, beside, closed, joined, load
from tasks.teachers.prompts.defects import Defect, instruction_defect
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Teacher

FROM_TOPIC, FROM_SNIPPET, TESTS, SOLUTION = beside(
    __file__, "code_from_topic", "code_from_snippet", "code_tests", "code_solution"
)
_EXERCISE: Final = closed(problem={"type": "string"}, signature={"type": "string"})
NO_SIGNATURE: Final = Signature("", "")
REASONS: Final = {
    "no_signature": "the teacher gave no first line of a function with arguments; detail: what it gave",
    "not_novel": "the exercise is much like an earlier one; detail: the similarity, and the other's id",
    "holds_code": "the text of the exercise holds code, so perhaps its own solution",
    "too_few_tests": "fewer different test cases than asked for could be read; detail: how many",
}


@dataclass
class Candidate:
    """A solution on its way."""

    number: int
    """Of the programs tried for the exercise, from 1."""
    approach: str
    program: str
    requests: list[str]
    marks: str = ""
    """A letter for each test case; empty where the program did not run."""
    why: str = ""
    """Its first error."""


@dataclass
class Exercise:
    """A row on its way: what is asked, the test cases, the solutions."""

    row: Row
    problem: str = ""
    signature: Signature = NO_SIGNATURE
    cases: list[Case] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    tried: int = 0
    """Programs tried so far."""

    @property
    def text(self) -> str:
        """What is asked of whoever solves it."""
        return f"{self.problem}\n\nSignature: {self.signature.line}"


def posed(seeds: Sequence[Seed], params: CodeRows, teacher: Teacher, rows: SortedRows) -> list[Exercise]:
    """`params.rows` exercises less those that failed or were rejected. Seeds, levels and personas take turns."""
    exercises, requests = [], []
    for number in range(params.rows):
        turn, seed = number // len(seeds), seeds[number % len(seeds)]
        level = params.levels[(number + turn) % len(params.levels)]
        persona = params.personas[(number + turn) % len(params.personas)] if params.personas else ""
        prompt = load(FROM_TOPIC if seed.kind == "topic" else FROM_SNIPPET)
        exercises.append(Exercise(_row(seed, level, persona, turn, teacher.name, prompt)))
        fence = Fence.around(seed.text)
        values = {"fence": fence.mark, "persona": persona, "level": level, "seed": fence.wrap(seed.kind, seed.text)}
        requests.append(prompt.request(values, _EXERCISE, sample=turn))
    left = [
        exercise for exercise, reply in answered(exercises, requests, teacher, rows) if _read(exercise, reply, rows)
    ]
    texts = [f"{one.signature.name.replace('_', ' ')}. {one.problem}" for one in left]
    return novel(left, texts, params.most_alike, rows)


def _row(seed: Seed, level: str, persona: str, turn: int, teacher: str, prompt: Prompt) -> Row:
    return {
        "example_id": stable_id("code", seed.parent_id, seed.text, level, persona, str(turn)),
        "parent_id": seed.parent_id,
        "source": seed.source,
        "licence": seed.licence,
        "origin": "synthetic",
        "method": "code",
        "answer_method": "executed",
        "teacher": teacher,
        "prompt_source": joined(prompt.mark, load(SOLUTION)),
        "persona": persona or None,
        "requests": [],
        "generation": 1,
        "expects": "code",
        "topic": seed.text if seed.kind == "topic" else None,
        "category": "coding",
        "difficulty": level,
        "language": "en",
    }


def _read(exercise: Exercise, reply: Completion, rows: SortedRows) -> bool:
    """Fills in what is asked; False where that was rejected."""
    exercise.problem = exercise.row["instruction"] = reply.data["problem"].strip()
    found = signature(reply.data["signature"])
    defect = instruction_defect(exercise.problem)
    if "```" in exercise.problem or "\ndef " in f"\n{exercise.problem}":
        defect = Defect("holds_code", "")
    if defect is None and found is None:
        defect = Defect("no_signature", reply.data["signature"][:200])
    if defect is not None or found is None:
        rows.reject(exercise.row, *(defect or ("no_signature", "")))
        return False
    exercise.signature = found
    return True


def tested(exercises: Sequence[Exercise], params: CodeRows, teacher: Teacher, rows: SortedRows) -> list[Exercise]:
    """The exercises for which enough test cases could be read."""
    prompt = load(TESTS)
    schema = closed(assertions={"type": "array", "items": {"type": "string"}, "maxItems": params.tests})
    requests = []
    for exercise in exercises:
        fence = Fence.around(exercise.text)
        values: dict[str, str | int] = {
            "fence": fence.mark,
            "count": params.tests,
            "problem": fence.wrap("exercise", exercise.text),
        }
        requests.append(prompt.request(values, schema))
    left = []
    for exercise, reply in answered(exercises, requests, teacher, rows):
        exercise.cases = cases(reply.data["assertions"], exercise.signature.name)
        if len(exercise.cases) < params.least_tests:
            rows.reject(exercise.row, "too_few_tests", f"{len(exercise.cases)} of {params.least_tests}")
        else:
            left.append(exercise)
    return left


def stray(program: str) -> str:
    """What a program does at its top level beside defining things; empty where it does nothing, or does not parse."""
    try:
        body = ast.parse(program).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    for node in body:
        called = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
        if called or isinstance(node, ast.If | ast.For | ast.While | ast.Assert | ast.With | ast.Try):
            return f"line {node.lineno}: code at the top level beside definitions"
    return ""
