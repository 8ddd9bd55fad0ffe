"""A row as a task for a person, and what comes back of it: the form between the store and the files of other programs."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

from tasks.core.schema import Row
from tasks.review.decisions import EDITABLE, Decision
from tasks.review.judgements import Item, item_of
from tasks.review.shown import ORIGIN, later_stages, refused_rows, rows_to_review
from tasks.store.manifest import Release
from tasks.store.store import Store

IDENTITY: Final = ("example_id", "content_hash", ORIGIN, "refused")
"""What leads a row in a file back to the row in the store."""
CONTEXT: Final = ("source", "method", "topic", "teacher", "detail")
"""What a person sees of a row beside its texts."""
SHOWN: Final = ("example_id", "content_hash", *EDITABLE, "source", "method", "topic", "teacher", "verdicts")
EDITED: Final = "edited_"
"""In Label Studio and Argilla, before the name of a column: the question in which it is written anew."""
DECISIONS: Final = ("accept", "edit", "reject")
PREFERENCES: Final = ("response", "rejected", "tie")
ALWAYS: Final = ("instruction", "response")
"""Columns that every row has."""
Level = int | str


@dataclass(frozen=True)
class ReviewTask:
    """One row to be judged, and what people decided about it so far."""

    row: Row
    """The columns SHOWN, `origin_hash`, and of a rejected row `refused` (stage/reason) and `detail`."""
    decisions: Sequence[Decision] = ()
    """Those that stand, of every person."""

    @property
    def identity(self) -> dict[str, str]:
        """The row's names."""
        return {name: self.row.get(name) or "" for name in IDENTITY}

    @property
    def context(self) -> dict[str, str]:
        """What else is worth seeing: where the row is from, and what verifiers said of it."""
        said = [f"{one['verifier']}: {one['verdict']}, {one['why']}" for one in self.row.get("verdicts") or ()]
        found = {name: str(self.row[name]) for name in CONTEXT if self.row.get(name)}
        return found | ({"verdicts": "\n".join(said)} if said else {})

    @property
    def texts(self) -> dict[str, str]:
        """The columns that may be written anew, as texts: the turns of a conversation as JSON, nothing as an empty text."""
        return {name: as_text(self.row.get(name)) for name in EDITABLE}


@dataclass(frozen=True)
class Returned:
    """What one person said of one row in a file."""

    where: str
    """The line, row or task, for messages."""
    reviewer: str
    identity: Mapping[str, str]
    decision: str = ""
    """accept, edit, reject, skip; empty where the person wrote nothing there."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Columns with the texts that the file holds; those that the file lacks were not touched."""
    reason: str = ""
    preferred: str = ""
    criteria: Mapping[str, Level] = field(default_factory=dict)
    note: str = ""
    seconds: float = 0.0
    at: str = ""
    """When, ISO 8601; empty where the file does not say."""
    problem: str = ""
    """Why it cannot be understood."""


def tasks_of(
    store: Store, release: Release, decisions: Sequence[Decision], rejected: bool = False
) -> Iterator[ReviewTask]:
    """The rows of a release or a draft as tasks, or in place of them those that its build `rejected`; see
    `shown.rows_to_review`."""
    said: dict[Item, list[Decision]] = defaultdict(list)
    for one in decisions:
        said[item_of(one)].append(one)
    for table in _refused(store, release) if rejected else [rows_to_review(store, release, SHOWN)]:
        for batch in table.to_batches(max_chunksize=1024):
            for row in batch.to_pylist():
                row[ORIGIN] = row[ORIGIN] or row["content_hash"]
                yield ReviewTask(row, said.get((row["example_id"], row[ORIGIN]), ()))


def _refused(store: Store, release: Release) -> Iterator[pa.Table]:
    for stage in later_stages(release):
        table = refused_rows(store, release, [stage])
        names = pa.array([f"{stage}/{reason}" for reason in table["reason"].to_pylist()], pa.string())
        yield table.select([*SHOWN, ORIGIN, "detail"]).append_column("refused", names)


def said_before(task: ReviewTask) -> str:
    """What people decided about a row, in a line."""
    return "; ".join(f"{one.reviewer}: {one.word} {one.reason or one.preferred}".strip() for one in task.decisions)


def as_text(value: Any) -> str:
    """The value of an editable column as a person writes it."""
    if not value:
        return ""
    return value if isinstance(value, str) else json.dumps([_turn(one) for one in value], ensure_ascii=False, indent=1)


def _turn(turn: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in turn.items() if value is not None}
