"""Argilla 2: records as `dataset.records.to_json` writes and `from_json` reads them, and the settings of their dataset as
`Settings.from_json` reads them.

A record has an id, fields, metadata, suggestions (one for a question) and responses (a list for a question, each with the UUID of
the user). `to_json` leaves out the status of a response; where a file has it, drafts are no decisions and discarded ones are skips.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tasks.core.errors import BadInput
from tasks.review.decisions import EDITABLE, REASONS
from tasks.review.exchange.people import People
from tasks.review.exchange.review_task import (
    ALWAYS,
    CONTEXT,
    DECISIONS,
    EDITED,
    IDENTITY,
    PREFERENCES,
    Level,
    Returned,
    ReviewTask,
    as_text,
    said_before,
)
from tasks.text.spreadsheet_cells import LINE_BREAKS

_CHOICES: Final = ("decision", "reason", "preferred", "note")


def write(tasks: Iterable[ReviewTask], path: Path, people: People) -> None:
    """The tasks as one JSON array of records. Decisions of reviewers whom `people` names come as responses; those of others stand
    in the metadata, since Argilla takes no response of somebody whom it does not know."""
    with path.open("x", encoding="utf-8", newline="") as file:
        file.write("[")
        for number, task in enumerate(tasks):
            record = json.dumps(_record(task, people), ensure_ascii=False).translate(LINE_BREAKS)
            file.write((",\n" if number else "\n") + record)
        file.write("\n]\n")


def settings(scales: Mapping[str, Sequence[Level]], columns: Collection[str]) -> str:
    """The settings of a dataset for records of which some have a text in `columns`, as JSON. Argilla wants a question that must be
    answered: the decision, or the text of the response where there are pairs, of which a person may only say which is better."""
    is_pair = "rejected" in columns
    named = [name for name in EDITABLE if name in columns]
    questions = [_labels("decision", DECISIONS, not is_pair), _labels("reason", tuple(REASONS))]
    questions += [_labels("preferred", PREFERENCES)] if is_pair else []
    questions += [_scale(name, levels) for name, levels in scales.items()]
    questions += [_question(EDITED + name, {"type": "text"}, is_pair and name == "response") for name in named]
    made = {
        "guidelines": None,
        "questions": [*questions, _question("note", {"type": "text"})],
        "fields": [_question(name, {"type": "text"}, name in ALWAYS) for name in (*named, "context")],
        "vectors": [],
        "metadata": [],
        "allow_extra_metadata": True,
    }
    return json.dumps(made, indent=1) + "\n"


def read(path: Path, people: People) -> Iterator[Returned]:
    """What every annotator answered in an export. BadInput where the file is none."""
    try:
        records = json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, ValueError) as error:
        raise BadInput(f"{path.name}: no JSON: {error}") from None
    if not isinstance(records, list) or not all(isinstance(one, dict) and "fields" in one for one in records):
        raise BadInput(f"{path.name}: no list of records with `fields`; write it with dataset.records.to_json")
    for number, record in enumerate(records, 1):
        by_user: dict[str, dict[str, Any]] = defaultdict(dict)
        for question, answers in (record.get("responses") or {}).items():
            for answer in answers:
                if answer.get("status") == "discarded":
                    by_user[str(answer.get("user_id"))] = {"decision": "skip"}
                elif answer.get("status") != "draft":
                    by_user[str(answer.get("user_id"))][question] = answer.get("value")
        for user, said in by_user.items():
            yield _returned(f"record {number}", record, user, said, people)


def _record(task: ReviewTask, people: People) -> dict[str, Any]:
    texts = {name: text for name, text in task.texts.items() if text}
    now = {EDITED + name: {"value": text, "score": None, "agent": "as it is"} for name, text in texts.items()}
    responses: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for reviewer in dict.fromkeys(one.reviewer for one in task.decisions if people.called(one.reviewer)):
        for question, value in _answers(task, reviewer).items():
            responses[question].append({"value": value, "user_id": people.called(reviewer), "status": "submitted"})
    known = {**task.identity, **task.context, "decided": said_before(task)}
    metadata = {name: value for name, value in known.items() if value and name in (*IDENTITY, *CONTEXT, "decided")}
    return {
        "id": task.identity["example_id"],
        "fields": texts | {"context": task.context.get("verdicts", "")},
        "metadata": metadata,
        "suggestions": now,
        "responses": responses,
        "vectors": {},
        "_server_id": None,
    }


def _answers(task: ReviewTask, reviewer: str) -> dict[str, Any]:
    """What a reviewer decided about a row and about its pair, as the one response that Argilla keeps of a user for a record."""
    answers: dict[str, Any] = {EDITED + "response": task.texts["response"]}
    for one in (one for one in task.decisions if one.reviewer == reviewer):
        word = "" if one.word == "prefer" else one.word
        said = {"decision": word, "reason": one.reason, "preferred": one.preferred, "note": one.note, **one.criteria}
        answers |= {name: value for name, value in said.items() if value}
        answers |= {EDITED + name: as_text(value) for name, value in one.edited.items()}
    return answers


def _labels(name: str, words: Sequence[str], required: bool = False) -> dict[str, Any]:
    options = [{"value": word, "text": word} for word in words]
    return _question(name, {"type": "label_selection", "options": options, "visible_options": None}, required)


def _scale(name: str, levels: Sequence[Level]) -> dict[str, Any]:
    """A criterion: a rating where its levels are numbers."""
    if not all(isinstance(level, int) for level in levels):
        return _labels(name, [str(level) for level in levels])
    return _question(name, {"type": "rating", "options": [{"value": level} for level in levels]})


def _question(name: str, settings: Mapping[str, Any], required: bool = False) -> dict[str, Any]:
    """A question, or a field, which has the same form."""
    return {"name": name, "title": name, "description": None, "required": required, "settings": settings}


def _returned(
    where: str,
    record: Mapping[str, Any],
    user: str,
    said: Mapping[str, Any],
    people: People,
) -> Returned:
    metadata = record.get("metadata") or {}
    identity = {name: str(metadata.get(name) or "") for name in IDENTITY} | {"example_id": str(record.get("id") or "")}
    try:
        reviewer = people.name(user)
    except BadInput as error:
        return Returned(where, "unknown", identity, problem=str(error))
    decision, reason, preferred, note = (str(said.get(name) or "") for name in _CHOICES)
    texts = {name: str(said[EDITED + name]) for name in EDITABLE if said.get(EDITED + name) is not None}
    levels = {name: value for name, value in said.items() if name not in _CHOICES and not name.startswith(EDITED)}
    return Returned(where, reviewer, identity, decision, texts, reason, preferred, levels, note)
