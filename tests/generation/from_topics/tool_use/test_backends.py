"""Calls that are really executed: by a Python file in the sandbox, and by a server."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tasks.core.errors import InstructoryError
from tasks.core.outcome import Tools
from tasks.generation.from_topics.tool_use import ToolUse
from tasks.generation.from_topics.tool_use.backends import LONGEST_RESULT, PythonFile, Remembering, ToolResult
from tasks.generation.from_topics.tool_use.endpoint import ToolServer
from tasks.generation.from_topics.tool_use.rounds import make
from tasks.generation.from_topics.tool_use.tool import ApiOperation, Tool, ToolCall
from tasks.generation.method import Inputs
from tests.generation.from_topics.tool_use.player import TOOLS, play
from tests.servers.loopback import Asked, answering
from tests.servers.models import ModelServer
from tests.teachers.prompts.material import teacher_at

PROGRAM = """
import os, urllib.request
print("what the file prints is no result")

def add(a, b):
    print("nor is this")
    return {"sum": a + b}

def fail():
    raise ValueError("no such order")

def leave():
    os._exit(3)

def loop():
    while True:
        pass

def fetch(url):
    return urllib.request.urlopen(url, timeout=2).read().decode()

def long():
    return "a" * 100_000

get_weather = lambda city: {"city": city, "degrees": 21}
find_person = lambda name: {"person_id": "P-" + name}
phone_person = lambda person_id: {"answered": True}
"""


def call(tool: str, **arguments: Any) -> ToolCall:
    return ToolCall(Tool(tool, "", {"type": "object"}), arguments)


def test_functions_of_a_file_are_called_in_the_sandbox(tmp_path: Path) -> None:
    file = tmp_path / "functions.py"
    file.write_text(PROGRAM)
    with answering(lambda _asked: (200, b"secret")) as url:
        results = PythonFile(file, seconds=1.0, workers=2).results(
            [
                call("add", a=2, b=3),
                call("fail"),
                call("leave"),
                call("loop"),
                call("fetch", url=url),
                call("long"),
                call("gone"),
            ]
        )
    assert results[0] == ToolResult('{"sum": 5}')
    assert all(one.error and "error" in json.loads(one.text) for one in results[1:])
    assert [
        part in one.text for one, part in zip(results[1:4], ("no such order", "without a result", "time"), strict=True)
    ] == [True] * 3
    assert "secret" not in results[4].text
    assert f"{LONGEST_RESULT:,}" in results[5].text


def test_equal_calls_are_executed_once() -> None:
    class Counting:
        def __init__(self) -> None:
            self.seen: list[str] = []

        def results(self, calls: Sequence[ToolCall]) -> list[ToolResult]:
            self.seen += [one.key for one in calls]
            return [ToolResult(f"result {len(self.seen)}") for _ in calls]

    backend = Counting()
    remembering = Remembering(backend)
    first = remembering.results([call("add", a=1, b=2), call("add", b=2, a=1)])
    assert first[0] == first[1] == remembering.results([call("add", a=1, b=2)])[0]
    assert len(backend.seen) == remembering.executed == 1


def operation(method: str, path: str, **places: str) -> Tool:
    return Tool("tool", "", {"type": "object"}, operation=ApiOperation(method, path, places))


def test_operations_of_a_server_get_their_arguments_where_they_belong() -> None:
    seen: list[Asked] = []

    def answer(asked: Asked) -> tuple[int, bytes]:
        seen.append(asked)
        return {"/api/moved": (302, b""), "/api/long": (200, b"x" * 900_000), "/api/bad": (404, b"no such city")}.get(
            asked.path, (200, b'{"ok": true}')
        )

    get = operation("get", "/cities/{city}/weather", city="path", unit="query", days="query")
    post = operation("post", "/orders", item="body", shop="query")
    whole = operation("post", "/list", body="whole body")
    with answering(answer) as url:
        results = ToolServer(f"{url}/api", seconds=5.0).results(
            [
                ToolCall(get, {"city": "São/../x?", "unit": "C", "days": [1, 2]}),
                ToolCall(post, {"item": "pen", "shop": "a&b"}),
                ToolCall(whole, {"body": [1]}),
                call("plain", a=1),
                *(ToolCall(operation("get", f"/{name}"), {}) for name in ("moved", "long", "bad")),
                ToolCall(get, {"city": ".."}),
            ]
        )
    assert [one.error for one in results] == [False] * 4 + [True] * 4
    assert {one.text for one in results[:4]} == {'{"ok": true}'}
    assert "no such city" in results[6].text
    by_path = {asked.path: asked.body for asked in seen}
    assert by_path["/api/cities/S%C3%A3o%2F..%2Fx%3F/weather?unit=C&days=1&days=2"] == b""
    assert json.loads(by_path["/api/orders?shop=a%26b"]) == {"item": "pen"}
    assert json.loads(by_path["/api/list"]) == [1]
    assert json.loads(by_path["/api/plain"]) == {"a": 1}
    assert len(seen) == 7, "no redirect was followed, and no call led to another path"


def test_a_server_that_is_not_there_ends_the_build() -> None:
    with pytest.raises(InstructoryError, match=r"tool_use\.http: http://127\.0\.0\.1:9"):
        ToolServer("http://127.0.0.1:9", seconds=2.0).results([call("plain")])


@pytest.mark.parametrize("backend", ["python", "http"])
def test_conversations_with_tools_that_are_really_called(
    model_server: ModelServer, tmp_path: Path, backend: str
) -> None:
    file = tmp_path / "functions.py"
    file.write_text(PROGRAM)
    model_server.reply = play

    def answer(asked: Asked) -> tuple[int, bytes]:
        scope: dict[str, Any] = {}
        exec(PROGRAM, scope)
        return 200, json.dumps(scope[asked.path.strip("/")](**json.loads(asked.body))).encode()

    with answering(answer) as url, teacher_at(model_server, tmp_path) as teacher:
        where = {"python": {"python": file}, "http": {"http": url}}[backend]
        params = ToolUse.model_validate({"tools": TOOLS, "rows": 14, **where})
        outcome = make(Inputs(), params, teacher, Tools("key", tmp_path))
    assert outcome.kept.num_rows == 14, outcome.rejected.to_pylist()
    assert not any("You play the service" in seen.system for seen in model_server.seen)
    results = [
        turn["content"] for row in outcome.kept.to_pylist() for turn in row["history"] or () if turn["role"] == "tool"
    ]
    assert any(json.loads(text).get("degrees") == 21 for text in results)
