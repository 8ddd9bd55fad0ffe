"""A model that plays its parts well: it writes requests, calls the tools that are needed, plays them, and answers from results."""

import json
import re
from typing import Any

from tests.servers.wire import Seen

WEATHER = {
    "name": "get_weather",
    "description": "The weather of a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "name of the city"}, "unit": {"enum": ["C", "F"]}},
        "required": ["city"],
    },
    "returns": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "degrees": {"type": "integer"}},
        "required": ["city", "degrees"],
    },
}
FIND = {
    "name": "find_person",
    "description": "A person of the address book.",
    "parameters": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    "returns": {"type": "object", "properties": {"person_id": {"type": "string"}}, "required": ["person_id"]},
}
PHONE = {
    "name": "phone_person",
    "description": "Phones a person.",
    "parameters": {"type": "object", "properties": {"person_id": {"type": "string"}}, "required": ["person_id"]},
    "returns": {"type": "object", "properties": {"answered": {"type": "boolean"}}, "required": ["answered"]},
}
TOOLS = (WEATHER, FIND, PHONE)


def fenced(tag: str, text: str) -> list[str]:
    """The texts between the tags called `tag`."""
    return re.findall(rf"<{tag}-\w+>\n(.*?)\n</{tag}-\w+>", text, re.DOTALL)


def play(seen: Seen) -> dict[str, Any]:
    """The reply to any prompt of the method."""
    if "You write what people say" in seen.system:
        return {"request": request(seen)}
    if "You play the service" in seen.system:
        return {"result": result(json.loads(fenced("call", seen.prompt)[0]))}
    return turn(seen)


def request(seen: Seen) -> str:
    """A request that says which tools it needs, in the words of their descriptions, with values that no other request has."""
    needed = "" if "none" in fenced("needed", seen.prompt) else fenced("needed", seen.prompt)[0]
    wishes = [json.loads(line)["description"] for line in needed.splitlines()]
    places = (
        f"Anton{seen.hash[:6]} and Berta{seen.hash[:6]}" if "things at once" in seen.system else f"Anton{seen.hash[:6]}"
    )
    return f"Please help me. {' '.join(wishes)} I ask because of {places}."


def result(call: dict[str, Any]) -> Any:
    """What a tool answers; the same for the same call."""
    if call["name"] == "get_weather":
        return {"city": call["arguments"]["city"], "degrees": 21}
    return {"person_id": f"P-{call['arguments']['name']}"} if call["name"] == "find_person" else {"answered": True}


def turn(seen: Seen) -> dict[str, Any]:
    """The next turn of the assistant."""
    if not fenced("user", seen.prompt):
        return {"calls": [], "answer": "No."}  # asked to mend the form of its answer, it stays as it is
    results = [json.loads(text) for text in fenced("result", seen.prompt)]
    names = re.findall(r"(?:Anton|Berta)\w+", fenced("user", seen.prompt)[0])
    if "No tool is needed" in seen.system:
        return {"calls": [], "answer": "That is something that everybody knows, and it is quite simple to explain."}
    if "The user did not say" in seen.system:
        argument = re.findall(r"did not say the (\w+)", seen.system)[0]
        return {"calls": [], "answer": f"Which {argument.replace('_', ' ')} do you mean?"}
    if "First call find_person" in seen.system:
        if not results:
            return said("find_person", name=names[0])
        if len(results) == 1:
            return said("phone_person", person_id=results[0]["person_id"])
        return {"calls": [], "answer": f"I have phoned {names[0]}, who answered."}
    if not results:
        return {"calls": wanted(seen, names), "answer": ""}
    if "may pass" in seen.system and len(results) == 1:
        return {"calls": wanted(seen, names), "answer": ""}
    return {"calls": [], "answer": f"Here is what I found about {' and '.join(names)}: all is well."}


def wanted(seen: Seen, names: list[str]) -> list[dict[str, Any]]:
    """A call of each tool that the request speaks of, for each name in it."""
    tools = [json.loads(line) for line in fenced("tools", seen.prompt)[0].splitlines()]
    user = fenced("user", seen.prompt)[0]
    return [call for tool in tools if tool["description"] in user for call in calls_of(tool, names)]


def calls_of(tool: dict[str, Any], names: list[str]) -> list[dict[str, Any]]:
    """A call of a tool for each name."""
    [argument] = tool["parameters"]["required"]
    optional = {name: None for name in tool["parameters"]["properties"] if name != argument}
    return [{"name": tool["name"], "arguments": {argument: name} | optional} for name in names]


def said(name: str, /, **arguments: Any) -> dict[str, Any]:
    """One call."""
    return {"calls": [{"name": name, "arguments": arguments}], "answer": ""}
