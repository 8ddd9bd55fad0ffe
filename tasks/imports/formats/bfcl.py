"""Berkeley Function-Calling Leaderboard: {id, question, function}; answers stand in a file of their own, by id.

The importer joins the two: `companion` names the other file of a pair, and a record comes here with `ground_truth` inside.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from tasks.imports.conversation import calls_text, turn_of, turns
from tasks.imports.conversation import example as example_of
from tasks.imports.example import Example, Record, UnusableError, json_text
from tasks.imports.params import Dataset

TITLE: Final = "BFCL (tool calls)"
ORIGIN: Final = "human"
ANSWERS: Final = "answer_"


def recognises(record: Record) -> bool:
    """Whether the record has a question of turns with functions, or an id with its true calls."""
    return {"id", "question", "function"} <= record.keys() or {"id", "ground_truth"} <= record.keys()


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


def read(record: Record, _dataset: Dataset) -> Iterable[Example]:
    """One example: the question's turns, the functions as tools, and the first true call of each as the response."""
    if "question" not in record:
        raise UnusableError("empty", "instruction: no question of this id stands in the file beside it")
    if "ground_truth" not in record:
        raise UnusableError("empty", "response: no answer of this id stands in the file beside it")
    asked = record["question"]
    if not isinstance(asked, list) or len(asked) != 1 or not isinstance(asked[0], list):
        raise UnusableError("malformed_record", "only questions of one step can be answered by one response")
    calls = turn_of("assistant", None, tool_calls=calls_text([_first(call) for call in record["ground_truth"]]))
    return (example_of([*turns(asked[0]), calls], tools=json_text(record["function"], "function")),)


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
