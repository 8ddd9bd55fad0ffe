"""The rounds of solving: several solutions, run against the test cases; agreement; errors fed back; and the proof in the end.

After Dubey et al. 2024, "The Llama 3 Herd of Models", section 4.3.1 (parser, linter and tests, whose errors go back to the
model) and Chen et al. 2022, "CodeT" (which solutions and cases to believe).
"""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from tasks.core.outcome import Tools
from tasks.core.schema import Row, stable_id
from tasks.generation.from_topics.code.agreement import Agreement, best
from tasks.generation.from_topics.code.cases import Case, python_tests
from tasks.generation.from_topics.code.exercises import SOLUTION, Candidate, Exercise, stray
from tasks.generation.from_topics.code.params import CodeRows
from tasks.generation.from_topics.code.typing_names import with_typing
from tasks.generation.open_rows import note
from tasks.teachers.prompts import Fence, beside, closed, load
from tasks.teachers.prompts.defects import text_defect
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Failure, Request, Teacher
from tasks.verification.execution import code, programs
from tasks.verification.execution.programs import FoundProgram

(REPAIR,) = beside(__file__, "code_repair")
SOLVED: Final = closed(approach={"type": "string"}, program={"type": "string"})
REASONS: Final = {
    "no_agreement": "solutions and test cases do not agree; detail: cases that the best solution passes, and its first error",
    "not_chosen": "another solution of the same exercise was taken; detail: how many test cases this one passes",
    **code.REASONS,
}


class Proven(NamedTuple):
    """An exercise whose row is kept."""

    row: Row
    name: str
    signature: str
    program: str
    cases: list[Case]


class ProgramSolving:
    """All open exercises go through each round together."""

    def __init__(self, params: CodeRows, teacher: Teacher, tools: Tools, rows: SortedRows) -> None:
        self.params, self.teacher, self.tools, self.rows = params, teacher, tools, rows
        self.counts: Counter[str] = Counter()

    def solved(self, exercises: Sequence[Exercise]) -> list[Proven]:
        """The exercises with a solution that is proven; the others are rejected or have failed."""
        left, found = self._first(exercises), list[Proven]()
        for number in range(self.params.repairs + 1):
            proven, left = self._divided(left)
            found += proven
            if number < self.params.repairs and left:
                self._repaired(left)
        for exercise in left:
            self._give_up(exercise)
        return found

    def _first(self, exercises: Sequence[Exercise]) -> list[Exercise]:
        """Asks for all solutions of all exercises, and runs them; exercises without any have failed."""
        many, left = self.params.solutions, []
        replies = self.teacher.ask([_solving(one, sample) for one in exercises for sample in range(many)])
        for index, exercise in enumerate(exercises):
            failures = []
            for reply in replies[index * many : (index + 1) * many]:
                exercise.tried += 1
                if isinstance(reply, Failure):
                    failures.append((exercise.tried, reply))
                else:
                    exercise.candidates.append(_candidate(exercise.tried, reply))
            if exercise.candidates:
                left.append(exercise)
            else:
                note(exercise.row, failures[0][1])
                self.rows.fail(exercise.row, failures.pop(0)[1])
            for sample, failure in failures:
                self.rows.fail(_sample(exercise, sample, [failure.request_hash]), failure)
        self._run([(exercise, one) for exercise in left for one in exercise.candidates])
        return left

    def _run(self, todo: Sequence[tuple[Exercise, Candidate]]) -> None:
        """Runs programs against all test cases of their exercises."""
        self.counts["programs_run"] += len(todo)
        tests = [python_tests(exercise.cases, exercise.signature.name) for exercise, _ in todo]
        pairs = [(candidate.program, text) for (_, candidate), text in zip(todo, tests, strict=True)]
        for (_, candidate), found in zip(todo, judged(pairs, "python", self.params, self.tools), strict=True):
            candidate.marks, candidate.why = found.marks, "" if found.verdict.word == "pass" else found.verdict.why
            if error := stray(candidate.program):
                candidate.marks, candidate.why = "", error

    def _divided(self, exercises: Sequence[Exercise]) -> tuple[list[Proven], list[Exercise]]:
        """Those whose row is kept now, and those that are open still."""
        agreed, open_still = list[tuple[Exercise, Agreement]](), []
        for exercise in exercises:
            found = best([one.marks for one in exercise.candidates], len(exercise.cases))
            least = max(self.params.least_tests, self.params.agreement * len(exercise.cases))
            if len(found.cases) >= least:
                agreed.append((exercise, found))
            else:
                open_still.append(exercise)
        return self._proven(agreed), open_still

    def _proven(self, agreed: Sequence[tuple[Exercise, Agreement]]) -> list[Proven]:
        """The verdict of the verifier `code` on each chosen program: its names first, then the cases that were believed."""
        chosen = []
        for exercise, found in agreed:
            believed = [exercise.cases[number] for number in found.cases]
            chosen.append((exercise.candidates[found.solutions[0]], python_tests(believed, exercise.signature.name)))
            self.counts["cases"] += len(exercise.cases)
            self.counts["cases_contradicted"] += len(exercise.cases) - len(believed)
        names = judged([(candidate.program, "") for candidate, _ in chosen], "python", self.params, self.tools)
        runs = judged([(candidate.program, tests) for candidate, tests in chosen], "python", self.params, self.tools)
        kept = []
        for (exercise, found), (candidate, tests), *verdicts in zip(agreed, chosen, names, runs, strict=True):
            wrong = next((one.verdict for one in verdicts if one.verdict.word == "fail"), None)
            self._lay_down(exercise, candidate, found)
            if wrong is None:
                exercise.row["tests"] = tests
                exercise.row["instruction"] = self._instruction(exercise, found)
                self.rows.keep(exercise.row)
                believed = [exercise.cases[number] for number in found.cases]
                kept.append(Proven(exercise.row, *exercise.signature, candidate.program, believed))
            else:
                self.rows.reject(exercise.row, wrong.reason, wrong.why)
        return kept

    def _instruction(self, exercise: Exercise, found: Agreement) -> str:
        shown = [exercise.cases[number] for number in found.cases[: self.params.examples]]
        examples = "\n".join(f"`{exercise.signature.name}({case.call})` returns `{case.value}`." for case in shown)
        parts = [exercise.problem, f"Write it in Python:\n\n```python\n{exercise.signature.line}\n```", examples]
        return "\n\n".join(part for part in parts if part)

    def _lay_down(self, exercise: Exercise, chosen: Candidate, found: Agreement) -> None:
        """The exercise's row takes the chosen solution; each other one becomes a rejected row."""
        passing = sum(
            all(one.marks[number] == "P" for number in found.cases) for one in exercise.candidates if one.marks
        )
        exercise.row["requests"] = [*exercise.row["requests"], *chosen.requests]
        exercise.row |= {"response": _response(chosen), "attempts": chosen.number}
        exercise.row["pass_rate"] = passing / exercise.tried if found.cases else 0.0
        for other in exercise.candidates:
            if other is not chosen:
                row = _sample(exercise, other.number, other.requests) | {"response": _response(other)}
                self.rows.reject(
                    row, "not_chosen", f"passes {other.marks.count('P')} of {len(exercise.cases)} test cases"
                )

    def _repaired(self, exercises: Sequence[Exercise]) -> None:
        """Shows the best program of each exercise its error, and puts the program that comes back in its place."""
        best_ones = [_best(exercise) for exercise in exercises]
        requests = [
            repairing(exercise.text, candidate.program, candidate.why, "Python")
            for exercise, candidate in zip(exercises, best_ones, strict=True)
        ]
        todo = []
        for exercise, old, reply in zip(exercises, best_ones, self.teacher.ask(requests), strict=True):
            exercise.tried += 1
            self.counts["repairs"] += 1
            if isinstance(reply, Failure):
                continue  # the program before it stands as it was
            new = _candidate(exercise.tried, reply, old.requests)
            exercise.candidates[exercise.candidates.index(old)] = new
            todo.append((exercise, new))
        self._run(todo)

    def _give_up(self, exercise: Exercise) -> None:
        chosen = _best(exercise)
        self._lay_down(exercise, chosen, Agreement((), ()))
        passed = f"{chosen.marks.count('P')} of {len(exercise.cases)}"
        self.rows.reject(exercise.row, "no_agreement", f"{passed}; {chosen.why}")


def judged(todo: Sequence[tuple[str, str]], language: str, params: CodeRows, tools: Tools) -> list[code.JudgedProgram]:
    """The verifier's verdicts on programs with their tests (empty: none), several at a time."""
    settings = code.Programs(seconds=params.seconds)
    with ThreadPoolExecutor(max(1, tools.workers)) as threads:
        found = threads.map(lambda one: code.judge(FoundProgram(one[0], language, False), one[1], settings), todo)
        return list(found)


def bare(program: str, language: str) -> str:
    """A program without the fence that a model may have put around it."""
    found = programs.find(program, language) if "```" in program else None
    return (found.text if found else program).strip()


def repairing(task: str, program: str, error: str, language: str) -> Request:
    """The request for a program that mends another one."""
    fence = Fence.around(task, program, error)
    values = {
        "fence": fence.mark,
        "language": language,
        "task": fence.wrap("task", task),
        "program": fence.wrap("program", program),
        "error": fence.wrap("error", error or "no error was shown"),
    }
    return load(REPAIR).request(values, SOLVED)


def _solving(exercise: Exercise, sample: int) -> Request:
    fence = Fence.around(exercise.text)
    values = {"fence": fence.mark, "problem": fence.wrap("exercise", exercise.text)}
    return load(SOLUTION).request(values, SOLVED, sample=sample)


def _candidate(number: int, reply: Completion, requests: Sequence[str] = ()) -> Candidate:
    program = with_typing(bare(reply.data["program"], "python"))
    return Candidate(number, reply.data["approach"].strip(), program, [*requests, reply.request_hash])


def _best(exercise: Exercise) -> Candidate:
    """The program that passes the most test cases, the earliest of equal ones."""
    return max(exercise.candidates, key=lambda one: (one.marks.count("P"), -one.number))


def _sample(exercise: Exercise, number: int, requests: Sequence[str]) -> Row:
    """A row for one of the solutions that were not chosen."""
    own = stable_id(exercise.row["example_id"], "solution", str(number))
    return exercise.row | {"example_id": own, "requests": list(requests), "attempts": number, "pass_rate": None}


def _response(candidate: Candidate) -> str:
    """The approach, unless something is wrong with its words, and the program."""
    fenced = f"```python\n{candidate.program}\n```"
    usable = candidate.approach and "```" not in candidate.approach and text_defect(candidate.approach) is None
    return f"{candidate.approach}\n\n{fenced}" if usable else fenced
