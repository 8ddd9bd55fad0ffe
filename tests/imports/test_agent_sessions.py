"""Sessions of coding agents: one conversation each, and nobody's keys."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.core.errors import BadInput
from tests.imports.conftest import Import, write

CLAUDE = [
    {"type": "summary", "leafUuid": "l", "summary": "s"},
    {"type": "user", "sessionId": "s", "uuid": "1", "message": {"role": "user", "content": "Fix /home/jane/app.py."}},
    {
        "type": "assistant",
        "sessionId": "s",
        "message": {"id": "m1", "role": "assistant", "content": [{"type": "thinking", "thinking": "Look first."}]},
    },
    {
        "type": "assistant",
        "sessionId": "s",
        "message": {
            "id": "m1",
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "ls /home/jane"}}],
        },
    },
    {
        "type": "user",
        "sessionId": "s",
        "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "app.py"}]},
    },
    {
        "type": "assistant",
        "sessionId": "s",
        "message": {"id": "m2", "role": "assistant", "content": [{"type": "text", "text": "Done."}]},
    },
    {
        "type": "assistant",
        "sessionId": "s",
        "isSidechain": True,
        "message": {"id": "m3", "role": "assistant", "content": "aside"},
    },
]
CODEX = [
    {"type": "session_meta", "payload": {"id": "s"}},
    {
        "type": "response_item",
        "payload": {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "Fix /home/user/app.py."}],
        },
    },
    {
        "type": "response_item",
        "payload": {
            "type": "function_call",
            "call_id": "t1",
            "name": "Bash",
            "arguments": '{"command": "ls /home/user"}',
        },
    },
    {"type": "response_item", "payload": {"type": "function_call_output", "call_id": "t1", "output": "app.py"}},
    {"type": "event_msg", "payload": {"type": "token_count"}},
    {
        "type": "response_item",
        "payload": {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Done."}]},
    },
]


@pytest.mark.parametrize("lines", [CLAUDE, CODEX])
def test_a_session_of_a_coding_agent_is_one_conversation(imported: Import, tmp_path: Path, lines: list[Any]) -> None:
    (row,) = imported(write(tmp_path / "session.jsonl", lines)).kept.to_pylist()
    assert (row["instruction"], row["response"]) == ("Fix /home/user/app.py.", "Done.")
    called, result = row["history"][1:]
    assert json.loads(called["tool_calls"]) == [{"id": "t1", "name": "Bash", "arguments": {"command": "ls /home/user"}}]
    assert (result["content"], result["tool_call_id"], result["name"]) == ("app.py", "t1", "Bash")


@pytest.mark.parametrize(
    "secret",
    [
        "AKIA" + "A1B2C3D4E5F6G7H8",
        "ghp_" + "a1B2" * 9,
        "export API_KEY=9f8e7d6c5b4a3210",
        "-----BEGIN RSA PRIVATE KEY-----",
        "postgres://app:hunter22@db/x",
        "mail jane.roe@corp.io",
    ],
)
def test_a_session_with_a_key_in_it_is_refused(imported: Import, tmp_path: Path, secret: str) -> None:
    text = json.dumps(CLAUDE).replace("ls /home/jane", secret)
    assert imported(write(tmp_path / "session.jsonl", json.loads(text))).kept.num_rows == 0


def test_sessions_are_read_only_where_personal_data_is_filtered(imported: Import, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"set filters\.pii\.enabled: true"):
        imported(write(tmp_path / "session.jsonl", CLAUDE), personal_data_filtered=False)
