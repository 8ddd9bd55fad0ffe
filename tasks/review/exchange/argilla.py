"""Argilla 2: records as `dataset.records.to_json` writes and `from_json` reads them.

A record has an id, fields, metadata, suggestions (one for a question) and responses (a list for a question, each with the UUID of
the user). Responses that were discarded look there like others, so a skipped row cannot be distinguished from one that was judged.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tasks.core.errors import BadInput
from tasks.review.decisions import EDITABLE, Decision
from tasks.review.exchange.people import People
from tasks.review.exchange.review_task import CONTEXT, IDENTITY, Returned, ReviewTask, as_text
from tasks.text.spreadsheet_cells import LINE_BREAKS

EDITED: Final = "edited_"
"""Before the name of a column: the text question in which it is written anew, with the text of now as its suggestion."""
_CHOICES: Final = ("decision", "reason", "preferred", "note")


def write(tasks: Iterable[ReviewTask], path: Path, people: People) -> None:
    """The tasks as one JSON array of records, with the decisions that stand as responses of their reviewers: by the UUID that
    `people` gives them, or one that follows from the name."""
    with path.open("x", encoding="utf-8", newline="") as file:
        file.write("[")
        for number, task in enumerate(tasks):
            record = json.dumps(_record(task, people), ensure_ascii=False).translate(LINE_BREAKS)
            file.write((",\n" if number else "\n") + record)
        file.write("\n]\n")


def read(path: Path, people: People, reviewers: Iterable[str]) -> Iterator[Returned]:
    """What every annotator answered in an export. `reviewers`: names whose made-up UUIDs are known again."""
    try:
        records = json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, ValueError) as error:
        raise BadInput(f"{path.name}: no JSON: {error}") from None
    if not isinstance(records, list) or not all(isinstance(one, dict) and "fields" in one for one in records):
        raise BadInput(f"{path.name}: no list of records with `fields`; write it with dataset.records.to_json")
    made_up = {user_of(name, People()): name for name in reviewers}
    for number, record in enumerate(records, 1):
        by_user: dict[str, dict[str, Any]] = defaultdict(dict)
        for question, answers in (record.get("responses") or {}).items():
            for answer in answers:
                by_user[str(answer.get("user_id"))][question] = answer.get("value")
        for user, said in by_user.items():
            yield _returned(f"record {number}", record, user, said, people, made_up)


def user_of(name: str, people: People) -> str:
    """The UUID of a reviewer."""
    return people.called(name) or str(uuid.uuid5(uuid.NAMESPACE_URL, f"instructory:reviewer:{name}"))


def _record(task: ReviewTask, people: People) -> dict[str, Any]:
    texts = {name: text for name, text in task.texts.items() if text}
    now = {EDITED + name: {"value": text, "score": None, "agent": "as it is"} for name, text in texts.items()}
    responses: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in task.decisions:
        for question, value in _answers(one).items():
            responses[question].append({"value": value, "user_id": user_of(one.reviewer, people)})
    metadata = {
        name: value
        for name, value in {**task.identity, **task.context}.items()
        if value and name in (*IDENTITY, *CONTEXT)
    }
    return {
        "id": task.identity["example_id"],
        "fields": texts | {"context": task.context.get("verdicts", "")},
        "metadata": metadata,
        "suggestions": now,
        "responses": responses,
        "vectors": {},
        "_server_id": None,
    }


def _answers(decision: Decision) -> dict[str, Any]:
    word = "" if decision.word == "prefer" else decision.word
    said = {"decision": word, "reason": decision.reason, "preferred": decision.preferred, "note": decision.note}
    edits = {EDITED + name: as_text(value) for name, value in decision.edited.items()}
    return {name: value for name, value in said.items() if value} | dict(decision.criteria) | edits


def _returned(
    where: str,
    record: Mapping[str, Any],
    user: str,
    said: Mapping[str, Any],
    people: People,
    made_up: Mapping[str, str],
) -> Returned:
    metadata = record.get("metadata") or {}
    identity = {name: str(metadata.get(name) or "") for name in IDENTITY} | {"example_id": str(record.get("id") or "")}
    try:
        reviewer = made_up.get(user) or people.name(user)
    except BadInput as error:
        return Returned(where, "unknown", identity, problem=str(error))
    decision, reason, preferred, note = (str(said.get(name) or "") for name in _CHOICES)
    texts = {name: str(said[EDITED + name]) for name in EDITABLE if said.get(EDITED + name) is not None}
    levels = {name: value for name, value in said.items() if name not in _CHOICES and not name.startswith(EDITED)}
    return Returned(where, reviewer, identity, decision, texts, reason, preferred, levels, note)
