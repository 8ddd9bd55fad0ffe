"""Rows of tables: a question, what it is about, its answer and what else is known, under the names that are usual. Every format
that is such a table is read here, so that a column has one meaning in all of them."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from tasks.imports import choices as multiple_choice
from tasks.imports.conversation import REASONING, are_turns, example, turn_of, turns
from tasks.imports.example import TOOL_CALL, Conventions, Example, Record, Turn, UnusableError
from tasks.imports.tool_calls import calls_text
from tasks.imports.values import (
    LONGEST_MISSING,
    MISSING,
    accepted,
    empty,
    json_text,
    material,
    optional,
    scalar,
    text,
    unpacked,
    with_input,
)
from tasks.text.final_answers import marked

INSTRUCTIONS: Final = (
    *("instruction", "instructions", "question", "prompt", "query", "problem", "user_message", "user", "human"),
    *("input_text", "inputs", "input"),
)
MATERIAL: Final = (
    *("input", "inputs", "context", "contexts", "passage", "passages", "document", "documents", "article", "paragraph"),
    *(
        "paragraphs",
        "background",
        "story",
        "excerpt",
        "premise",
        "hypothesis",
        "retrieved_contexts",
        "retrieved_passages",
    ),
    *("retrieved_documents", "search_results"),
)
"""What an instruction is about; it stands behind the instruction."""
SECOND: Final = ("question", "problem", "input_text")
"""Also material where they stand beside an instruction."""
RESPONSES: Final = (
    "response", "output", "solution", "answer", "completion", "target", "targets", "output_text", "reply", "bot_message",
    "assistant", "answers", "correct_answer", "best_answer",
)  # fmt: skip
REFERENCES: Final = ("reference", "final_answer", "ground_truth", "reference_answer", "gold_answer", "expected_answer")
"""The right answer beside a response that may say more."""
MARKED: Final = ("####", "\\boxed")
"""Marks of a final answer, as in GSM8K and MATH."""
ROLES: Final[dict[str, tuple[str, ...]]] = {
    "instruction": INSTRUCTIONS,
    "input": MATERIAL,
    "response": RESPONSES,
    "system": ("system", "system_prompt", "system_message"),
    "history": ("history", "chat_history", "conversation_history"),
    "reasoning": (*REASONING, "rationale", "chain_of_thought", "cot"),
    "choices": multiple_choice.LISTS,
    "rejected": (),
    "score": (),
    "tools": ("tools", "functions"),
    "reference": REFERENCES,
    "category": ("category", "type", "task"),
    "topic": ("topic", "subject"),
    "difficulty": ("difficulty",),
    "language": ("language", "lang"),
    "tests": ("tests", "test_code"),
}
"""Under which names a table keeps what a row has, the first that holds something first. Names count without case and blanks."""
DIFFICULTIES: Final = ("easy", "medium", "hard")


class Plan(NamedTuple):
    """Which columns of a record hold what: for each of ROLES the names that are there, in order."""

    instruction: tuple[str, ...]
    input: tuple[str, ...]
    response: tuple[str, ...]
    system: tuple[str, ...]
    history: tuple[str, ...]
    reasoning: tuple[str, ...]
    choices: tuple[str, ...]
    rejected: tuple[str, ...]
    score: tuple[str, ...]
    tools: tuple[str, ...]
    reference: tuple[str, ...]
    category: tuple[str, ...]
    topic: tuple[str, ...]
    difficulty: tuple[str, ...]
    language: tuple[str, ...]
    tests: tuple[str, ...]
    choice_columns: tuple[str, ...]
    """Columns that hold a choice each."""
    answers: tuple[str, ...]
    """Columns that may say which choice is right."""
    described: bool
    """Whether there is anything beside question, material, history, choices and answer."""


def plan_of(record: Record, conventions: Conventions | None = None) -> Plan:
    """The plan of a record with these columns; the recipe's `columns` count, and nothing else, where it names some."""
    return _plan(tuple(record), tuple(conventions.dataset.columns.items()) if conventions else ())


def is_question(record: Record) -> bool:
    """Whether a record has a question and an answer, or choices and which one is right."""
    plan = plan_of(record)
    chosen = (plan.choices or plan.choice_columns) and plan.answers
    return bool(plan.instruction and (plan.response or chosen))


@lru_cache(1024)
def _plan(columns: tuple[str, ...], renamed: tuple[tuple[str, str], ...]) -> Plan:
    there = {name.strip().lower().replace(" ", "_").replace("-", "_"): name for name in reversed(columns)}
    if renamed:
        named = dict(renamed)
        named_columns = {role: (named[role],) if named.get(role) in columns else () for role in ROLES}
        return Plan(**named_columns, choice_columns=(), answers=named_columns["response"], described=True)
    found: dict[str, tuple[str, ...]] = {
        role: tuple(there[name] for name in names if name in there) for role, names in ROLES.items()
    }
    answers = tuple(there[name] for name in multiple_choice.ANSWERS if name in there)
    behind = {*found["input"], *(there[name] for name in SECOND if name in there)} - {*found["instruction"][:1]}
    found["input"] = tuple(name for name in columns if name in behind)
    beside = any(
        found[role] for role in ROLES if role not in ("instruction", "input", "response", "history", "choices")
    )
    return Plan(**found, choice_columns=multiple_choice.choice_columns(columns), answers=answers, described=beside)


def read(record: Record, conventions: Conventions) -> Example:
    """The example of a row. Where question or answer are lists of turns, it is that of the conversation."""
    plan = plan_of(record, conventions)
    before, question = asked(record, plan)
    response, calls = _answer(record, plan, conventions)
    if isinstance(response, list):
        made = example([*before, *([turn_of("user", question)] if question else []), *response])
    elif not question and before and before[-1]["role"] == "user":
        made = example([*before, turn_of("assistant", response)])
    else:
        made = Example(question, response, history=before or None)
    if calls:
        made.expects = TOOL_CALL
    if plan.described:
        describe(made, record, plan)
    if made.reference is None and any(mark in made.response for mark in MARKED) and (found := marked(made.response)):
        made.reference = found.answer
    return made


def examples(record: Record, conventions: Conventions) -> Iterable[Example]:
    """What `read` makes of a row, as formats give it."""
    return (read(record, conventions),)


def asked(record: Record, plan: Plan) -> tuple[list[Turn], str]:
    """The turns before the question, and the question with its material and choices behind it; empty where the turns hold it."""
    before = earlier(record, plan.history) if plan.history else []
    question = record.get(plan.instruction[0]) if plan.instruction else ""
    if type(question) is not str or len(question) <= LONGEST_MISSING:
        value = _first(record, plan.instruction)
        if isinstance(value, list) and are_turns(value):
            return [*before, *turns(value)], ""
        question = text(record, *plan.instruction)
    given = [said for name in plan.input if (said := record.get(name)) and (said := _behind(said, name, question))]
    if (
        (plan.choices or plan.choice_columns)
        and (found := _choices(record, plan)) is not None
        and not all(words in question for words in found.texts)
    ):
        given.append(found.listed())
    return before, with_input(question, *given) if given else question


def earlier(record: Record, names: tuple[str, ...]) -> list[Turn]:
    """Turns before the question: a list of turns, or of [question, answer] pairs."""
    value = unpacked(_first(record, names))
    if empty(value):
        return []
    if are_turns(value):
        return turns(value)
    pairs = value if isinstance(value, list) else [value]
    if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        raise UnusableError("malformed_record", "history is not a list of [question, answer]")
    return [
        turn_of(role, scalar(words, "history"))
        for pair in pairs
        for role, words in zip(("user", "assistant"), pair, strict=True)
    ]


def number(record: Record, names: tuple[str, ...]) -> float | None:
    """The first of these values as a number. Raises UnusableError for one that is none."""
    value = _first(record, names)
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise UnusableError("malformed_record", f"the score {str(value)[:40]!r} is not a number") from None


def _answer(record: Record, plan: Plan, conventions: Conventions) -> tuple[Any, bool]:
    """The answer as text or as turns, and whether it is a call of a tool."""
    if plan.choices or plan.choice_columns:
        found = _choices(record, plan)
        if found is not None:
            return multiple_choice.right_answer(record, plan.answers or plan.response, found, conventions), False
    for name in plan.response:
        value = record.get(name)
        if type(value) is str:
            if value and (len(value) > LONGEST_MISSING or value not in MISSING):
                return _called(value) if plan.tools else (value, False)
            continue
        if isinstance(value, list) and value and are_turns(value):
            return turns(value), False
        if value is not None and (said := accepted(value, name)):
            return said[0], False
    return "", False


def _called(said: str) -> tuple[str, bool]:
    """An answer beside tools that is JSON text of calls, as xLAM keeps them."""
    if said[:1] in "[{":
        found = unpacked(said)
        listed = found if isinstance(found, list) else [found]
        if listed and all(isinstance(call, dict) and {"name", "arguments"} <= call.keys() for call in listed):
            return calls_text(found), True
    return said, False


def _choices(record: Record, plan: Plan) -> multiple_choice.Choices | None:
    if not plan.choices and not plan.choice_columns:
        return None
    return multiple_choice.choices_of(record, plan.choices, plan.choice_columns)


def _behind(value: Any, name: str, question: str) -> str:
    said = material(value, name)
    return "" if said and said in question else said


def describe(made: Example, record: Record, plan: Plan) -> None:
    """Fill in what a record says beside question and answer."""
    made.system = "\n\n".join(filter(None, (optional(record, *plan.system), made.system))) or None
    made.reasoning = made.reasoning or optional(record, *plan.reasoning)
    made.tools = json_text(_first(record, plan.tools), "tools")
    if plan.reference and (right := accepted(_first(record, plan.reference), plan.reference[0])):
        made.reference = right[0]
    if plan.rejected:
        made.rejected = optional(record, *plan.rejected)
    if plan.score:
        made.score = number(record, plan.score)
    if plan.category:
        made.category = optional(record, *plan.category)
    if plan.topic:
        made.topic = optional(record, *plan.topic)
    if plan.language:
        made.language = optional(record, *plan.language)
    if plan.tests:
        made.tests = _tests(record, plan.tests)
    if plan.difficulty and str(dict.get(record, plan.difficulty[0])).lower() in DIFFICULTIES:
        made.difficulty = str(record[plan.difficulty[0]]).lower()


def _tests(record: Record, names: tuple[str, ...]) -> str | None:
    """Program text: a text, or texts that are lines of it. Other shapes (inputs with outputs, for one) are no program."""
    value = unpacked(_first(record, names))
    lines = value if isinstance(value, list) else [value]
    return "\n".join(lines) if lines and all(isinstance(line, str) for line in lines) else None


def _first(record: Record, names: tuple[str, ...]) -> Any:
    return next((value for name in names if not empty(value := record.get(name))), None)
