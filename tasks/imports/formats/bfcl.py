"""Berkeley Function-Calling Leaderboard: {id, question, function}, or {id, question, involved_classes} with several turns; answers
stand in a file of their own, by id.

The importer joins the two: `companion` names the other file of a pair, and a record comes here with `ground_truth` inside.
"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from tasks.imports.conversation import example as example_of
from tasks.imports.conversation import turn_of, turns
from tasks.imports.example import Conventions, Example, Record, Turn, UnusableError
from tasks.imports.tool_calls import calls_text
from tasks.imports.values import json_text

TITLE: Final = "BFCL (tool calls)"
ORIGIN: Final = "human"
BESIDE: Final = frozenset(("initial_config", "path"))
ANSWERS: Final = "answer_"


def recognises(record: Record) -> bool:
    """Whether the record has a question of turns with functions, or an id with its true calls."""
    asked = {"id", "question"} <= record.keys() and ("function" in record or "involved_classes" in record)
    return asked or {"id", "ground_truth"} <= record.keys()


def companions(file: Path) -> tuple[Path, ...]:
    """Where the other file of a pair may be, the leaderboard's own layout included."""
    if file.name.startswith(ANSWERS):
        return (file.with_name(file.name.removeprefix(ANSWERS)),)
    if file.parent.name == "possible_answer":
        return (file.parent.parent / file.name,)
    return (file.with_name(ANSWERS + file.name), file.parent / "possible_answer" / file.name)


def holds_answers(path: str) -> bool:
    """Whether a file of this name is the answers' of a pair."""
    return Path(path).name.startswith(ANSWERS) or Path(path).parent.name == "possible_answer"


def read(record: Record, _conventions: Conventions) -> Iterable[Example]:
    """One example: the question's turns, the functions as tools, and the first true call of each as the response. Where the user
    asks several times, each time is followed by its calls, without what the functions gave back: the leaderboard runs them."""
    if "question" not in record:
        raise UnusableError("empty", "instruction: no question of this id stands in the file beside it")
    if "ground_truth" not in record:
        raise UnusableError("empty", "response: no answer of this id stands in the file beside it")
    asked, answers = record["question"], record["ground_truth"]
    if not isinstance(asked, list) or not all(isinstance(step, list) for step in asked):
        raise UnusableError("malformed_record", "question is not a list of steps, each a list of turns")
    steps = answers if all(isinstance(step, list) for step in answers) and answers else [answers]
    if len(steps) != len(asked):
        raise UnusableError("malformed_record", f"{len(asked)} steps are asked and {len(steps)} are answered")
    said = [turn for step, calls in zip(asked, steps, strict=True) for turn in (*turns(step), *_called(calls))]
    return (example_of(said, tools=json_text(record.get("function"), "function")),)


def _called(answers: list[Any]) -> Iterator[Turn]:
    """The calls of one step as a turn; none where the right answer is to call nothing."""
    calls = [_parsed(call) if isinstance(call, str) else _first(call) for call in answers]
    if calls:
        yield turn_of("assistant", None, tool_calls=calls_text(calls))


def _parsed(call: str) -> Record:
    """A call written in Python, `name(argument=value)`, as multi-turn answers have it; only literals are values."""
    try:
        (node,) = [node for node in (ast.parse(call.strip(), mode="eval").body,) if isinstance(node, ast.Call)]
        arguments: Record = {str(n): ast.literal_eval(value) for n, value in enumerate(node.args)}
        arguments |= {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in node.keywords}
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        raise UnusableError("malformed_record", f"ground_truth holds what is no call: {call[:60]}") from None
    return {"name": ast.unparse(node.func), "arguments": arguments}


def _first(call: Any) -> Record:
    """{name: {argument: [allowed, …]}} → the call with the first allowed value of each; "" means: may be left out."""
    if not isinstance(call, dict) or len(call) != 1:
        raise UnusableError("malformed_record", "ground_truth is not a list of {name: arguments}")
    name, arguments = next(iter(call.items()))
    chosen = {key: _allowed(values) for key, values in arguments.items() if values != [""]}
    return {"name": name, "arguments": {key: value for key, value in chosen.items() if value != ""}}


def _allowed(values: Any) -> Any:
    if not isinstance(values, list):
        return values
    first = values[0] if values else ""
    if isinstance(first, dict):
        return {key: _allowed(inner) for key, inner in first.items()}
    return first
