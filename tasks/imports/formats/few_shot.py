"""Few-shot prompts: {prompt: "Q: … A: … Q: …"}, or messages with examples before what is asked; each example becomes a row.

What is asked at the end is a row where the record has its answer, else it is left out. Text before the first example is the task,
and stands in every instruction.
"""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final, NamedTuple

from tasks.imports.conversation import example, turns, turns_in
from tasks.imports.example import Conventions, Example, Record, UnusableError
from tasks.imports.values import text, with_input

TITLE: Final = "few-shot prompts"
ORIGIN: Final = "human"

PROMPTS: Final = ("few_shot_prompt", "prompt", "inputs")
ANSWERS: Final = ("completion", "targets", "target", "answer", "response", "output")
"""Columns with the answer to what is asked at the end."""
MARKS: Final = (
    ("Question", "Answer"), ("Q", "A"), ("Input", "Output"), ("Instruction", "Response"), ("Problem", "Solution"),
    ("Text", "Label"),
)  # fmt: skip
"""Words before the colon with which a line begins."""
NAMES: Final = ("example_user", "example_assistant")
"""OpenAI's names for the speakers of examples."""
_LINE: Final = r"^[ \t]*(?:#{1,4}[ \t]+|\*\*)?(%s|%s)(?:[ \t]*\d{1,3})?(?:\*\*)?[ \t]*:(?:\*\*)?"
_SEPARATOR: Final = re.compile(r"#{3,}|-{3,}|={3,}|\*{3,}")
_PATTERNS: Final = tuple((asks, re.compile(_LINE % (asks, answers), re.M)) for asks, answers in MARKS)
_FEWEST: Final = 2


class FewShotPrompt(NamedTuple):
    """What stands in a prompt."""

    task: str
    examples: list[tuple[str, str]]
    """(question, answer)."""
    asked: str
    """The question at the end, which has no answer; empty if there is none."""


def recognises(record: Record) -> bool:
    """Whether the record has a prompt with two answered examples or more, or turns that are named as examples."""
    said = turns_in(record)
    if said is not None:
        return [turn.get("name") for turn in said if isinstance(turn, dict)].count(NAMES[1]) >= _FEWEST
    prompt = next((record[name] for name in PROMPTS if isinstance(record.get(name), str)), "")
    return len(parsed(prompt).examples) >= _FEWEST


def read(record: Record, _conventions: Conventions) -> Iterable[Example]:
    """One example for each of the prompt's, in their order, and one for what it asks where that is answered."""
    if (said := turns_in(record)) is not None:
        return _of_turns(said)
    found = parsed(text(record, *PROMPTS))
    answer = text(record, *ANSWERS) if found.asked else ""
    pairs = [*found.examples, *([(found.asked, answer)] if answer.strip() else [])]
    if not pairs:
        raise UnusableError("empty", "response: no example of the prompt has an answer")
    return [Example(instruction=with_input(found.task, asked) if found.task else asked, response=said.strip())
            for asked, said in pairs]  # fmt: skip


def parsed(prompt: str) -> FewShotPrompt:
    """The task, examples and question of a prompt, by the pair of MARKS that it uses most; no examples where it uses none."""
    found = [(asks, [*pattern.finditer(prompt)]) for asks, pattern in _PATTERNS]
    asks, marks = max(found, key=lambda one: len(one[1]))
    if not marks:
        return FewShotPrompt(prompt, [], "")
    ends = [*(mark.start() for mark in marks[1:]), len(prompt)]
    said = [
        (mark[1] == asks, _without_separators(prompt[mark.end() : end])) for mark, end in zip(marks, ends, strict=True)
    ]
    examples = [
        (one, other)
        for (is_question, one), (is_next, other) in pairwise(said)
        if is_question and not is_next and one and other
    ]
    left = [one for is_question, one in said if is_question][-1:] if not said[-1][1] or said[-1][0] else []
    task = _without_separators(prompt[: marks[0].start()])
    return FewShotPrompt(task, examples, left[0] if left else "")


def _without_separators(text: str) -> str:
    """`text` without blanks around it and without the lines at its end that only part it from what follows."""
    lines = text.strip().split("\n")
    while lines and (not (line := lines[-1].strip()) or _SEPARATOR.fullmatch(line)):
        lines.pop()
    return "\n".join(lines).strip()


def _of_turns(said: list[Record]) -> list[Example]:
    """An example of each question and its answer, with the system text before them; a question without an answer is left out."""
    spoken = [{**turn, "role": "user" if turn.get("name") == NAMES[0] else "assistant"} if turn.get("name") in NAMES else turn
              for turn in said if isinstance(turn, dict)]  # fmt: skip
    every = turns(spoken)
    system = [turn for turn in every if turn["role"] == "system"]
    others = [turn | {"name": None} for turn in every if turn["role"] != "system"]
    pairs = pairwise(others)
    made = [
        example([*system, one, other]) for one, other in pairs if (one["role"], other["role"]) == ("user", "assistant")
    ]
    if not made:
        raise UnusableError("empty", "response: nobody answers in this prompt")
    return made
