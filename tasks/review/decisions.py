"""Decisions of reviewers, kept as data that is only ever added to: one file per session of a reviewer, one decision to a line.

reviews/<dataset>/<reviewer>.<session>.jsonl

A snapshot is never changed by a decision; the stage `review` reads decisions and lays them over the rows. A line carries a
checksum. A decision that was cut off by a crash was never answered with "saved", so it is left out; one that was changed afterwards
is an IntegrityError.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError

from tasks.core.errors import BadInput, InstructoryError, IntegrityError
from tasks.core.params import Params, canonical_json
from tasks.core.schema import MESSAGE, stable_id
from tasks.store.files import inside, private_folder
from tasks.store.store import Store, dataset_name

EDITABLE: Final = ("system", "history", "instruction", "reasoning", "response", "rejected")
"""Columns that a reviewer may write anew."""
ROLES: Final = ("system", "user", "assistant", "tool")
TURN: Final = frozenset(field.name for field in MESSAGE)
REVIEWER: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
REASONS: Final[dict[str, str]] = {
    "wrong": "the response is wrong, or cannot be checked",
    "unhelpful": "it does not answer what was asked, or only in part",
    "unclear": "the instruction cannot be understood, or needs something that is not there",
    "style": "tone, language or form are not what the dataset should teach",
    "too_long": "it says more than was asked",
    "unsafe": "it harms somebody, or helps to",
    "personal_data": "it names a person, an address, or another detail that must not be released",
    "duplicate": "another row teaches the same",
    "off_topic": "it does not belong into this dataset",
    "other": "something else; the note says what",
}
"""Why a reviewer rejects a row: a closed list."""

Word = Literal["accept", "edit", "reject", "skip", "prefer", "undo"]


class Decision(Params):
    """One decision of one person about one row."""

    id: str = Field(default_factory=lambda: secrets.token_hex(8))
    """A name of its own; a decision with a name that is there already is the same one, sent twice."""
    example_id: str
    """The row."""
    content_hash: str
    """That of the row as the reviewer saw it, in a release or a draft."""
    origin_hash: str = ""
    """The state of the row that the decision is about, as `tasks.review.shown.rows_to_review` names it: the decision holds while
    the row comes to the review in this state. Empty: `content_hash`, for rows that nothing changed on the way."""
    reviewer: Annotated[str, Field(pattern=f"^{REVIEWER.pattern}$")]
    """Who decided."""
    session: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    """One sitting of the reviewer."""
    at: str = Field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    """When, ISO 8601 in UTC."""
    word: Word
    """accept, edit, reject and skip speak of the row; prefer chooses between its two responses; undo takes back `undoes`."""
    undoes: str = ""
    """Of undo: the id of an earlier decision of the same reviewer."""
    edited: dict[str, Any] = Field(default_factory=dict)
    """Of edit: the new values of columns of EDITABLE; `history` as a list of turns with the fields of `schema.MESSAGE`."""
    reason: str = ""
    """Of reject: a key of REASONS."""
    preferred: Literal["", "response", "rejected", "tie"] = ""
    """Of prefer: which is better."""
    criteria: dict[str, int | str] = Field(default_factory=dict)
    """Levels that the reviewer gave, by criterion of the rubric."""
    note: str = ""
    """What else the reviewer said."""
    guideline: str = ""
    """The sha256 of the guideline that was shown, if one was."""
    refused: str = ""
    """Of a row that a build rejected after the review: where and why, as stage/reason. Accepting it says that the build erred."""
    seconds: Annotated[float, Field(ge=0)] = 0.0
    """How long the row was looked at."""


class Decisions:
    """The decisions about the rows of one dataset, in a store. Any number of threads and processes may add to it, each with
    sessions of its own."""

    def __init__(self, store: Store, dataset: str) -> None:
        self.backend = store.backend
        self.folder = inside(store.root, store.root / "reviews" / dataset_name(dataset))
        self._writing = Lock()

    def add(self, decision: Decision) -> None:
        """Keep a decision; when this returns, it is on disk, or in the bucket of a store that has one."""
        check(decision)
        path = self.folder / f"{decision.reviewer}.{decision.session}.jsonl"
        with self._writing:
            private_folder(self.folder)
            try:
                _append(path, _line(decision))
            except OSError as error:
                raise InstructoryError(f"cannot write {path}: {error.strerror}; the decision was not saved") from error
            if self.backend.is_shared:
                self.backend.replace(path, path.read_bytes())

    def all(self) -> list[Decision]:
        """Every decision, in the order of their times; IntegrityError where a line is not what was written."""
        files = [found.path for found in self.backend.files(self.folder) if found.path.suffix == ".jsonl"]
        found = {one.id: one for path in files if self.backend.refresh(path) for one in _read(path)}
        return sorted(found.values(), key=lambda one: (one.at, one.id))

    def standing(self) -> list[Decision]:
        """The decisions that hold: without skips, those taken back, and those that the same reviewer replaced by a later one
        about the same state of the same row."""
        return standing(self.all())

    def any(self) -> bool:
        """Whether anything was ever decided."""
        return any(found.path.suffix == ".jsonl" for found in self.backend.files(self.folder))

    def pseudonyms(self, reviewers: Iterable[str]) -> dict[str, str]:
        """Names for reviewers that tell nobody who they are: always the same for this dataset in this store, made with a random key
        that never leaves it."""
        path = self.folder / "pseudonyms.key"
        private_folder(self.folder)
        self.backend.create(path, secrets.token_hex(16).encode())
        self.backend.refresh(path)
        key = path.read_bytes()
        return {who: f"reviewer-{hmac.digest(key, who.encode(), 'sha256').hex()[:8]}" for who in reviewers}


def standing(decisions: list[Decision]) -> list[Decision]:
    """Those of `decisions`, in the order of their times, that hold; see `Decisions.standing`."""
    undone = {(one.reviewer, one.undoes) for one in decisions if one.word == "undo"}
    latest: dict[tuple[str, ...], Decision] = {}
    for one in decisions:
        if one.word not in {"undo", "skip"} and (one.reviewer, one.id) not in undone:
            about = "pair" if one.word == "prefer" else "row"
            latest[one.reviewer, one.example_id, origin(one), about] = one
    return sorted(latest.values(), key=lambda one: (one.at, one.id))


def origin(decision: Decision) -> str:
    """The state of the row that a decision is about: the content hash that the row came to the review with, or what
    `next_origin` says of the change after which it was seen."""
    return decision.origin_hash or decision.content_hash


def next_origin(decision: Decision) -> str:
    """The state of the row once a decision that changes its text was applied: equal changes of one state lead to one state, and
    no change leads back to an earlier one, so that later decisions build on it."""
    return stable_id(origin(decision), canonical_json([decision.edited, decision.preferred]))


def check(decision: Decision) -> None:
    """BadInput where a decision lacks what its word needs, or has what it does not."""
    if decision.word == "reject" and decision.reason not in REASONS:
        raise BadInput(f"a rejection needs a reason: one of {', '.join(REASONS)}")
    if decision.word == "edit" and not decision.edited:
        raise BadInput("an edit changes something; accept the row instead")
    if unknown := set(decision.edited) - set(EDITABLE):
        raise BadInput(f"{sorted(unknown)[0]} cannot be edited; only {', '.join(EDITABLE)}")
    for column, value in decision.edited.items():
        _check_value(column, value)
    if decision.word == "prefer" and not decision.preferred:
        raise BadInput("say which response is better: response, rejected or tie")
    if decision.word == "undo" and not decision.undoes:
        raise BadInput("say which decision to take back")


def _check_value(column: str, value: Any) -> None:
    """BadInput where what a reviewer wrote cannot be a value of the column: text or nothing; of `history`, a list of turns."""
    sound = all(map(_is_turn, value)) if column == "history" and isinstance(value, list) else _is_text(value)
    if not sound or (column == "history") != isinstance(value, list):
        raise BadInput(f"{column} cannot be what was sent: it takes {'turns' if column == 'history' else 'text'}")


def _is_turn(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("role") not in ROLES or not TURN.issuperset(value):
        return False
    return isinstance(value.get("masked"), bool | None) and all(
        _is_text(text) for name, text in value.items() if name != "masked"
    )


def _is_text(value: Any) -> bool:
    """Text that can be written as UTF-8, or nothing."""
    if not isinstance(value, str):
        return value is None
    return not any("\ud800" <= sign <= "\udfff" for sign in value)


def _line(decision: Decision) -> bytes:
    said = json.dumps(
        {name: value for name, value in decision.model_dump(mode="json").items() if value}, sort_keys=True
    )
    return f'{{"decision": {said}, "checksum": "{_checksum(said)}"}}\n'.encode()


def _checksum(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _append(path: Path, line: bytes) -> None:
    """Add a line to a file and have it on disk; what a crash left of an earlier one is ended first."""
    with path.open("ab+", buffering=0) as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                line = b"\n" + line
        file.write(line)
        os.fsync(file.fileno())


def _read(path: Path) -> Iterator[Decision]:
    """The decisions of a file. A line that is no whole JSON object was cut off by a crash."""
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        try:
            kept = json.loads(line)
            said = json.dumps(kept["decision"], sort_keys=True)
        except (ValueError, KeyError, TypeError):
            continue
        try:
            sound = kept.get("checksum") == _checksum(said)
            yield Decision(**kept["decision"]) if sound else _damaged(path, number)
        except ValidationError:
            _damaged(path, number)


def _damaged(path: Path, number: int) -> Any:
    raise IntegrityError(f"{path}, line {number}: a reviewer's decision is not as it was written; restore the file")
