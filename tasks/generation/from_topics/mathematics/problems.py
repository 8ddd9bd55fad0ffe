"""Problems to be solved: invented on topics, or read from a file together with their answers."""

from dataclasses import dataclass
from typing import Final

from tasks.containers.reference_rows import rows_of_file
from tasks.core.errors import BadInput
from tasks.core.schema import Row, stable_id
from tasks.generation.from_topics.mathematics.params import MathematicsRows
from tasks.generation.novelty import novel
from tasks.generation.open_rows import answered
from tasks.teachers.prompts import Fence, beside, closed, load
from tasks.teachers.prompts.defects import instruction_defect
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Request, Teacher
from tasks.text.final_answers import marked, stripped

(PROBLEM,) = beside(__file__, "mathematics_problem")
QUESTION: Final = closed(question={"type": "string"})
LONGEST_ANSWER: Final = 60
"""Characters of an answer that can be compared."""
REASONS: Final = {
    "not_novel": "the problem is much like an earlier one; detail: the similarity, and the other's id",
    "no_known_answer": "the file gives no short final answer; detail: how its answer ends",
}


@dataclass
class OpenProblem:
    """A row on its way."""

    row: Row
    question: str = ""
    reference: str | None = None
    """The right answer, where it is known before anybody solves it."""


def known(params: MathematicsRows, rows: SortedRows) -> list[OpenProblem]:
    """The problems of the file `params.known`, with their answers. Raises BadInput for a file without any."""
    if params.known is None:
        return []
    found, source = [], f"mathematics/{params.known.name}"
    table = rows_of_file(params.known, "mathematics.known").slice(0, params.rows)
    questions = dict.fromkeys(row["instruction"].strip() for row in table.to_pylist() if row["instruction"])
    answers = {row["instruction"].strip(): row["response"] or "" for row in table.to_pylist() if row["instruction"]}
    for question in questions:
        row = base_row(stable_id("mathematics", question), source, params.known_licence, question)
        answer = known_answer(answers[question])
        if answer is None:
            rows.reject(row, "no_known_answer", answers[question][-60:])
        else:
            found.append(OpenProblem(row, question, answer))
    if not found:
        raise BadInput(
            f"mathematics.known: {params.known} has no problem with a short final answer; name a file that has"
        )
    return found


def known_answer(text: str) -> str | None:
    """The final answer that a solution marks, or a text that is short enough to be one: with a number, or of three words."""
    mark = marked(text)
    answer = stripped(mark.answer if mark else text)
    short = len(answer) <= LONGEST_ANSWER and (any(map(str.isdigit, answer)) or len(answer.split()) <= 3)
    return answer if answer and "\n" not in answer and short else None


def base_row(parent: str, source: str, licence: str, *made_of: str) -> Row:
    """The columns that every row has from its beginning."""
    return {
        "example_id": stable_id("mathematics", parent, *made_of),
        "parent_id": parent,
        "source": source,
        "licence": licence,
        "origin": "synthetic",
        "method": "mathematics",
        "requests": [],
        "generation": 1,
        "expects": "number",
        "category": "mathematics",
        "language": "en",
    }


def invented(params: MathematicsRows, teacher: Teacher, rows: SortedRows) -> list[OpenProblem]:
    """`params.rows` problems less those that failed or were rejected. Topics, levels and personas take turns."""
    problems, requests = [], []
    for number in range(params.rows if params.topics else 0):
        turn, topic = number // len(params.topics), params.topics[number % len(params.topics)]
        level = params.levels[(number + turn) % len(params.levels)]
        persona = params.personas[(number + turn) % len(params.personas)] if params.personas else ""
        parent = stable_id("mathematics", topic)
        row = base_row(parent, "mathematics/topics", params.licence, level, persona, str(turn))
        problems.append(OpenProblem(row | {"topic": topic, "difficulty": level, "persona": persona or None}))
        requests.append(_inventing(topic, level, persona, turn))
    left = []
    for problem, reply in answered(problems, requests, teacher, rows):
        problem.question = problem.row["instruction"] = reply.data["question"].strip()
        problem.row |= {"teacher": teacher.name, "prompt_source": load(PROBLEM).mark}
        if defect := instruction_defect(problem.question):
            rows.reject(problem.row, *defect)
        else:
            left.append(problem)
    return novel(left, [problem.question for problem in left], params.most_alike, rows)


def _inventing(topic: str, level: str, persona: str, turn: int) -> Request:
    fence = Fence.around(topic)
    values = {"fence": fence.mark, "persona": persona, "level": level, "topic": fence.wrap("topic", topic)}
    return load(PROBLEM).request(values, QUESTION, sample=turn)
