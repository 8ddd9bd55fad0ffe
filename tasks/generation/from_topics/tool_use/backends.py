"""Who executes calls of tools: a Python file in the sandbox, or a server. Equal calls get one answer within a build.

A simulated tool stands in `simulated.py`.
"""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from tasks.core.errors import BadInput
from tasks.generation.from_topics.tool_use.tool import ToolCall
from tasks.teachers.protocol import Failure
from tasks.teachers.provider import sendable
from tasks.verification.execution import sandbox

LONGEST_RESULT: Final = 8000
"""Characters of a result; a longer one is an error, since a part of it would be no JSON and could mislead."""
_CALLER: Final = Path(__file__).parent / "inside" / "caller.py"


@dataclass(frozen=True)
class ToolResult:
    """What a call gave back, as the row's turn of the tool has it."""

    text: str
    error: bool = False
    """Whether the tool says that it could not do it."""
    failure: Failure | None = None
    """Of a simulated tool: the teacher gave no answer, so there is no result."""
    requests: tuple[str, ...] = ()
    """Journal hashes of the calls of the teacher behind it."""

    @classmethod
    def of(cls, value: Any) -> "ToolResult":
        """The result that is `value`, as JSON text; a text stays as it is, without halves of characters."""
        text = sendable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        if len(text) > LONGEST_RESULT:
            return cls.failed(f"the result has more than {LONGEST_RESULT:,} characters")
        return cls(text)

    @classmethod
    def of_json(cls, text: str) -> "ToolResult":
        """The result that JSON text holds; text that is none, or nested too deeply, is the result."""
        try:
            return cls.of(json.loads(text))
        except (ValueError, RecursionError):
            return cls.of(text)

    @classmethod
    def failed(cls, what: str) -> "ToolResult":
        """The result of a call that failed."""
        return cls(json.dumps({"error": " ".join(what.split())[:500]}, ensure_ascii=False), error=True)


class ToolBackend(Protocol):
    """Executes calls."""

    def results(self, calls: Sequence[ToolCall]) -> list[ToolResult]:
        """The results of different calls, in their order."""
        ...


class Remembering:
    """A backend that is asked each call once: equal calls get equal results."""

    def __init__(self, backend: ToolBackend) -> None:
        self._backend = backend
        self._known: dict[str, ToolResult] = {}

    def results(self, calls: Sequence[ToolCall]) -> list[ToolResult]:
        """The results of calls, in their order."""
        new = {call.key: call for call in calls if call.key not in self._known}
        self._known |= zip(new, self._backend.results(list(new.values())), strict=True) if new else ()
        return [self._known[call.key] for call in calls]

    @property
    def executed(self) -> int:
        """Different calls so far."""
        return len(self._known)


class PythonFile:
    """Functions of a Python file, called by the names of the tools, each call in a sandbox of its own."""

    def __init__(self, path: Path, seconds: float, workers: int) -> None:
        if not path.is_file():
            raise BadInput(f"tool_use.python: no file {path}")
        self._program, self._source = _CALLER.read_text("utf-8"), path.read_text("utf-8")
        self._seconds, self._workers = seconds, workers

    def results(self, calls: Sequence[ToolCall]) -> list[ToolResult]:
        """The results of calls. What a function raises is the result's error. Raises NoSandbox where none can be had."""
        with ThreadPoolExecutor(max(1, self._workers)) as threads:
            return list(threads.map(self._result, calls))

    def _result(self, call: ToolCall) -> ToolResult:
        request = json.dumps({"source": self._source, "name": call.tool.name, "arguments": call.arguments})
        run = sandbox.run(self._program, stdin=request, seconds=self._seconds)
        if run.killed_by:
            return ToolResult.failed(f"the call was ended: {run.killed_by}")
        try:
            said = json.loads(run.stdout)
        except (ValueError, RecursionError):
            return ToolResult.failed(f"the call ended without a result: {run.stderr[-200:]}")
        return ToolResult.failed(said["error"]) if "error" in said else ToolResult.of(said["result"])
