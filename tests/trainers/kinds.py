"""Rows of every kind, each with the words by which it is found again in what a trainer makes of it."""

import json
from typing import Any

TOOLS = json.dumps(
    [
        {
            "type": "function",
            "function": {
                "name": "weather",
                "description": "Weather of a city.",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
            },
        },
        {
            "type": "function",
            "function": {"name": "clock", "description": "Time.", "parameters": {"type": "object", "properties": {}}},
        },
    ]
)
WEATHER = {"id": "call-7", "name": "weather", "arguments": {"city": "Lisbon"}}
CLOCK = {"id": "call-8", "name": "clock", "arguments": {"zone": "WET"}}


def _row(number: int, **more: Any) -> dict[str, Any]:
    asked, answered = f"What is apricot{number} made of?", f"It is made of birchwood{number} and patience."
    return {"example_id": f"id{number}", "instruction": asked, "response": answered, **more}


def _history(*said: dict[str, Any]) -> list[dict[str, Any]]:
    return [*said]


EARLIER = _history(
    {"role": "user", "content": "Is cinnamon a spice?"}, {"role": "assistant", "content": "Yes, cinnamon is dandelion."}
)
CALLED = _history(
    {"role": "user", "content": "How is it outside?"},
    {"role": "assistant", "content": None, "tool_calls": json.dumps([WEATHER])},
    {"role": "tool", "content": "elderberry rain", "name": "weather", "tool_call_id": "call-7"},
    {"role": "assistant", "content": "It rains in Lisbon."},
)
PARALLEL = _history(
    {"role": "user", "content": "Time and weather?"},
    {"role": "assistant", "content": None, "tool_calls": json.dumps([WEATHER, CLOCK])},
    {"role": "tool", "content": "elderberry rain", "name": "weather", "tool_call_id": "call-7"},
    {"role": "tool", "content": "fennel noon", "name": "clock", "tool_call_id": "call-8"},
    {"role": "assistant", "content": "Rain at noon."},
)
BESIDE = [CALLED[0], CALLED[1] | {"content": "Let me gingerly look."}, *CALLED[2:]]
MASKED = [EARLIER[0], EARLIER[1] | {"masked": True}]
CALL_NOW = {"expects": "tool_call", "response": json.dumps([WEATHER])}

KINDS: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "one turn": ({}, [], []),
    "several turns": ({"history": EARLIER}, ["cinnamon a spice", "dandelion"], ["dandelion"]),
    "system text": ({"system": "Answer as a hazelnut."}, ["Answer as a hazelnut."], []),
    "names of speakers": ({"history": [EARLIER[0] | {"name": "Ada"}, EARLIER[1]]}, ["cinnamon a spice"], ["dandelion"]),
    "a call and its result": (
        {"history": CALLED, "tools": TOOLS},
        ["Weather of a city.", "weather", "Lisbon", "elderberry rain", "It rains"],
        ["Lisbon", "It rains"],
    ),
    "parallel calls": (
        {"history": PARALLEL, "tools": TOOLS},
        ["Weather of a city.", "Lisbon", "clock", "WET", "elderberry rain", "fennel noon"],
        ["Lisbon", "WET", "Rain at noon"],
    ),
    "words beside a call": (
        {"history": BESIDE, "tools": TOOLS}, ["Let me gingerly look.", "Lisbon", "elderberry rain"], ["gingerly", "Lisbon"],
    ),
    "a call as the answer": ({**CALL_NOW, "tools": TOOLS}, ["Weather of a city.", "Lisbon"], ["Lisbon"]),
    "reasoning": ({"reasoning": "Wood is juniper, so say so."}, ["Wood is juniper, so say so."], ["juniper"]),
    "a masked turn": ({"history": MASKED}, ["cinnamon a spice", "dandelion"], []),
}  # fmt: skip
"""What a row has beside question and answer; words of it that must be in what the model reads; those of them that are learnt in
supervised fine-tuning."""
ROWS = 4
"""Rows of each kind, which differ in their numbers."""


def rows(kind: str, objective: str) -> list[dict[str, Any]]:
    """Rows of a kind that suit an objective: pairs, scores, or a reference with its verifier."""
    more = KINDS[kind][0]
    own: dict[str, Any] = {}
    made = []
    for number in range(ROWS):
        if objective in ("preference", "reward", "kto"):
            own = {"rejected": f"It is made of kale{number}, as kale{number} is."}
        if objective == "rl":
            said = f"The answer is {number + 3}."
            own = {"reference": str(number + 3), "verdicts": [{"verifier": "mathematics", "verdict": "pass"}]}
            own |= {} if "response" in more else {"response": said}
        made.append({**_row(number, **own), **more})
    return made
