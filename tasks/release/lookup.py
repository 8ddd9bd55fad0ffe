"""Reading facts without trusting their shape: the report and the card are made of whatever is there."""

from collections.abc import Mapping
from typing import Any


def part(facts: Any, *path: str) -> Mapping[str, Any]:
    """The mapping at `path`, or an empty one."""
    found = _at(facts, path)
    return found if isinstance(found, Mapping) else {}


def records(facts: Any, *path: str) -> list[Mapping[str, Any]]:
    """The mappings in the list at `path`."""
    found = _at(facts, path)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def number(facts: Any, *path: str) -> float | None:
    """The number at `path`; None if there is none."""
    found = _at(facts, path)
    return found if isinstance(found, int | float) and not isinstance(found, bool) and found == found else None


def counts(facts: Any, *path: str) -> list[tuple[str, int]]:
    """The mapping of names to counts at `path`, in its order."""
    return [(str(name), value) for name, value in part(facts, *path).items() if type(value) is int]


def _at(facts: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if not isinstance(facts, Mapping):
            return None
        facts = facts.get(name)
    return facts
