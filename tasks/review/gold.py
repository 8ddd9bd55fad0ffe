"""Rows whose decision is known, slipped in among the others: who judges them otherwise reads too fast, or otherwise."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tasks.core.errors import BadInput
from tasks.review.judgements import Item

KNOWN: Final = ("accept", "reject")


def known(file: Path, states: Mapping[str, str]) -> dict[Item, str]:
    """What is right of each row of a JSON Lines file with `example_id` and `decision`, accept or reject, and `origin_hash` where
    the state of the row matters; of others, that in `states`, by example_id. Rows that are in neither say nothing. BadInput names
    the line that cannot be read."""
    found: dict[Item, str] = {}
    try:
        lines = file.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: cannot be read as gold rows: {type(error).__name__}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            name, decision = row["example_id"], row["decision"]
        except (ValueError, KeyError, TypeError):
            raise BadInput(f"{file.name}, line {number}: an object with example_id and decision is expected") from None
        if decision not in KNOWN:
            raise BadInput(f"{file.name}, line {number}: decision is {decision!r}; write {' or '.join(KNOWN)}")
        if state := row.get("origin_hash") or states.get(name):
            found[name, state] = decision
    return found
