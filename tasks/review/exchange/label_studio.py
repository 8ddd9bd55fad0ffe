"""Label Studio's JSON: tasks with data, predictions and the annotations of every annotator.

https://labelstud.io/guide/task_format and https://labelstud.io/guide/predictions describe the form. An annotation is a list of
results, each with the name of the control that made it (`from_name`), of what it belongs to (`to_name`), its type and value; the
controls are those of `label_studio_config`. Offsets of marked text count characters since 2022 and UTF-16 units before (issue 1347
there): the marked text itself says which.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tasks.core.errors import BadInput
from tasks.review.decisions import Decision
from tasks.review.exchange.people import People
from tasks.review.exchange.review_task import (
    DECISIONS,
    EDITED,
    IDENTITY,
    Returned,
    ReviewTask,
    as_text,
    said_before,
)
from tasks.text.spreadsheet_cells import LINE_BREAKS


def write(tasks: Iterable[ReviewTask], path: Path, people: People) -> None:
    """The tasks as one JSON array. Decisions of reviewers whom `people` names come as annotations; those of others stand in
    `data.decided`, since Label Studio takes no annotation of somebody whom it does not know."""
    with path.open("x", encoding="utf-8", newline="") as file:
        file.write("[")
        for number, task in enumerate(tasks):
            file.write(
                (",\n" if number else "\n") + json.dumps(_task(task, people), ensure_ascii=False).translate(LINE_BREAKS)
            )
        file.write("\n]\n")


def read(path: Path, people: People) -> Iterator[Returned]:
    """Every annotation in an export of Label Studio, as the decision of who submitted it last. BadInput where the file is none; a
    single annotation that cannot be understood is a problem of that row."""
    try:
        tasks = json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, ValueError) as error:
        raise BadInput(f"{path.name}: no JSON: {error}") from None
    if not isinstance(tasks, list) or not all(
        isinstance(one, dict) and isinstance(one.get("data"), dict) for one in tasks
    ):
        raise BadInput(f"{path.name}: no list of tasks with `data`; export as JSON, not as JSON-MIN")
    for number, task in enumerate(tasks, 1):
        for annotation in task.get("annotations") or ():
            yield _returned(f"task {task.get('id', number)}", task["data"], annotation, people)


def _task(task: ReviewTask, people: People) -> dict[str, Any]:
    context = "\n".join(f"{name}: {value}" for name, value in task.context.items())
    known = [one for one in task.decisions if people.called(one.reviewer)]
    return {
        "data": {**task.identity, **task.texts, "context": context, "decided": said_before(task)},
        "predictions": [
            _prediction(verdict) for verdict in task.row.get("verdicts") or () if verdict.get("score") is not None
        ],
        "annotations": [_annotation(one, people.called(one.reviewer)) for one in known],
    }


def _prediction(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """The score of a verifier, by which tasks can be sorted. No proposal of a decision: Label Studio fills it in beforehand, and
    who then only submits would have decided what the verifier says."""
    return {"model_version": verdict["verifier"], "score": verdict["score"], "result": []}


def _annotation(decision: Decision, who: str) -> dict[str, Any]:
    chosen = {
        "decision": decision.word if decision.word in DECISIONS else "",
        "reason": decision.reason,
        "preferred": decision.preferred,
    }
    results = [_result(name, "response", "choices", [word]) for name, word in chosen.items() if word]
    for name, level in decision.criteria.items():
        results.append(
            _result(name, "response", *(("rating", level) if isinstance(level, int) else ("choices", [level])))
        )
    results += [
        _result(EDITED + name, name, "textarea", [as_text(value)], "text") for name, value in decision.edited.items()
    ]
    results += [_result("note", "response", "textarea", [decision.note], "text")] if decision.note else []
    return {
        "completed_by": int(who) if who.isdecimal() else {"email": who},
        "created_at": decision.at,
        "lead_time": decision.seconds,
        "was_cancelled": False,
        "result": results,
    }


def _result(name: str, to: str, kind: str, value: Any, key: str = "") -> dict[str, Any]:
    return {"from_name": name, "to_name": to, "type": kind, "value": {key or kind: value}}


def _returned(where: str, data: Mapping[str, Any], annotation: Mapping[str, Any], people: People) -> Returned:
    identity = {name: str(data.get(name) or "") for name in IDENTITY}
    at = str(annotation.get("updated_at") or annotation.get("created_at") or "")
    try:
        reviewer = people.name(annotation.get("updated_by") or annotation.get("completed_by"))
        said = _said(annotation.get("result") or [], data)
    except BadInput as error:
        return Returned(where, "unknown", identity, at=at, problem=str(error))
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        return Returned(where, "unknown", identity, at=at, problem=f"a result lacks what its type has: {error!r}")
    if annotation.get("was_cancelled"):
        return Returned(where, reviewer, identity, "skip", at=at)
    seconds = annotation.get("lead_time")
    return Returned(where, reviewer, identity, **said, seconds=float(seconds or 0), at=at)


def _said(results: Iterable[Mapping[str, Any]], data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of Returned that the results of an annotation fill."""
    said: dict[str, Any] = {"texts": {}, "criteria": {}}
    notes: list[str] = []
    for one in results:
        name, value = str(one.get("from_name")), one.get("value") or {}
        match one.get("type"):
            case "choices" if name in ("decision", "reason", "preferred"):
                said[name] = str(value["choices"][0])
            case "choices":
                said["criteria"][name] = str(value["choices"][0])
            case "rating":
                said["criteria"][name] = int(value["rating"])
            case "textarea":
                text = "\n".join(value["text"]) if isinstance(value["text"], list) else str(value["text"])
                if name == "note":
                    notes.append(text)
                else:
                    said["texts"][name.removeprefix(EDITED)] = text
            case "labels":
                notes.append(_mark(str(one.get("to_name")), value, data))
            case other:
                raise BadInput(f"a result of type {other!r} from {name!r}: not a control of the configuration")
    return said | {"note": "\n".join(notes)}


def _mark(column: str, value: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """A passage that a person marked, as a line of the note; its offsets count characters."""
    start, end = span(str(data.get(column) or ""), int(value["start"]), int(value["end"]), value.get("text"))
    return f"{column}[{start}:{end}] {', '.join(value.get('labels') or [])}: {str(data.get(column))[start:end]}"


def span(text: str, start: int, end: int, marked: str | None) -> tuple[int, int]:
    """Where a marked passage stands in `text`, in characters: the offsets as they are, or as UTF-16 units, whichever finds
    `marked`. BadInput where neither does, or where they differ and `marked` is not known."""
    counted = [(start, end), (_characters(text, start), _characters(text, end))]
    inside = {(first, last) for first, last in counted if last <= len(text)}
    found = {(first, last) for first, last in inside if marked is None or text[first:last] == marked}
    if len(found) != 1:
        raise BadInput(f"marked text at {start} to {end} is not there, or is ambiguous; mark it again")
    return found.pop()


def _characters(text: str, units: int) -> int:
    """How many characters the first `units` UTF-16 units of `text` are."""
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore"))
