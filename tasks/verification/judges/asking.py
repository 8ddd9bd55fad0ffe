"""Asking judges: texts of a row behind a fence, the rubric before it, and every answer read as a vote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tasks.core.schema import Row
from tasks.teachers.prompts import Fence, beside, load
from tasks.teachers.protocol import Completion, Failure, Request, Teacher
from tasks.verification.judges.rubric import Level, Rubric
from tasks.verification.judges.votes import Judgement, Vote, combined, vote_of

PROMPTS: Final[tuple[Path, ...]] = beside(__file__, "judge")
"""The prompt of every judge; the rubric is set into it."""
Material = Mapping[str, str]
"""Texts to be judged, by the tag under which they stand."""
Levels = Mapping[str, Mapping[str, Level]]
"""The data of an answer: criterion → reason and score."""


@dataclass(frozen=True)
class Asked:
    """How judges are asked, and what makes a vote pass."""

    rubric: Rubric
    teachers: Sequence[Teacher]
    votes: int = 1
    temperature: float = 0.0
    least_score: float | None = None


@dataclass(frozen=True)
class Opinions:
    """What came of asking about several rows."""

    judged: dict[int, Judgement] = field(default_factory=dict)
    """By number. Also of rows for which some judges gave no answer."""
    errors: dict[int, str] = field(default_factory=dict)
    """Of those for which none did."""
    refused: dict[int, str] = field(default_factory=dict)
    """Of those that every judge declined to read."""


def material(row: Row, judges: str) -> dict[str, str]:
    """The texts of a row that a rubric judges: the conversation with the response, or up to the instruction."""
    texts = {"system": row.get("system") or "", "conversation": _turns(row.get("history") or ())}
    texts["instruction"] = row.get("instruction") or ""
    if judges != "instruction":
        texts["response"] = row.get("response") or ""
    return {tag: text for tag, text in texts.items() if text.strip()}


def _turns(history: Sequence[Mapping[str, Any]]) -> str:
    return "\n\n".join(f"{turn['role']}: {turn['content']}" for turn in history if turn.get("content"))


def request(asked: Asked, texts: Material, turned: int = 0, sample: int = 0) -> Request:
    """The request about one row. `turned`: by how many criteria the rubric is turned; `sample`: tells equal requests apart."""
    fence = Fence.around(*texts.values())
    values: dict[str, str | int] = {
        "fence": fence.mark,
        "rubric": asked.rubric.as_prompt(turned),
        "keys": ", ".join(f'"{one}"' for one in asked.rubric.schema(turned)["properties"]),
        "material": "\n\n".join(fence.wrap(tag, text) for tag, text in texts.items()),
    }
    made = load(*PROMPTS).request(values, asked.rubric.schema(turned), sample)
    return made.model_copy(update={"temperature": asked.temperature})


def ask(asked: Asked, subjects: Sequence[Material], again: int = 0) -> Opinions:
    """What the judges say of each of `subjects`, by its number. Each teacher gives `votes` votes; from one to the next the order of
    the criteria turns. `again`: a number that makes the same questions new ones, to see whether the answers stay the same."""
    if not subjects:
        return Opinions()
    replies: list[list[Completion | Failure]] = [[] for _ in subjects]
    for teacher in asked.teachers:
        wanted = [
            request(asked, texts, vote, vote + again * asked.votes) for texts in subjects for vote in range(asked.votes)
        ]
        for number, reply in enumerate(teacher.ask(wanted)):
            replies[number // asked.votes].append(reply)
    answers = Opinions()
    for number, given in enumerate(replies):
        _sort(answers, number, given, asked)
    return answers


def _sort(answers: Opinions, number: int, replies: Sequence[Completion | Failure], asked: Asked) -> None:
    votes: list[Vote] = [
        vote_of(asked.rubric, reply.data, reply.request_hash, asked.least_score)
        for reply in replies
        if isinstance(reply, Completion)
    ]
    lost = [reply for reply in replies if isinstance(reply, Failure)]
    if votes:
        answers.judged[number] = combined(asked.rubric, votes)
    elif all(failure.refused for failure in lost):
        answers.refused[number] = lost[0].error
    else:
        answers.errors[number] = lost[0].error
