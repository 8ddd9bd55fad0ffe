"""Exported rows read back as turns, written from what each trainer's documentation says of its files, not from our writers."""

import json
from typing import Any

Turn = dict[str, Any]
"""role, content, name, reasoning, calls [(id, name, arguments)], call_id; absent where empty."""


def _turn(role: str, content: str | None, calls=(), **more: Any) -> Turn:
    made = {"role": role, "content": content or "", "calls": [tuple(call) for call in calls], **more}
    return {name: value for name, value in made.items() if value}


def chat(said: dict[str, Any]) -> Turn:
    """A message of a chat template or of OpenAI's interface."""
    calls = []
    for call in said.get("tool_calls") or ():
        arguments = call["function"]["arguments"]
        value = json.loads(arguments or "{}") if isinstance(arguments, str) else arguments
        calls.append((call["id"], call["function"]["name"], value))
    return _turn(
        said["role"], said["content"], calls,
        name=said.get("name"), reasoning=said.get("reasoning_content"), call_id=said.get("tool_call_id"),
    )  # fmt: skip


def shared(said: dict[str, Any]) -> list[Turn]:
    """A turn of LLaMA-Factory's ShareGPT form."""
    text, more = said["value"], {"name": said.get("name")}
    if said["from"] == "observation":
        parts = text.split("\n</tool_response>\n<tool_response>\n")
        ids = said["tool_call_id"].split(" ")
        assert len(parts) == len(ids)
        return [_turn("tool", part, call_id=id_, **more) for part, id_ in zip(parts, ids, strict=True)]
    if text.startswith("<think>\n") and said["from"] != "human":
        more["reasoning"], text = text.removeprefix("<think>\n").split("\n</think>\n\n", 1)
    calls = ()
    if said["from"] == "function_call":
        if "<tool_call>" in text:
            text, _, rest = text.partition("<tool_call>")
            written = rest.removesuffix("</tool_call>")
        else:
            text, written = "", text
        calls = [(call["id"], call["name"], call["arguments"]) for call in json.loads(written)]
    role = {"human": "user", "gpt": "assistant", "function_call": "assistant"}[said["from"]]
    return [_turn(role, text, calls, **more)]


def conversations(target: str, objective: str, line: dict[str, Any]) -> list[list[Turn]]:
    """The conversations of one line, the losing one last; each up to its answer."""
    if target == "llamafactory":
        said = [_turn("system", line["system"])] if line["system"] else []
        said += [turn for one in line["conversations"] for turn in shared(one)]
        if "chosen" in line:
            return [[*said, *shared(line[name])] for name in ("chosen", "rejected")]
        return [said]
    if target == "axolotl" and objective == "kto":
        return [[chat(one) for one in line["completion"]]]
    if target == "axolotl" and objective == "reward":
        said = [_turn("system", line["system"])] if line["system"] else []
        return [
            [*said, _turn("user", line["input"]), _turn("assistant", line[name])] for name in ("chosen", "rejected")
        ]
    if target == "torchtune" and objective == "completion":
        return [[_turn("user", line["input"]), _turn("assistant", line["output"])]]
    if target == "torchtune" and objective == "preference":
        return [[chat(one) for one in line[name]] for name in ("chosen", "rejected")]
    if target == "openai" and objective == "preference":
        said = line["input"]["messages"]
        return [[chat(one) for one in said + line[name]] for name in ("preferred_output", "non_preferred_output")]
    before = line.get("prompt", line.get("messages"))
    if "chosen" in line:
        last = [line[name] if isinstance(line[name], list) else [line[name]] for name in ("chosen", "rejected")]
        return [[chat(one) for one in before + answer] for answer in last]
    return [[chat(one) for one in before + line.get("completion", [])]]


def learnt(target: str, objective: str, line: dict[str, Any]) -> list[bool] | None:
    """For each turn of the assistant whether it is learnt; None where the target says it elsewhere."""
    if target == "openai":
        said = [one for one in line["messages"] if one["role"] == "assistant"]
        return [one.get("weight", 1) != 0 for one in said]
    if target == "axolotl":
        return [one["train"] for one in line["messages"] if one["role"] == "assistant"]
    return None
