"""A teacher for Self-Instruct that invents tasks in any number, as a script of the loopback server."""

import json
import re
from pathlib import Path
from typing import Any

from tests.servers.wire import Seen

VERBS = ("Describe", "Explain", "List", "Compare", "Sketch", "Name", "Justify", "Recall", "Predict", "Outline")
THINGS = ("harbour", "violin", "glacier", "senate", "orchard", "lantern", "compass", "beehive", "tunnel", "recipe")


def task(number: int) -> str:
    """Tasks that are new to each other: no two share two words in three."""
    verb, thing = VERBS[number % 10], THINGS[(number // 10) % 10]
    return f"{verb} {thing} alpha{number} beta{number} gamma{number} delta{number}."


def seeds_at(path: Path, count: int = 20) -> Path:
    """A file of seed tasks, every fifth a classification."""
    rows = []
    for n in range(count):
        classifying = n % 5 == 0
        story = f"Tell story{n} of hero{n} and ship{n}."
        instance = {
            "input": "" if n % 2 else f"A line of note {n}.",
            "output": "glad" if classifying else f"There was {n}.",
        }
        rows.append(
            {
                "id": f"seed_task_{n}",
                "instruction": f"Say whether note{n} mood{n} tone{n} is glad or sad." if classifying else story,
                "instances": [instance],
                "is_classification": classifying,
            }
        )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


class Teaching:
    """Answers each kind of question; attributes say how well."""

    def __init__(self, per_request: int = 4) -> None:
        self.per_request = per_request
        self.given = 0
        self.labels: list[str] = ["glad", "sad"]
        self.read_as: str | None = None
        self.answer: dict[str, str] = {"input": "", "output": ""}

    def __call__(self, seen: Seen) -> dict[str, Any]:
        if "You write new tasks" in seen.system:
            return {"tasks": [self._task("All of them" in seen.system) for _ in range(self.per_request)]}
        if "The right label is known" in seen.system:
            return {"input": f"A text that is {shown(seen, 'label')}, {seen.hash[:8]}."}
        if "You do a classification task" in seen.system:
            return {"label": self.read_as or re.findall(r"that is (\w+),", shown(seen, "input"))[0]}
        return {"input": self.answer["input"], "output": self.answer["output"] or f"It is {seen.hash[:8]}, as known."}

    def _task(self, classifying: bool) -> dict[str, Any]:
        self.given += 1
        labels = self.labels if classifying else []
        return {"instruction": task(self.given), "category": "explanation", "labels": labels}


def shown(seen: Seen, tag: str) -> str:
    """What stands in the fence `tag` of a question."""
    return re.findall(rf"<{tag}-\w+>\n(.*?)\n</{tag}-", seen.prompt, re.DOTALL)[0]
