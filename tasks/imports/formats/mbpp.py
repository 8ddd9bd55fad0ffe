"""MBPP: {text or prompt, code, test_list}, with test_setup_code or test_imports; the row's tests are the list's assertions."""

from collections.abc import Iterable
from typing import Any, Final

from tasks.imports.example import Conventions, Example, Record, UnusableError
from tasks.imports.values import text, unpacked

TITLE: Final = "MBPP"
ORIGIN: Final = "human"
BESIDE: Final = frozenset({"task_id", "source_file", "challenge_test_list"})


def recognises(record: Record) -> bool:
    """Whether the record has a program and a list of assertions."""
    return {"code", "test_list"} <= record.keys() and bool({"text", "prompt"} & record.keys())


def read(record: Record, _conventions: Conventions) -> Iterable[Example]:
    """One example. The first assertion stands in the instruction, as in the benchmark's own prompt: it names the function."""
    asked, code = text(record, "text", "prompt"), text(record, "code").replace("\r\n", "\n").strip()
    assertions = _list(record.get("test_list"), "test_list")
    if not asked or not code:
        raise UnusableError("empty", "response: no text or no code")
    setup = [text(record, "test_setup_code"), *_list(record.get("test_imports"), "test_imports")]
    tests = "\n".join(line.replace("\r\n", "\n") for line in (*setup, *assertions) if line.strip())
    example = f"\n\nThe function must satisfy: `{assertions[0].strip()}`" if assertions else ""
    return (
        Example(
            instruction=f"{asked}{example}", response=f"```python\n{code}\n```", tests=tests or None, category="code"
        ),
    )


def _list(value: Any, name: str) -> list[str]:
    value = unpacked(value)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise UnusableError("malformed_record", f"{name} is not a list of texts")
    return value
