"""The JSON Schema of a recipe, for editors that complete and check keys while somebody writes."""

from typing import Any, Final

from flows.recipe import Recipe

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
KINDS: Final = {"method": "Which method makes rows.", "verifier": "Which verifier looks at the rows."}
"""The key that says which of several groups of keys an entry of a list is, and its description."""


def recipe_schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) that accepts what a recipe's file may hold, with a description for every key."""
    schema = Recipe.model_json_schema()
    groups: dict[str, dict[str, Any]] = schema["$defs"]
    for group in (schema, *groups.values()):
        for key, value in group.get("properties", {}).items():
            _describe(key, value, groups)
        if kind := next((kind for kind in KINDS if "const" in group.get("properties", {}).get(kind, {})), None):
            group["required"] = [kind, *group.get("required", ())]
    return {"$schema": DIALECT, **schema}


def _describe(key: str, value: dict[str, Any], groups: dict[str, dict[str, Any]]) -> None:
    """Give a key its description, that of its group of keys where it has none, without the group's long defaults."""
    named = [value, *value.get("anyOf", ())]
    group = next((one["$ref"].rpartition("/")[2] for one in named if "$ref" in one), None)
    inherited = groups[group].get("description", "").split("\n\n")[0] if group else KINDS.get(key, "")
    value.setdefault("description", inherited)
    value.pop("title", None)
    if isinstance(value.get("default"), dict):
        del value["default"]
