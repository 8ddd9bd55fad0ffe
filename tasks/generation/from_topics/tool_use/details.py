"""Values that requests are about: drawn for the parameters of the tools that a request needs, so that requests differ however small
the model that writes them, and hold nothing that no tool asks for."""

import math
import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

from tasks.core import yaml_text
from tasks.generation.from_topics.tool_use.cases import ConversationPlan
from tasks.generation.from_topics.tool_use.tool import properties_of

_FILE: Final = Path(__file__).with_name("details.yaml")
_FIRST_DAY: Final = date(2027, 1, 4)
_DAYS: Final = 350
_OPTIONAL: Final = 0.5
"""Chance of a parameter that a call may leave out."""
_FROM, _TO = 11, 980
"""Numbers that are drawn where a schema sets no bounds."""
_IDENTIFIER: Final = frozenset("id ids identifier identifiers code codes key token uuid reference".split())  # noqa: SIM905
_MAIL: Final = frozenset("mail email emails".split())  # noqa: SIM905
_DAY: Final = frozenset("date dates day days deadline departure arrival".split())  # noqa: SIM905
_CITY: Final = frozenset("city cities town place location origin destination".split())  # noqa: SIM905
_PERSON: Final = frozenset(
    "first last full person people contact customer recipient attendee guest passenger author owner colleague".split()  # noqa: SIM905
)
"""`first and last name` is a person's; the name of a product is not."""


def details(rng: Random, plan: ConversationPlan) -> str:
    """A line for each parameter of the needed tools for which a value can be drawn, two values where calls are to differ; not for
    what the request leaves out or an earlier call gives. Where there is none, a person and a city; without tools, a subject."""
    if not plan.needed:
        return f"subject: {rng.choice(_known()['subjects'])}"
    given = properties_of(plan.needed[0].returns) if plan.case == "nested" else set()
    unsaid = given - set(plan.needed[0].required) | {plan.left_out}
    lines: dict[str, list[str]] = {}
    for tool in plan.needed:
        for name, schema in tool.parameters.get("properties", {}).items():
            if name in unsaid or (name not in tool.required and rng.random() >= _OPTIONAL):
                continue
            for _ in range(2 if plan.case == "parallel" and len(plan.needed) == 1 else 1):
                if value := _drawn(rng, name, schema):
                    lines.setdefault(name.replace("_", " "), []).append(value)
    if not lines and not plan.left_out:
        return f"person: {_person(rng)}\ncity: {rng.choice(_known()['cities'])}"
    return "\n".join(f"{name}: {', '.join(dict.fromkeys(values))}" for name, values in lines.items()) or "none"


def _drawn(rng: Random, name: str, schema: Any) -> str:
    """A value for a parameter, by its schema, else by the words of its name and description; empty where these say too little."""
    if not isinstance(schema, Mapping):
        return ""
    known, kind = _known(), schema.get("type")
    if isinstance(choices := schema.get("enum"), list) and choices:
        return str(rng.choice(choices))
    if kind in ("integer", "number"):
        return _number(rng, schema)
    words = set(re.findall(r"[a-z]+", f"{name} {schema.get('description', '')}".lower()))
    if kind != "string" or words & _IDENTIFIER:
        return ""
    if words & _MAIL:
        return _person(rng).lower().replace(" ", ".") + "@example.org"
    if words & _CITY:
        return rng.choice(known["cities"])
    if words & _DAY or schema.get("format") == "date":
        return (_FIRST_DAY + timedelta(days=rng.randrange(_DAYS))).isoformat()
    return _person(rng) if words & _PERSON else ""


def _person(rng: Random) -> str:
    return " ".join(rng.choice(_known()[part]) for part in ("first_names", "last_names"))


def _number(rng: Random, schema: Mapping[str, Any]) -> str:
    low, high = (schema.get(name, bound) for name, bound in (("minimum", _FROM), ("maximum", _TO)))
    if not all(isinstance(bound, int | float) and math.isfinite(bound) for bound in (low, high)):
        return ""
    first, last = math.ceil(low), math.floor(high if "maximum" in schema else max(high, low + _TO))
    return str(rng.randint(first, last)) if first <= last else ""


@cache
def _known() -> dict[str, list[str]]:
    found: dict[str, list[str]] = yaml_text.load(_FILE.read_text("utf-8"), _FILE.name)
    return found
