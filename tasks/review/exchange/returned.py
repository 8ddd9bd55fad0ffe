"""What people did in another program, as decisions: only what they changed, and nothing about rows that are no longer the same."""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError

from tasks.core.errors import BadInput
from tasks.core.params import canonical_json
from tasks.core.schema import MESSAGE, stable_id
from tasks.review.decisions import Decision, check
from tasks.review.exchange.review_task import Returned, ReviewTask
from tasks.review.judgements import item_of
from tasks.review.shown import ORIGIN

WORDS: Final = ("", "accept", "edit", "reject", "skip")
_LINE_BREAK: Final = re.compile(r"\r\n?")
_SAID: Final = {"word", "edited", "reason", "preferred", "criteria", "note"}
"""Fields of a decision that say what was decided."""


@dataclass
class Intake:
    """What a file brought."""

    decisions: list[Decision] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """One line for each row that could not be taken, with where it stands."""
    unchanged: int = 0
    """Rows about which nothing new was said."""


def decisions_of(
    returned: Iterable[Returned], tasks: Mapping[str, ReviewTask], session: str, known: Collection[str] = ()
) -> Intake:
    """The decisions that `returned` brings about `tasks` (by example_id), each with an id that follows from what it says, so that
    the same file read twice brings nothing the second time: `known` are the ids that are there. What a person had decided in the
    same words before is not decided again."""
    intake = Intake()
    for one in returned:
        try:
            task = _task(one, tasks)
            given = [decision for decision in _decisions(one, task, session) if decision.id not in known]
            made = [decision for decision in given if not _is_known(decision, task)]
        except (BadInput, ValidationError) as error:
            said = str(error) if isinstance(error, BadInput) else error.errors()[0]["msg"]
            intake.problems.append(f"{one.where}: {said}")
            continue
        intake.decisions += made
        intake.unchanged += not made
    return intake


def _task(one: Returned, tasks: Mapping[str, ReviewTask]) -> ReviewTask:
    if one.problem:
        raise BadInput(one.problem)
    name = one.identity.get("example_id") or ""
    if not name:
        raise BadInput("no example_id; keep the column as it was exported")
    if (task := tasks.get(name)) is None:
        raise BadInput(f"no row {name} in what was exported; name the same release, and --rejected for rejected rows")
    for column in ("content_hash", ORIGIN):
        if one.identity.get(column) != task.identity[column]:
            raise BadInput(f"row {name} has changed since it was exported; export it again and judge what it says now")
    return task


def _decisions(one: Returned, task: ReviewTask, session: str) -> list[Decision]:
    """At most two: about the row, and about which of its responses is better."""
    edited = _edited(one, task)
    found: list[dict[str, Any]] = []
    if one.preferred:
        found.append({"word": "prefer", "preferred": one.preferred})
    if word := _word(one, bool(edited)):
        said = {
            "word": word,
            "edited": edited if word == "edit" else {},
            "reason": one.reason if word == "reject" else "",
        }
        found.append(said | {"criteria": dict(one.criteria)})
    elif (one.criteria or one.note or one.reason) and not found:
        raise BadInput("levels, a reason or a note, and no decision: write accept, reject or skip")
    return [_decision(one, task, session, said | {"note": one.note}) for said in found]


def _word(one: Returned, edits: bool) -> str:
    word = one.decision.strip().lower()
    if word not in WORDS:
        raise BadInput(f"decision is {one.decision!r}; write accept, reject or skip, or change a text")
    if edits and word in ("reject", "skip"):
        raise BadInput(f"{word} and changed texts: only one of them can be meant")
    if word == "edit" and not edits:
        raise BadInput("edit, and no text was changed")
    return "edit" if edits else word


def _edited(one: Returned, task: ReviewTask) -> dict[str, Any]:
    """The columns whose texts are others than the row's; line breaks of another system are no change."""
    found: dict[str, Any] = {}
    for name, text in one.texts.items():
        if name not in task.texts:
            raise BadInput(f"{name} cannot be written anew; only {', '.join(task.texts)}")
        before, after = (_LINE_BREAK.sub("\n", value) for value in (task.texts[name], text))
        if before != after:
            if name in ("instruction", "response") and not after.strip():
                raise BadInput(f"{name} is empty; reject the row instead")
            found[name] = _history(after) if name == "history" else after
    return found


def _history(text: str) -> list[dict[str, Any]]:
    try:
        turns = json.loads(text or "[]")
    except ValueError as error:
        raise BadInput(f"history is no JSON: {error}") from None
    known = {field.name for field in MESSAGE}
    if not isinstance(turns, list) or not all(isinstance(turn, dict) and turn.keys() <= known for turn in turns):
        raise BadInput(f"history is no list of turns with {', '.join(sorted(known))}")
    return turns


def _decision(one: Returned, task: ReviewTask, session: str, said: dict[str, Any]) -> Decision:
    about = {name: value for name, value in task.identity.items() if value}
    name = stable_id(one.reviewer, canonical_json(about), canonical_json(said), one.at)[:16]
    at = one.at or datetime.now(UTC).isoformat(timespec="milliseconds")
    given = {"id": name, "reviewer": one.reviewer, "session": session, "at": at, "seconds": one.seconds}
    decision = Decision(**about, **given, **said)
    check(decision)
    return decision


def _is_known(decision: Decision, task: ReviewTask) -> bool:
    """Whether the person's standing decision says the same."""
    return any(
        other.reviewer == decision.reviewer
        and item_of(other) == item_of(decision)
        and other.model_dump(include=_SAID) == decision.model_dump(include=_SAID)
        for other in task.decisions
    )
