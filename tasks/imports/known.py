"""What is known of open datasets: licence, who wrote them, which model did. Data in `known.yaml`, beside this module."""

import re
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import yaml

DATA: Final = Path(__file__).with_name("known.yaml")


class Known(NamedTuple):
    """One dataset, or one family of them."""

    name: str
    licence: str
    origin: str
    teacher: str | None
    origin_of_data: str
    """Where licence and origin are stated."""
    checked: str
    """The day on which that was looked at."""


def known(*names: str) -> Known | None:
    """The dataset that one of `names` (a source's, a file's) names; the first name that names one decides."""
    for name in names:
        bare = re.sub(r"[^a-z0-9]", "", name.lower())
        for part, found in _all():
            if part in bare:
                return found
    return None


@cache
def _all() -> list[tuple[str, Known]]:
    data = yaml.safe_load(DATA.read_text("utf-8"))
    return [
        (name, Known(name, one["licence"], one["origin"], one.get("teacher"), one["from"], str(data["checked"])))
        for one in data["datasets"]
        for name in one["names"]
    ]
