"""Review tasks through Label Studio and Argilla and back, in files shaped as those programs write them."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.errors import BadInput
from tasks.review.exchange import files
from tasks.review.exchange.label_studio import span
from tasks.review.exchange.people import People
from tasks.review.exchange.returned import Intake, decisions_of
from tasks.review.exchange.review_task import ReviewTask
from tests.review.exchange.sample import decided, task, turned

PEOPLE = People.of(["ann=7", "ben=ben@team.example"])
UUIDS = People.of(["ann=3d9b3f1a-6c67-4b5f-8a4e-0a7f3c1b2d11", "ben=9c1b6a52-08e5-4f0e-8d5a-5b1f9a4b7e22"])
SCALES = {"accuracy": (1, 2, 3, 4, 5)}


def written(tasks: list[ReviewTask], form: str, folder: Path) -> Any:
    path = folder / f"{form}.json"
    files.export(tasks, form, path, UUIDS if form == "argilla" else PEOPLE, SCALES)
    return json.loads(path.read_text("utf-8"))


def read(data: Any, tasks: list[ReviewTask], folder: Path, people: People = PEOPLE) -> Intake:
    path = folder / "export.json"
    path.write_text(json.dumps(data))
    by_id = {one.identity["example_id"]: one for one in tasks}
    return decisions_of(files.read(path, "", people, by_id), by_id, "file")


def every_kind() -> list[ReviewTask]:
    levels = {"criteria": {"accuracy": 4}, "note": "a note\nof two lines"}
    return [
        task(1, [decided("ann", 1, "accept", **levels), decided("ben", 1, "reject", reason="wrong")]),
        task(2, [decided("ann", 2, "edit", edited={"response": "A rigid bar.\nIt turns."})]),
        task(3, [decided("ben", 3, "prefer", preferred="tie")], rejected="Another."),
        task(4, history=[turned("user", "Hello."), turned("assistant", "Hi.")], response="=1+1 \U0001f600 </Text>"),
    ]


FORMS = pytest.mark.parametrize(("form", "people"), [("label-studio", PEOPLE), ("argilla", UUIDS)])


@FORMS
def test_a_round_trip_without_a_change_gives_no_decision(form: str, people: People, tmp_path: Path) -> None:
    tasks = every_kind()
    found = read(written(tasks, form, tmp_path), tasks, tmp_path, people)
    assert (found.decisions, found.problems, found.unchanged) == ([], [], 4)


@FORMS
def test_every_annotation_of_every_annotator_comes_back(form: str, people: People, tmp_path: Path) -> None:
    """The decisions go out, and into a store that has none of them."""
    tasks = every_kind()
    found = read(written(tasks, form, tmp_path), [ReviewTask(one.row) for one in tasks], tmp_path, people)
    same = {
        "example_id",
        "content_hash",
        "origin_hash",
        "reviewer",
        "word",
        "edited",
        "reason",
        "preferred",
        "criteria",
        "note",
    }
    before = [one.model_dump(include=same) for each in tasks for one in each.decisions]
    after = [one.model_dump(include=same) for one in found.decisions]
    assert sorted(map(repr, after)) == sorted(map(repr, before))
    assert found.problems == []


def annotation(who: Any, *results: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An annotation as Label Studio 1.x exports it."""
    return {
        "id": 1001, "completed_by": who, "result": [{"id": "Dx_aB91ISN", "origin": "manual", **one} for one in results],
        "was_cancelled": False, "ground_truth": False, "created_at": "2026-11-29T10:00:00.728353Z",
        "updated_at": "2026-11-29T10:00:10.728378Z", "lead_time": 4.288, "result_count": 0, "task": 1, **more,
    }  # fmt: skip


def choice(name: str, word: str) -> dict[str, Any]:
    return {"from_name": name, "to_name": "response", "type": "choices", "value": {"choices": [word]}}


def test_label_studios_own_export_is_read(tmp_path: Path) -> None:
    tasks = [task(1, response="\U0001f600 A bar."), task(2)]
    data = written(tasks, "label-studio", tmp_path)
    marked = {"start": 2, "end": 7, "text": "A bar", "labels": ["wrong"]}
    edited = {
        "from_name": "edited_response",
        "to_name": "response",
        "type": "textarea",
        "value": {"text": ["A rigid bar."]},
    }
    data[0] |= {"id": 1, "project": 83, "annotations": [
        annotation(7, choice("decision", "accept"), {"to_name": "response", "type": "labels", "value": marked}),
        annotation({"id": 9, "email": "Ben@Team.example"}, choice("decision", "reject"), choice("reason", "wrong")),
        annotation({"email": "cy.d@else.example"}, edited),
    ]}  # fmt: skip
    data[1]["annotations"] = [annotation(7, was_cancelled=True), annotation(99, choice("decision", "accept"))]
    found = read(data, tasks, tmp_path)
    assert [(one.reviewer, one.word) for one in found.decisions] == [
        ("ann", "accept"),
        ("ben", "reject"),
        ("cy-d", "edit"),
        ("ann", "skip"),
    ]
    assert found.decisions[0].note == "response[2:7] wrong: A bar"
    assert found.decisions[0].seconds == pytest.approx(4.288)
    assert found.decisions[0].at == "2026-11-29T10:00:10.728378Z"
    assert len(found.problems) == 1
    assert "who is 99? say so with --as NAME=99" in found.problems[0]


@given(st.text(max_size=30), st.integers(0, 30), st.integers(1, 30), st.booleans())
def test_offsets_are_exact_however_they_are_counted(text: str, start: int, length: int, units: bool) -> None:
    text = "".join(one for one in text if not "\ud800" <= one <= "\udfff")
    start, end = min(start, len(text)), min(start + length, len(text))

    def counted(characters: int) -> int:
        return len(text[:characters].encode("utf-16-le")) // 2 if units else characters

    try:
        found = span(text, counted(start), counted(end), text[start:end])
    except BadInput:
        marked = text[start:end]  # both ways of counting find one like it
        assert not marked or sum(text.startswith(marked, at) for at in range(len(text))) > 1
        return
    assert text[found[0] : found[1]] == text[start:end]


def test_a_passage_that_is_not_there_is_a_problem() -> None:
    with pytest.raises(BadInput, match="marked text at 0 to 3"):
        span("A bar", 0, 3, "bar")
    with pytest.raises(BadInput, match="is ambiguous"):
        span("\U0001f600 bar", 2, 3, None)


def test_the_configuration_names_what_tasks_hold(tmp_path: Path) -> None:
    data = written([task(1)], "label-studio", tmp_path)[0]["data"]
    tree = ElementTree.parse(tmp_path / "label-studio.config.xml")
    values = {tag.get("value", "")[1:] for tag in tree.iter() if tag.get("value", "").startswith("$")}
    names = {tag.get("name") for tag in tree.iter() if tag.get("toName")}
    assert values == {"context", "instruction", "response"}, "columns that no task fills would be empty fields"
    assert values <= data.keys()
    assert {"decision", "reason", "accuracy", "note", "edited_response", "marks_response"} <= names
    assert "preferred" not in names, "there is no pair"
    assert {tag.get("toName") for tag in tree.iter() if tag.get("toName")} <= {tag.get("name") for tag in tree.iter()}


def test_who_may_only_compare_need_not_decide(tmp_path: Path) -> None:
    written([task(1), task(2, rejected="Another.")], "label-studio", tmp_path)
    written([task(1), task(2, rejected="Another.")], "argilla", tmp_path)
    tree = ElementTree.parse(tmp_path / "label-studio.config.xml")
    needed = [tag.get("name") for tag in tree.iter() if tag.get("required")]
    asked = json.loads((tmp_path / "argilla.settings.json").read_text())["questions"]
    assert (needed, [one["name"] for one in asked if one["required"]]) == (["reason"], ["edited_response"])
    assert "preferred" in {one["name"] for one in asked}


def test_verdicts_are_scores_and_no_decisions_made_beforehand(tmp_path: Path) -> None:
    (found,) = written([task(1)], "label-studio", tmp_path)[0]["predictions"]
    assert found == {"model_version": "judge", "score": 0.8, "result": []}


def test_an_annotation_is_of_who_submitted_it_last(tmp_path: Path) -> None:
    tasks = [task(1)]
    data = written(tasks, "label-studio", tmp_path)
    data[0]["annotations"] = [annotation(99, choice("decision", "accept"), updated_by=7)]
    assert [one.reviewer for one in read(data, tasks, tmp_path).decisions] == ["ann"]


def test_drafts_in_argilla_are_no_decisions_and_discarded_ones_are_skips(tmp_path: Path) -> None:
    tasks = [task(1)]
    (record,) = written(tasks, "argilla", tmp_path)
    ann, ben = (who for _, who in UUIDS.known)
    record["responses"] = {
        "decision": [{"value": "reject", "user_id": ann, "status": "draft"}],
        "edited_response": [{"value": "A bar!", "user_id": ben, "status": "discarded"}],
    }
    found = read([record], tasks, tmp_path, UUIDS)
    assert ([(one.reviewer, one.word) for one in found.decisions], found.problems) == ([("ben", "skip")], [])


def test_decisions_of_people_whom_a_program_does_not_know_go_along_as_text(tmp_path: Path) -> None:
    tasks = [task(1, [decided("cy", 1, "reject", reason="wrong")])]
    (studio,), (argilla,) = (written(tasks, form, tmp_path) for form in ("label-studio", "argilla"))
    assert (studio["annotations"], argilla["responses"]) == ([], {})
    assert studio["data"]["decided"] == argilla["metadata"]["decided"] == "cy: reject wrong"


def test_argillas_own_export_is_read(tmp_path: Path) -> None:
    tasks = [task(1)]
    (record,) = written(tasks, "argilla", tmp_path)
    assert record["suggestions"]["edited_response"]["value"] == "A bar."
    user = "3d9b3f1a-6c67-4b5f-8a4e-0a7f3c1b2d11"
    record |= {"_server_id": "7c0d5d5e-1f5a-4b7e-9f3a-2b1c0d9e8f70", "responses": {
        "decision": [{"value": "accept", "user_id": user}], "accuracy": [{"value": 5, "user_id": user}],
        "edited_response": [{"value": "A bar.", "user_id": user}],
    }}  # fmt: skip
    unknown = read([record], tasks, tmp_path)
    assert "--as NAME=3d9b3f1a" in unknown.problems[0]
    (tmp_path / "argilla.json").write_text(json.dumps([record]))
    by_id = {f"{1:032x}": tasks[0]}
    people = People.of([f"cy={user}"])
    (found,) = decisions_of(files.read(tmp_path / "argilla.json", "", people, by_id), by_id, "file").decisions
    assert (found.reviewer, found.word, found.criteria) == ("cy", "accept", {"accuracy": 5})


@pytest.mark.parametrize("text", ["{", '[{"id": 1}]', '{"data": {}}', '[{"data": []}]'])
def test_other_json_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(BadInput, match=r"a\.json: no "):
        list(files.read(tmp_path / "a.json", "", People(), {}))


@pytest.mark.parametrize(
    "results",
    [[{"type": "brush"}], [{"type": "rating", "value": {}}], [{"type": "choices", "value": {"choices": []}}], [7]],
)
def test_a_damaged_annotation_is_a_problem_of_its_row(results: list[Any], tmp_path: Path) -> None:
    tasks = [task(1)]
    data = written(tasks, "label-studio", tmp_path)
    data[0]["annotations"] = [annotation(7) | {"result": results}]
    found = read(data, tasks, tmp_path)
    assert found.decisions == []
    assert found.problems[0].startswith("task 1: ")
