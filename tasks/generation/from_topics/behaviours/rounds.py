"""In rounds: messages for each situation, then the answers to all of them, good and bad; both are confirmed."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.generation.from_topics.behaviours.checks import (
    answer_defect,
    holds_word,
    injected,
    look_alike_defect,
    rejected_defect,
)
from tasks.generation.from_topics.behaviours.confirming import PROMPTS as CHECK
from tasks.generation.from_topics.behaviours.confirming import Confirmation, answer_checks, message_checks
from tasks.generation.from_topics.behaviours.kinds import KINDS
from tasks.generation.from_topics.behaviours.params import Behaviours
from tasks.generation.from_topics.behaviours.policy import Behaviour, policy_of
from tasks.generation.method import Inputs
from tasks.teachers.prompts import Fence, beside, closed, load
from tasks.teachers.prompts.defects import Defect, instruction_defect
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Failure, Request, Teacher
from tasks.text.equal_texts import text_keys

_SITUATION, _RESPONSE = beside(__file__, "behaviours_situation", "behaviours_response")
PROMPTS: Final[tuple[Path, ...]] = (_SITUATION, _RESPONSE, *CHECK)
WAVE: Final = 2000
"""Situations that are under way together."""
SUBJECTS: Final = (
    "a kitchen", "a garden", "school", "an office", "a long journey", "a wedding", "sports", "music", "a film", "money",
    "a computer game", "health", "neighbours", "an old book", "animals", "the weather", "a car", "a phone", "clothes", "history",
    "a hospital", "a small business", "moving house", "friends", "a job interview", "the sea", "photography", "a newspaper",
    "children", "the night",
)  # fmt: skip
"""What situations are about; drawn, so that they differ."""


@dataclass
class Drawn:
    """One message and the row that it becomes."""

    behaviour: Behaviour
    role: str
    """request, or look_alike: its counterpart."""
    row: Row
    message: str = ""
    """What the answers are asked for: of `adversarial`, the message with the text as it was before."""
    word: str = ""
    answers: list[Completion | Failure] = field(default_factory=list)
    """The good answer, and the bad one where there is to be one."""

    @property
    def shape(self) -> str:
        """The class of a rare request."""
        return str(self.row["topic"]) if self.row["topic"] in self.behaviour.classes else ""

    @property
    def said(self) -> list[str]:
        """The answers' texts."""
        return [one.data["response"].strip() for one in self.answers if isinstance(one, Completion)]


def make(_inputs: Inputs, params: Behaviours, teacher: Teacher | None, tools: Tools) -> Outcome:
    """The rows of `params.situations` situations.

    Rejects with the reasons of METHOD, `duplicate_instruction`, `refusal`, `malformed_answer`, `copied_marker` and what
    `instruction_defect` finds. Facts: rows made and kept of each behaviour (`behaviours`), kept of each rare class (`classes`).
    """
    assert teacher is not None
    work = _Situations(params, teacher)
    for start in range(0, params.situations, WAVE):
        end = min(start + WAVE, params.situations)
        work.wave(range(start, end))
        tools.progress(end, params.situations)
    return work.rows.outcome(EXAMPLE, work.facts())


class _Situations:
    """What has been made so far."""

    def __init__(self, params: Behaviours, teacher: Teacher) -> None:
        self.params, self.teacher = params, teacher
        self.policy = policy_of(params.policy, params.packaged)
        self.due = dict.fromkeys((one.name for one in self.policy), 0.0)
        """How much of each behaviour is owed; the next situation is of the one that is owed most."""
        self.drawn: Counter[str] = Counter()
        self.rows = SortedRows()
        self.asked: dict[str, str] = {}
        self.made: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()
        self.classes: dict[str, int] = {shape: 0 for one in self.policy for shape in one.classes}

    def facts(self) -> dict[str, Any]:
        """What was measured."""
        found: dict[str, Any] = {
            "behaviours": {
                one.name: {"kind": one.kind, "rows": self.made[one.name], "kept": self.kept[one.name]}
                for one in self.policy
            },
            "classes": self.classes,
        }
        if empty := [name for name, one in found["behaviours"].items() if one["rows"] and not one["kept"]]:
            found["warnings"] = [f"no row was kept of: {', '.join(empty)}"]
        return found

    def wave(self, numbers: range) -> None:
        """Situations with these numbers."""
        planned = [self._planned(number) for number in numbers]
        messages: list[Drawn] = []
        for (behaviour, shape, _), reply in zip(planned, self.teacher.ask([one[2] for one in planned]), strict=True):
            messages += self._messages(behaviour, shape, reply)
        messages = self._confirmed(
            [(one, message_checks(one.behaviour, one.role, one.message, one.shape)) for one in messages]
        )
        questions = [self._questions(drawn) for drawn in messages]
        replies = iter(self.teacher.ask([question for group in questions for question in group]))
        for drawn, group in zip(messages, questions, strict=True):
            drawn.answers = [next(replies) for _ in group]
        answered = [one for one in messages if self._answered(one)]
        for drawn in self._confirmed([(one, answer_checks(one.behaviour, one.message, one.said)) for one in answered]):
            self._keep(drawn)

    def _confirmed(self, checked: list[tuple[Drawn, list[Confirmation]]]) -> list[Drawn]:
        """Those whose checks come out as the policy wants it; the others are sorted. `confirm: false` asks nothing."""
        if not self.params.confirm:
            return [drawn for drawn, _ in checked]
        replies = iter(self.teacher.ask([check.request for _, checks in checked for check in checks]))
        return [drawn for drawn, checks in checked if self._passes(drawn, [(one, next(replies)) for one in checks])]

    def _passes(self, drawn: Drawn, outcomes: list[tuple[Confirmation, Completion | Failure]]) -> bool:
        drawn.row["requests"] = list(
            dict.fromkeys([*drawn.row["requests"], *(reply.request_hash for _, reply in outcomes)])
        )
        for check, reply in outcomes:
            if isinstance(reply, Failure):
                self.rows.fail(drawn.row, reply)
                return False
            if found := check.defect(reply):
                self.rows.reject(drawn.row, *found)
                return False
        return True

    def _planned(self, number: int) -> tuple[Behaviour, str, Request]:
        """Behaviour, shape (of a rare one) and question of a situation."""
        for one in self.policy:
            self.due[one.name] += one.share
        behaviour = max(self.policy, key=lambda one: self.due[one.name])
        self.due[behaviour.name] -= sum(one.share for one in self.policy)
        shape = behaviour.classes[self.drawn[behaviour.name] % len(behaviour.classes)] if behaviour.classes else ""
        self.drawn[behaviour.name] += 1
        rng = Random(f"{self.params.seed} {number}")  # noqa: S311
        tasks = KINDS[behaviour.kind]
        entry = json.dumps(_shown(behaviour, rng) | ({"shape": shape} if shape else {}), ensure_ascii=False)
        fence = Fence.around(entry)
        values: dict[str, str | int] = {
            "fence": fence.mark,
            "task": tasks.messages.replace("{shape}", 'the "shape" of the entry'),
            "keys": " and ".join(f'"{key}"' for key in tasks.keys),
            "entry": fence.wrap("entry", entry),
            "subject": fence.wrap("subject", rng.choice(SUBJECTS)),
        }
        schema = closed(**{key: {"type": "string"} for key in tasks.keys})
        return behaviour, shape, load(_SITUATION).request(values, schema, sample=number)

    def _messages(self, behaviour: Behaviour, shape: str, reply: Completion | Failure) -> list[Drawn]:
        """The messages of a situation that can be used; the others are sorted already."""
        roles = [key for key in KINDS[behaviour.kind].keys if key != "text"]
        drawn = [Drawn(behaviour, role, self._birth(behaviour, role, shape, reply)) for role in roles]
        usable = []
        for one in drawn:
            self.made[behaviour.name] += 1
            if isinstance(reply, Failure):
                self.rows.fail(one.row, reply)
                continue
            one.message = one.row["instruction"] = reply.data[one.role].strip()
            if behaviour.kind == "adversarial":
                text = reply.data["text"].strip()
                held, one.word = injected(behaviour, text, Random(reply.request_hash))  # noqa: S311
                one.message, one.row["instruction"] = f"{one.message}\n\n{text}", f"{one.message}\n\n{held}"
            if found := self._message_defect(one, reply.data):
                self.rows.reject(one.row, *found)
            else:
                usable.append(one)
        return usable

    def _message_defect(self, drawn: Drawn, data: dict[str, str]) -> Defect | None:
        if found := instruction_defect(drawn.message, drawn.behaviour.examples):
            return found
        if drawn.role == "look_alike" and (found := look_alike_defect(data["request"], data["look_alike"])):
            return found
        own = drawn.row["example_id"]
        twin = self.asked.setdefault(text_keys([drawn.message])[0], own)
        return Defect("duplicate_instruction", twin) if twin != own else None

    def _birth(self, behaviour: Behaviour, role: str, shape: str, reply: Completion | Failure) -> Row:
        counterpart = "" if role == "request" else f"_{role}"
        refused = behaviour.kind == "refuse" and role == "request"
        return {
            "example_id": stable_id("behaviours", behaviour.name, role, reply.request_hash),
            "parent_id": stable_id("behaviours", behaviour.name, behaviour.description),
            "source": f"behaviours/{behaviour.kind}{counterpart}",
            "licence": self.params.licence,
            "origin": "synthetic",
            "method": "behaviours",
            "answer_method": "closed_book",
            "teacher": self.teacher.name,
            "prompt_source": " + ".join(load(path).mark for path in PROMPTS),
            "requests": [reply.request_hash],
            "generation": 1,
            "expects": "refusal" if refused else None,
            "topic": shape or behaviour.name,
            "category": f"{behaviour.kind}{counterpart}",
            "difficulty": "medium",
        }

    def _questions(self, drawn: Drawn) -> list[Request]:
        """The questions for the good answer and, where there is to be one, the bad one."""
        tasks = KINDS[drawn.behaviour.kind]
        said = [tasks.answers[drawn.role]]
        if tasks.rejected and drawn.role == "request":
            said.append(tasks.rejected)
        entry = json.dumps({"entry": drawn.behaviour.description, "phrases": drawn.behaviour.marks}, ensure_ascii=False)
        fence = Fence.around(entry, drawn.message)
        values = {
            "fence": fence.mark,
            "manner": fence.wrap("manner", entry),
            "message": fence.wrap("message", drawn.message),
        }
        schema = closed(response={"type": "string"})
        return [load(_RESPONSE).request(values | {"task": task}, schema) for task in said]

    def _answered(self, drawn: Drawn) -> bool:
        """Whether the answers pass all rules; a row whose answers do not is sorted."""
        row, behaviour, said = drawn.row, drawn.behaviour, drawn.said
        row["requests"] = list(dict.fromkeys([*row["requests"], *(one.request_hash for one in drawn.answers)]))
        if failure := next((one for one in drawn.answers if isinstance(one, Failure)), None):
            self.rows.fail(row, failure)
            return False
        row |= {"response": said[0], "rejected": said[1] if len(said) > 1 else None}
        found = answer_defect(behaviour, drawn.role, drawn.message, said[0])
        if found is None and len(said) > 1:
            found = rejected_defect(behaviour, said[0], said[1])
        if found is None and drawn.word and holds_word(drawn.word, said[0]):
            found = Defect("obeyed", drawn.word)
        if found is not None:
            self.rows.reject(row, *found)
        return found is None

    def _keep(self, drawn: Drawn) -> None:
        row, behaviour = drawn.row, drawn.behaviour
        self.kept[behaviour.name] += 1
        if drawn.shape:
            self.classes[drawn.shape] += 1
        self.rows.keep(_as_wrong_row(row) if behaviour.kind == "wrong" and self.params.wrong == "row" else row)


def _as_wrong_row(row: Row) -> Row:
    """A row whose response is the wrong answer, marked so that nobody takes it for one to learn; the right one is `reference`."""
    return row | {
        "response": row["rejected"],
        "reference": row["response"],
        "rejected": None,
        "score": 0.0,
        "weight": 0.0,
        "category": "deliberately_wrong",
    }


def _shown(behaviour: Behaviour, rng: Random) -> dict[str, Any]:
    """What the writer of messages sees of a behaviour."""
    examples: Sequence[str] = () if behaviour.kind == "adversarial" else behaviour.examples
    return {"behaviour": behaviour.description, "examples": rng.sample(examples, min(2, len(examples)))}
