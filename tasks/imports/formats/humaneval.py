"""HumanEval and what follows it: {prompt, canonical_solution, test, entry_point}; the row's tests call what `test` defines."""

from collections.abc import Iterable
from typing import Final

from tasks.imports.example import Conventions, Example, Record, UnusableError
from tasks.imports.values import text

TITLE: Final = "HumanEval"
ORIGIN: Final = "human"
BESIDE: Final = frozenset({"task_id"})


def recognises(record: Record) -> bool:
    """Whether the record has a function's head, its body, and tests that call it by name."""
    return {"prompt", "canonical_solution", "test", "entry_point"} <= record.keys()


def read(record: Record, _conventions: Conventions) -> Iterable[Example]:
    """One example: the head with its description is asked, the whole function answers."""
    prompt, body = text(record, "prompt"), text(record, "canonical_solution")
    test, name = text(record, "test"), text(record, "entry_point")
    if not prompt.strip() or not body.strip():
        raise UnusableError("empty", "response: no prompt or no canonical_solution")
    head = prompt if prompt.endswith("\n") else f"{prompt}\n"
    called = f"{test.rstrip()}\n\ncheck({name})\n" if "def check(" in test else test
    return (
        Example(
            instruction=f"Complete this Python function.\n\n```python\n{prompt.strip()}\n```",
            response=f"```python\n{head}{body.rstrip()}\n```",
            tests=called or None,
            category="code",
        ),
    )
