"""One rule for many rows: text that is replaced, or rows that are rejected, in all rows that a search finds.

Each row gets a decision of its own, with an id that begins with the rule's, so that the rule can be taken back as a whole.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flows.review.auth import Sitting
from flows.review.dataset import ReviewedDataset
from flows.review.editing import Change
from flows.review.rendering import difference
from tasks.core.errors import BadInput
from tasks.core.schema import Row
from tasks.review.decisions import EDITABLE, REASONS, Decision

MOST: Final = 2000
"""Rows of one rule: each decision is on disk before the next, some milliseconds each."""
SHOWN: Final = 20
PREFIX: Final = "rule"


@dataclass(frozen=True)
class BulkRule:
    """What is done to each row."""

    reason: str = ""
    """Reject the row for this reason; empty: replace text."""
    old: str = ""
    """The text that is replaced, as it is written: no pattern."""
    new: str = ""
    column: str = ""
    """Where; empty: in every text of the row."""
    note: str = ""

    def check(self) -> None:
        """BadInput where the rule would do nothing."""
        if self.reason and self.reason not in REASONS:
            raise BadInput(f"a rejection needs a reason: one of {', '.join(REASONS)}")
        if not self.reason and (not self.old or self.old == self.new):
            raise BadInput("name the text to replace, and another in its place")
        if self.column and self.column not in EDITABLE:
            raise BadInput(f"{self.column} cannot be edited; only {', '.join(EDITABLE)}")

    def edited(self, row: Row) -> dict[str, Any]:
        """The columns of a row that the rule changes, with their new values."""
        made: dict[str, Any] = {}
        for name in (self.column,) if self.column else EDITABLE:
            before: Any = row[name]
            after: Any
            if name == "history":
                after = [turn | {"content": self._replaced(turn["content"])} for turn in before or ()]
            else:
                after = self._replaced(before)
            if before and after != before:
                made[name] = after
        return made

    def _replaced(self, text: str | None) -> str | None:
        return text.replace(self.old, self.new) if text else text


@dataclass(frozen=True)
class Preview:
    """What a rule would do."""

    edits: dict[str, dict[str, Any]]
    """The rows that it would decide about, by id, each with the columns that it changes."""
    decided: int
    """Rows that were found, but that this person decided about or edited already; they stay as they are."""
    unchanged: int
    """Rows that were found, and in which there is nothing to replace."""
    shown: list[tuple[str, list[Change]]]
    """The first rows, with what would change in each."""

    @property
    def rows(self) -> list[str]:
        """The rows that it would decide about, by id."""
        return list(self.edits)


def preview(dataset: ReviewedDataset, sitting: Sitting, found: Sequence[int], rule: BulkRule) -> Preview:
    """What a rule would do to the rows at the positions `found`. BadInput if there are too many."""
    rule.check()
    edits, shown, decided, unchanged = dict[str, dict[str, Any]](), list[tuple[str, list[Change]]](), 0, 0
    for row in _rows(dataset, found):
        row_id, edited = row["example_id"], {} if rule.reason else rule.edited(row)
        if dataset.own_opinion(row_id, sitting.reviewer) or dataset.wrote(sitting.reviewer, row_id):
            decided += 1
        elif not rule.reason and not edited:
            unchanged += 1
        else:
            edits[row_id] = edited
            if len(shown) < SHOWN:
                shown.append((row_id, _changes(row, rule)))
    if len(edits) > MOST:
        raise BadInput(f"{len(edits):,} rows are more than one rule decides about ({MOST:,}); search for fewer")
    return Preview(edits, decided, unchanged, shown)


def apply(dataset: ReviewedDataset, sitting: Sitting, rows: Sequence[str], rule: BulkRule) -> str:
    """Decide about each row by the rule; the rule's name, by which it can be taken back."""
    name = f"{PREFIX}-{secrets.token_hex(6)}"
    for row_id in rows:
        row = dataset.row(row_id)
        said = (
            {"word": "reject", "reason": rule.reason} if rule.reason else {"word": "edit", "edited": rule.edited(row)}
        )
        dataset.decide(sitting, row_id, once=name, rule=name, note=rule.note, **said)
    return name


def take_back(dataset: ReviewedDataset, sitting: Sitting, name: str) -> int:
    """Take back what a rule of this person decided; the number of rows."""
    own = of_rules(dataset, sitting).get(name, [])
    for decision in own:
        dataset.undo(sitting, decision.id)
    return len(own)


def of_rules(dataset: ReviewedDataset, sitting: Sitting) -> dict[str, list[Decision]]:
    """The decisions of each rule of this person that hold, latest rule first."""
    found: dict[str, list[Decision]] = {}
    for decision in reversed(dataset.own(sitting.reviewer)):
        if decision.id.startswith(f"{PREFIX}-"):
            found.setdefault(decision.id.rpartition("-")[0], []).append(decision)
    return found


def _rows(dataset: ReviewedDataset, found: Sequence[int]) -> Iterator[Row]:
    for start in range(0, len(found), 1000):
        yield from dataset.rows.take(list(found[start : start + 1000])).to_pylist()


def _changes(row: Row, rule: BulkRule) -> list[Change]:
    if rule.reason:
        return [
            Change("instruction", "Instruction", "", difference(row["instruction"] or "", row["instruction"] or ""))
        ]
    made = []
    for name, value in rule.edited(row).items():
        before, after = (
            "\n\n".join(turn["content"] or "" for turn in one) if name == "history" else one
            for one in (row[name], value)
        )
        made.append(Change(name, name.capitalize(), after, difference(before, after)))
    return made
