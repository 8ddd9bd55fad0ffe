"""A pool of tasks grows from seeds in rounds; each new task is answered in the round after the one that made it.

Wang et al. 2022, "Self-Instruct: Aligning Language Models with Self-Generated Instructions": sampling from seeds and earlier tasks,
novelty by ROUGE-L, classification tasks answered output-first. As in Alpaca (Taori et al. 2023) a request asks for several tasks
and each task gets one instance; unlike there, whether a task is a classification is asked with the task, by its labels.
"""

import math
import random
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.generation.from_seed_tasks.self_instruct.params import SelfInstruct
from tasks.generation.from_seed_tasks.self_instruct.published_filters import (
    instance_defect,
    instruction_defect,
    label_defect,
    without_word_for_nothing,
)
from tasks.generation.from_seed_tasks.self_instruct.questions import MOST_LABELS, Questions, shown_examples
from tasks.generation.from_seed_tasks.self_instruct.seed_tasks import SeedTasks
from tasks.generation.rounds import Round
from tasks.teachers.prompts.defects import Defect
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Failure, Request, Teacher
from tasks.text.rouge import RougePool

STALE_ROUNDS: Final = 3
STALE_SHARE: Final = 0.02
"""So many rounds in a row of whose tasks no more than this share is new end the work: the teacher repeats itself."""
LEAST_SHARE: Final = 0.1
"""Requests for new tasks count on at least this share of new ones, however few were new so far."""


@dataclass
class _Task:
    """A new task on its way to an answer."""

    row: Row
    instruction: str
    round: Round
    labels: list[str]
    label: str = ""
    given: str = ""


@dataclass(frozen=True)
class _Proposal:
    """A request for new tasks, and what it shows: (id, instruction) each, of seeds and made ones."""

    request: Request
    shown: list[tuple[str, str]]


class Growth:
    """The pool, and what is on its way."""

    def __init__(self, params: SelfInstruct, seeds: SeedTasks, teacher: Teacher) -> None:
        self.params, self.teacher = params, teacher
        self.questions = Questions(params, seeds)
        self.seeds = {True: [s for s in seeds.tasks if s.is_classification] or seeds.tasks, False: seeds.tasks}
        self.pool = RougePool()
        for seed in seeds.tasks:
            self.pool.add(seed.instruction, seed.id)
        self.made: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
        """(id, instruction) of the new tasks that are classifications, and of all."""
        self.depth = dict.fromkeys((seed.id for seed in seeds.tasks), 0)
        """How many models deep each task is."""
        self.source = f"seed_tasks/{params.seed_tasks.stem}"
        self.waiting: deque[_Task] = deque()
        self.written: list[_Task] = []
        """Classification tasks with an input, whose label is to be confirmed."""
        self.rounds: list[Round] = []
        self.counts: Counter[str] = Counter()
        self.born: Counter[str] = Counter()
        self.rows = SortedRows()
        self.parts: list[Outcome] = []

    def run(self, tools: Tools) -> Outcome:
        """Ask until there are as many rows as wanted, or nothing more can be had."""
        while True:
            checking, self.written = self.written, []
            answering = self._next_to_answer(len(checking))
            proposals = self._proposals(len(checking) + len(answering))
            if not (checking or answering or proposals):
                break
            replies = iter(
                self.teacher.ask(
                    [
                        *(proposal.request for proposal in proposals),
                        *map(self._answering, answering),
                        *(self.questions.label_of(task.instruction, task.labels, task.given) for task in checking),
                    ]
                )
            )
            for proposal in proposals:
                self._read_tasks(proposal, next(replies))
            for task in answering:
                self._read_answer(task, next(replies))
            for task in checking:
                self._read_label(task, next(replies))
            self._lay_down()
            tools.progress(min(self.counts["kept"], self.params.rows), self.params.rows)
        for task in self.waiting:
            self._reject(task, Defect("surplus", f"{self.params.rows} rows were asked for"))
        self._lay_down()
        return self._outcome()

    def _next_to_answer(self, on_the_way: int) -> list[_Task]:
        """As many of the waiting tasks as are still wanted."""
        wanted = self.params.rows - self.counts["kept"] - on_the_way
        return [self.waiting.popleft() for _ in range(min(wanted, len(self.waiting)))]

    def _proposals(self, on_the_way: int) -> list[_Proposal]:
        """The requests of the next round; none where enough tasks are on their way or rounds are at an end."""
        wanted = self.params.rows - self.counts["kept"] - on_the_way - len(self.waiting)
        if wanted <= 0 or self._stale() or len(self.rounds) >= self.params.most_rounds:
            return []
        share = max(self.counts["new"] / self.counts["made"], LEAST_SHARE) if self.counts["made"] else 1.0
        count = min(self.params.batch, math.ceil(wanted / (self.params.per_request * share)))
        self.rounds.append(Round(asked=count))
        return [self._proposal(len(self.rounds), number) for number in range(count)]

    def _stale(self) -> bool:
        last = self.rounds[-STALE_ROUNDS:]
        return len(last) == STALE_ROUNDS and all(one.left <= STALE_SHARE * one.made for one in last)

    def _proposal(self, round_: int, number: int) -> _Proposal:
        rng = random.Random(f"{self.params.seed} {round_} {number}")  # noqa: S311
        classifying = rng.random() < self.params.classification
        shown = shown_examples(self.seeds[classifying], self.made[classifying], self.params, rng)
        request = self.questions.new_tasks([text for _, text in shown], classifying, number)
        return _Proposal(request, shown)

    def _read_tasks(self, proposal: _Proposal, reply: Completion | Failure) -> None:
        """The tasks of a reply: the new ones wait for their answer."""
        current = self.rounds[-1]
        if isinstance(reply, Failure):
            row = self._born(reply.request_hash, proposal.shown[0][0], reply.request_hash)
            self._fail(_Task(row, "", self._counted(current), []), reply)
            return
        shown = RougePool()
        for id_, text in proposal.shown:
            shown.add(text, id_)
        for item in reply.data["tasks"]:
            instruction = _one_line(item["instruction"])
            near = shown.most_alike(instruction)
            row = self._born(instruction, near.name if near else proposal.shown[0][0], reply.request_hash)
            labels = _labels(item["labels"])
            row |= {
                "instruction": instruction,
                "category": "classification" if labels else item["category"],
                "expects": "label" if labels else None,
            }
            self._sort(_Task(row, instruction, self._counted(current), labels))

    def _sort(self, task: _Task) -> None:
        defect = instruction_defect(task.instruction, self.params) or label_defect(task.instruction, task.labels)
        if not defect and (alike := self.pool.most_alike(task.instruction, self.params.similarity)):
            defect = Defect("not_novel", f"{alike.score:.2f} to {alike.name}")
        if defect:
            self._reject(task, defect)
            return
        id_ = task.row["example_id"]
        self.counts["new"] += 1
        self.pool.add(task.instruction, id_)
        self.depth[id_] = task.row["generation"]
        self.made[False].append((id_, task.instruction))
        if task.labels:
            self.made[True].append((id_, task.instruction))
        self.waiting.append(task)

    def _answering(self, task: _Task) -> Request:
        rng = random.Random(f"{self.params.seed} {task.row['example_id']}")  # noqa: S311
        prompt = self.questions.labelled if task.labels else self.questions.answer
        task.row["prompt_source"] += f" + {prompt.mark}"
        if not task.labels:
            return self.questions.answers(task.instruction, rng)
        task.label = rng.choice(task.labels)
        return self.questions.input_for(task.instruction, task.labels, task.label, rng)

    def _read_answer(self, task: _Task, reply: Completion | Failure) -> None:
        task.row["requests"].append(reply.request_hash)
        if isinstance(reply, Failure):
            self._fail(task, reply)
            return
        task.given = without_word_for_nothing(reply.data["input"].strip())
        output = task.label or reply.data["output"].strip()
        task.row |= {
            "instruction": f"{task.instruction}\n\n{task.given}" if task.given else task.instruction,
            "response": output,
            "reference": task.label or None,
        }
        if task.labels and not task.given:
            self._reject(task, Defect("missing_input", "a classification task without anything to classify"))
        elif defect := instance_defect(task.instruction, task.given, output):
            self._reject(task, defect)
        elif task.labels and self.params.confirm_labels:
            self.written.append(task)
        else:
            self._keep(task)

    def _read_label(self, task: _Task, reply: Completion | Failure) -> None:
        task.row["requests"].append(reply.request_hash)
        task.row["prompt_source"] += f" + {self.questions.check.mark}"
        if isinstance(reply, Failure):
            self._fail(task, reply)
        elif reply.data["label"] != task.label:
            self._reject(task, Defect("label_disputed", f"written for {task.label!r}, read as {reply.data['label']!r}"))
        else:
            self._keep(task)

    def _born(self, text: str, parent: str, request: str) -> Row:
        """A row without its text; the n-th equal one has an id of its own."""
        self.born[text] += 1
        return {
            "example_id": stable_id("self_instruct", text, str(self.born[text])),
            "parent_id": parent,
            "source": self.source,
            "licence": self.params.licence,
            "origin": "synthetic",
            "method": "self_instruct",
            "answer_method": "closed_book",
            "teacher": self.teacher.name,
            "prompt_source": self.questions.tasks.mark,
            "requests": [request],
            "generation": self.depth[parent] + 1,
        }

    def _counted(self, current: Round) -> Round:
        current.made += 1
        self.counts["made"] += 1
        return current

    def _keep(self, task: _Task) -> None:
        task.round.kept += 1
        self.counts["kept"] += 1
        self.counts["classification"] += bool(task.labels)
        self.counts["with_input"] += bool(task.given)
        self.rows.keep(task.row)

    def _reject(self, task: _Task, defect: Defect) -> None:
        task.round.rejected[defect.reason] += 1
        self.rows.reject(task.row, *defect)

    def _fail(self, task: _Task, failure: Failure) -> None:
        if failure.refused:
            task.round.rejected["refusal"] += 1
        else:
            task.round.failed += 1
        self.rows.fail(task.row, failure)

    def _lay_down(self) -> None:
        """Rows that have left become tables, a tenth of the size."""
        self.parts.append(self.rows.outcome(EXAMPLE))
        self.rows = SortedRows()

    def _outcome(self) -> Outcome:
        kept, rejected, failed = (
            pa.concat_tables([getattr(part, name) for part in self.parts]) for name in ("kept", "rejected", "failed")
        )
        facts: dict[str, Any] = {
            "rounds": [one.facts() for one in self.rounds],
            "distinct_tasks": self.counts["kept"],
            "classification_tasks": self.counts["classification"],
            "with_input": self.counts["with_input"],
            "warnings": list(self._warnings()),
        }
        return Outcome(kept, rejected, failed, facts)

    def _warnings(self) -> Iterator[str]:
        if self.counts["kept"] >= self.params.rows:
            return
        short = f"{self.counts['kept']:,} of {self.params.rows:,} rows were made"
        if self._stale():
            yield f"{short}: the teacher only repeats tasks there are; add seed tasks, or ask for fewer rows"
        else:
            yield f"{short} in {len(self.rounds):,} rounds; raise `rounds`, or look at the rejects' reasons"


def _one_line(text: str) -> str:
    """An instruction on one line, without the number that a model may put before it."""
    line = " ".join(text.split())
    number, dot, rest = line.partition(". ")
    return rest if dot and number.isdigit() else line


def _labels(given: Iterable[str]) -> list[str]:
    """The labels of a classification task, each once; empty where they are not a few."""
    found = {text.casefold(): text for label in given if (text := " ".join(label.split()))}
    return list(found.values()) if 2 <= len(found) <= MOST_LABELS else []
