"""What OpenAI's reference says of fine-tuning files, as one JSON Schema an objective: there is no loader to run here.

Keys that are not named are refused, as its validation does; conversations end with the assistant, or the user for reinforcement.
"""

from typing import Any

from jsonschema import Draft202012Validator

TEXT = {"type": "string"}
FUNCTION_NAME = {"type": "string", "pattern": "^[a-zA-Z0-9_-]{1,64}$"}


def _object(required: list[str], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


CALL = _object(
    ["id", "type", "function"],
    {
        "id": TEXT,
        "type": {"const": "function"},
        "function": _object(["name", "arguments"], {"name": FUNCTION_NAME, "arguments": TEXT}),
    },
)
ASSISTANT = _object(
    ["role", "content"],
    {
        "role": {"const": "assistant"}, "content": {"type": ["string", "null"]}, "name": TEXT, "weight": {"enum": [0, 1]},
        "tool_calls": {"type": "array", "items": CALL, "minItems": 1},
    },
)  # fmt: skip
SPEAKER = _object(["role", "content"], {"role": {"enum": ["system", "user"]}, "content": TEXT, "name": TEXT})
RESULT = _object(
    ["role", "content", "tool_call_id"], {"role": {"const": "tool"}, "content": TEXT, "tool_call_id": TEXT}
)
MESSAGES = {"type": "array", "minItems": 1, "items": {"anyOf": [ASSISTANT, SPEAKER, RESULT]}}
TOOLS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["type", "function"],
        "properties": {"type": {"const": "function"}, "function": {"type": "object"}},
    },
}
INPUT = _object(["messages"], {"messages": MESSAGES, "tools": TOOLS, "parallel_tool_calls": {"type": "boolean"}})
ONE_ANSWER = {"type": "array", "items": ASSISTANT, "minItems": 1, "maxItems": 1}
SCHEMAS = {
    "sft": INPUT,
    "completion": INPUT,
    "preference": _object(
        ["input", "preferred_output", "non_preferred_output"],
        {"input": INPUT, "preferred_output": ONE_ANSWER, "non_preferred_output": ONE_ANSWER},
    ),
    "rl": {"type": "object", "required": ["messages"], "properties": {"messages": MESSAGES, "tools": TOOLS}},
}


def wrong(line: dict[str, Any], objective: str) -> str:
    """What breaks the rules; empty where nothing does."""
    for error in Draft202012Validator(SCHEMAS[objective]).iter_errors(line):
        return f"{error.json_path}: {error.message[:200]}"
    said = line["input"]["messages"] if objective == "preference" else line["messages"]
    last = "user" if objective in ("preference", "rl") else "assistant"
    if said[-1]["role"] != last:
        return f"the last turn is the {said[-1]['role']}'s"
    waiting: list[str] = []
    for message in said:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                return f"{message['tool_call_id']} answers no call"
            waiting.remove(message["tool_call_id"])
        elif waiting:
            return f"{waiting} not answered"
        waiting += [call["id"] for call in message.get("tool_calls", ())]
    return ""
