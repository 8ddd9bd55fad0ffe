"""Several solutions of each problem, each checked by the verifier's arithmetic; what they agree on; and a program beside them.

Self-consistency (Wang et al. 2023) says which answer is believed; a program that computes it (PAL, Gao et al. 2023) must come to
the same one, run in the sandbox. Where an answer is known, solutions are held against it instead (rejection sampling, Yuan et al.
2023).
"""

import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, NamedTuple

from tasks.core.outcome import Tools
from tasks.core.schema import Row, stable_id
from tasks.generation.from_topics.mathematics.params import MathematicsRows
from tasks.generation.from_topics.mathematics.problems import LONGEST_ANSWER, OpenProblem
from tasks.generation.open_rows import note
from tasks.teachers.prompts import Fence, Prompt, beside, closed, joined, load
from tasks.teachers.prompts.defects import Defect, text_defect, unfinished
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Failure, Request, Teacher
from tasks.text.final_answers import marked, quantity, without_unit
from tasks.verification.execution import mathematics, programs, sandbox

SOLUTION, PROGRAM = beside(__file__, "mathematics_solution", "mathematics_program")
_SOLVED: Final = closed(solution={"type": "string"}, answer={"type": "string"})
_PROGRAM: Final = closed(program={"type": "string"})
_SECONDS: Final = 5.0
_CALCULATION: Final = re.compile(r"\d[^=\n]{0,60}?(?:[-+*/×÷·−–^]|[xX](?=\s*\$?\d))[^=\n]{0,60}=\s*+[$€£(−-]{0,3}\.?\d")
"""Steps with one can be learnt from. Of GSM8K's 1,319 solutions, without their annotations, all but 9 have one."""
REASONS: Final = {
    "no_calculation": "no right solution shows a calculation with its result, such as 3 × 4 = 12; detail: how many are right",
    "no_answer": "the solution gives no short answer; detail: what it gave",
    "two_answers": "the steps come to another answer than the one given; detail: both",
    "not_comparable": "whether the answer is right cannot be decided exactly; detail: why",
    "no_agreement": "too few solutions come to the same answer; detail: the answers",
    "program_disagrees": "a program written for the problem comes to something else; detail: both",
    "not_chosen": "another solution of the same problem was taken; detail: the answer, which is the same",
    **mathematics.REASONS,
}


@dataclass
class Solution:
    """One of the solutions of a problem."""

    number: int
    response: str
    answer: str
    request: str
    defect: Defect | None


class Solved(NamedTuple):
    """A problem whose row is kept, and its right answer."""

    row: Row
    answer: str


class ProblemSolving:
    """Solves problems in batches: all solutions of all problems at once, then all programs."""

    def __init__(self, params: MathematicsRows, teacher: Teacher, tools: Tools, rows: SortedRows) -> None:
        self.params, self.teacher, self.tools, self.rows = params, teacher, tools, rows
        self.counts: Counter[str] = Counter()

    def solved(self, problems: Sequence[OpenProblem]) -> list[Solved]:
        """The problems with an answer that stands; every solution leaves as a row that is kept, rejected or failed."""
        many, found = self.params.samples, []
        requests = [self._request(problem, sample) for problem in problems for sample in range(many)]
        replies = self.teacher.ask(requests)
        computed = self._computed(problems)
        for index, problem in enumerate(problems):
            problem.row["teacher"] = self.teacher.name
            problem.row["prompt_source"] = joined(problem.row.get("prompt_source"), load(SOLUTION))
            solutions = self._read(problem, replies[index * many : (index + 1) * many])
            if solutions and (kept := self._decided(problem, solutions, computed.get(index))) is not None:
                found.append(kept)
        return found

    def _request(self, problem: OpenProblem, sample: int) -> Request:
        asked = _about(load(SOLUTION), problem, _SOLVED, sample)
        return asked.model_copy(update={"temperature": self.params.temperature})

    def _read(self, problem: OpenProblem, replies: Sequence[Completion | Failure]) -> list[Solution]:
        """The solutions that came; a problem without any has failed, and so has each of its other samples."""
        solutions, failures = [], []
        for number, reply in enumerate(replies, 1):
            if isinstance(reply, Failure):
                failures.append((number, reply))
            else:
                solutions.append(_solution(problem, number, reply))
        if not solutions:
            _, failure = failures.pop(0)
            note(problem.row, failure)
            self.rows.fail(problem.row, failure)
        for number, failure in failures:
            self.rows.fail(_sample(problem, number, failure.request_hash), failure)
        return solutions

    def _decided(self, problem: OpenProblem, solutions: list[Solution], computed: str | None) -> Solved | None:
        """Keeps the problem with its solution (further ones too, as `params.answers` allows), or rejects it."""
        groups = _groups([one for one in solutions if one.defect is None])
        answer = problem.reference or (groups[0][0].answer if groups else "")
        right = next((group for group in groups if mathematics.compare(group[0].answer, answer) == "equal"), [])
        defect = self._defect(problem, groups, right, computed) if groups else solutions[0].defect
        worked = [one for one in right if _CALCULATION.search(one.response)]
        if not (defect or worked):
            defect = Defect("no_calculation", f"{len(right)} right")
        chosen = [] if defect else worked[: self.params.answers]
        head = (chosen or right or [group[0] for group in groups] or solutions)[0]
        for one in solutions:
            row = problem.row if one is head else _sample(problem, one.number, one.request)
            row |= {"response": one.response, "attempts": one.number, "pass_rate": len(right) / self.params.samples}
            if one is head:
                problem.row["requests"] = [*problem.row["requests"], one.request]
            if one in chosen:
                own = {} if one is head else {"operator": "answer_augmentation"}
                self.rows.keep(row | own | {"reference": answer})
            else:
                self.rows.reject(row, *(one.defect or defect or _not_chosen(one, answer)))
        return Solved(problem.row, answer) if chosen else None

    def _defect(
        self, problem: OpenProblem, groups: list[list[Solution]], right: list[Solution], computed: str | None
    ) -> Defect | None:
        """Why no solution of a problem can stand; None if one can."""
        enough = len(right) >= self.params.agreement * self.params.samples
        if problem.reference is not None:
            self.counts["held_against_known"] += 1
            came = f"{len(right)} of {self.params.samples} solutions come to {problem.reference}"
            return None if right and enough else Defect("wrong_answer", came)
        tie = len(groups) > 1 and len(groups[0]) == len(groups[1])
        if tie or not enough:
            return Defect("no_agreement", "; ".join(f"{group[0].answer} ({len(group)})" for group in groups)[:300])
        # programs are asked for bare numbers
        if computed is not None and mathematics.compare(computed, without_unit(right[0].answer)) != "equal":
            self.counts["programs_disagree"] += 1
            return Defect("program_disagrees", f"{computed[:100]} against {right[0].answer}")
        return None

    def _computed(self, problems: Sequence[OpenProblem]) -> dict[int, str]:
        """What a program for each problem without a known answer prints, or its error; by the problem's number."""
        open_ones = [index for index, problem in enumerate(problems) if problem.reference is None]
        if not (self.params.program and open_ones):
            return {}
        replies = self.teacher.ask([_about(load(PROGRAM), problems[index], _PROGRAM) for index in open_ones])
        for index, reply in zip(open_ones, replies, strict=True):
            note(problems[index].row, reply)
        texts = ["" if isinstance(reply, Failure) else reply.data["program"] for reply in replies]
        self.counts["programs_run"] += len(texts)
        with ThreadPoolExecutor(max(1, self.tools.workers)) as threads:
            return dict(zip(open_ones, threads.map(_printed, texts), strict=True))


def _printed(text: str) -> str:
    """What `solve()` of a program returns, as it prints it; or the end of its error."""
    found = programs.find(text, "python") if "```" in text else None
    program = found.text if found else text
    ran = sandbox.run(f"{program}\n\nprint(solve())", seconds=_SECONDS)
    if ran.exit_code or ran.killed_by:
        return f"no result: {ran.killed_by or ran.stderr.strip().rpartition(chr(10))[2][:200]}"
    return ran.stdout.strip()[-LONGEST_ANSWER:]


def _about(prompt: Prompt, problem: OpenProblem, schema: dict[str, object], sample: int = 0) -> Request:
    fence = Fence.around(problem.question)
    values = {"fence": fence.mark, "problem": fence.wrap("problem", problem.question)}
    return prompt.request(values, schema, sample=sample)


def _solution(problem: OpenProblem, number: int, reply: Completion) -> Solution:
    steps, answer = reply.data["solution"].strip(), quantity(reply.data["answer"])
    response = steps if marked(steps) else f"{steps}\n\nThe answer is {answer}."
    return Solution(number, response, answer, reply.request_hash, _solution_defect(problem.question, response, answer))


def _solution_defect(question: str, response: str, answer: str) -> Defect | None:
    """What is wrong with a solution in itself, whatever the right answer is."""
    if not 0 < len(answer) <= LONGEST_ANSWER or "\n" in answer:
        return Defect("no_answer", answer[:LONGEST_ANSWER])
    if open_end := unfinished(response):
        return Defect("malformed_answer", open_end)
    if defect := text_defect(response, question):
        return defect
    verdict = mathematics.judge(question, response, answer)
    if verdict.word == "pass":
        return None
    reason = {"wrong_answer": "two_answers", "": "not_comparable"}.get(verdict.reason, verdict.reason)
    return Defect(reason, verdict.why)


def _groups(solutions: Sequence[Solution]) -> list[list[Solution]]:
    """Solutions with the same answer together, the largest group first; of equal ones that with the earliest solution."""
    groups: list[list[Solution]] = []
    for one in solutions:
        same = (group for group in groups if mathematics.compare(group[0].answer, one.answer) == "equal")
        if (group := next(same, None)) is not None:
            group.append(one)
        else:
            groups.append([one])
    return sorted(groups, key=lambda group: -len(group))


def _not_chosen(one: Solution, answer: str) -> Defect:
    if mathematics.compare(one.answer, answer) == "equal":
        return Defect("not_chosen", one.answer)
    return Defect("wrong_answer", f"{one.answer} against {answer}")


def _sample(problem: OpenProblem, number: int, request: str) -> Row:
    """A row of its own for one of the solutions."""
    parent = problem.row["example_id"]
    own = stable_id(parent, "solution", str(number))
    return problem.row | {"example_id": own, "parent_id": parent, "requests": [request]}
