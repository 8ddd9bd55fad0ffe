"""Rows whose decision is known, slipped in among the others: who judges them otherwise reads too fast, or otherwise."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tasks.core.errors import BadInput
from tasks.review.judgements import Item
from tasks.review.queue import drawn_number

KNOWN: Final = ("accept", "reject")


@dataclass(frozen=True)
class GoldQueue:
    """The gold rows among the rows that each person is given: one for every `every` others, at a place that is drawn for each
    person, so that nobody can count. Everybody gets the same ones, in the order of `rows`."""

    rows: Sequence[str] = ()
    every: int = 1
    seed: str = ""

    @classmethod
    def of(cls, rows: Sequence[str], share: float, seed: str) -> "GoldQueue":
        """Those of `rows` in the order of `seed`, so that they are about a `share` (below 1) of what a person is given."""
        ordered = sorted(rows, key=lambda one: drawn_number(f"{seed}\0gold\0{one}"))
        return cls(ordered, max(1, round(1 / share) - 1), seed) if share > 0 else cls()

    def due(self, reviewer: str, others: int) -> int:
        """How many come before the last of the first `others` rows that this person is given."""
        whole, rest = divmod(others, self.every)
        before = drawn_number(f"{self.seed}\0{reviewer}\0{whole}") % self.every
        return min(whole + (rest > before), len(self.rows))


def file_of(recipe: Mapping[str, Any]) -> Path | None:
    """The file that a recipe, as a release or a draft holds it, names; None where it names none."""
    named = (recipe.get("review") or {}).get("gold")
    return Path(named) if named else None


def known(file: Path, states: Mapping[str, str]) -> dict[Item, str]:
    """What is right of each row of a JSON Lines file with `example_id` and `decision`, accept or reject, and `origin_hash` where
    the state of the row matters; of others, that in `states`, by example_id. Rows that are in neither say nothing. BadInput names
    the line that cannot be read."""
    found: dict[Item, str] = {}
    try:
        lines = file.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{file}: cannot be read as gold rows ({type(error).__name__}); name another file with --gold"
        ) from None
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
