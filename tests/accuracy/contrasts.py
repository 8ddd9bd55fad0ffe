"""Draws sentences from toxicity_contrasts.yaml: each kind of sentence with its label, the same ones in every run."""

import random
import re
from pathlib import Path
from typing import Any, Final

import yaml

_SLOT: Final = re.compile(r"\{(\w+)\}")
SOURCE: Final = Path(__file__).with_name("toxicity_contrasts.yaml")


def load() -> dict[str, Any]:
    """The lists and templates as written."""
    return dict(yaml.safe_load(SOURCE.read_text("utf-8")))


def drawn(data: dict[str, Any], kind: str, many: int, seed: int = 0) -> list[str]:
    """`many` sentences of `kind`, each from a template drawn at random with its slots filled at random."""
    draw = random.Random(f"{kind} {seed}")
    return [filled(draw.choice(data[kind]), data, draw) for _ in range(many)]


def filled(template: str, data: dict[str, Any], draw: random.Random) -> str:
    """`template` with every slot filled, and those of what fills it."""

    def fill(slot: re.Match[str]) -> str:
        name = slot.group(1)
        if name == "G":
            return str(data["group"])
        choices = data["lists"].get(name) or data[name]
        return filled(draw.choice(choices), data, draw)

    return _SLOT.sub(fill, template)
