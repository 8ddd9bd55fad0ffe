"""Seed tasks are read from every usual form, and what is unlike the others is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.core.errors import BadInput
from tasks.generation.from_seed_tasks.self_instruct.consistency import examine
from tasks.generation.from_seed_tasks.self_instruct.params import locate
from tasks.generation.from_seed_tasks.self_instruct.seed_tasks import SeedTasks, read

FORMS: dict[str, dict[str, Any]] = {
    "self_instruct": {"instruction": "Add.", "instances": [{"input": "1 and 2", "output": "3"}], "is_classification": False},
    "alpaca": {"instruction": "Add.", "input": "1 and 2", "output": "3"},
    "dolly": {"instruction": "Add.", "context": "1 and 2", "response": "3", "category": "closed_qa"},
    "ours": {"example_id": "e1", "content_hash": "x", "instruction": "Add.", "input": "1 and 2", "response": "3"},
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_task_is_the_same_in_every_form(form: str, tmp_path: Path) -> None:
    for name, text in (("a.json", json.dumps([FORMS[form]])), ("a.jsonl", json.dumps(FORMS[form]))):
        (tmp_path / name).write_text(text)
        [task] = read(tmp_path / name).tasks
        assert (task.instruction, task.instances, task.is_classification) == ("Add.", (("1 and 2", "3"),), False)


def test_a_table_says_what_is_a_classification(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "instruction,input,output,is_classification\nGlad or sad?,A smile.,glad,True\nWrite a word.,<noinput>,Word,False\n"
    )
    first, second = read(tmp_path / "a.csv").tasks
    assert first.is_classification
    assert (second.is_classification, second.instances[0].input, second.where) == (False, "", "a.csv:3")


def test_a_folder_is_read_by_the_names_of_its_files_and_says_what_it_could_not_read(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_text('{"instruction": "B", "output": "b"}\n{"instruction": "no answer"}\n{broken\n')
    (tmp_path / "a.jsonl").write_text('{"instruction": "A", "output": "a"}\n{"instruction": "B", "output": "b"}\n')
    (tmp_path / "readme.txt").write_text("not read")
    found = read(tmp_path)
    assert [(task.instruction, task.where) for task in found.tasks] == [("A", "a.jsonl:1"), ("B", "a.jsonl:2")]
    assert [line.partition(": ")[0] for line in found.unread] == ["b.jsonl:2", "b.jsonl:3"]
    assert examine(found, 0.7, 50)["warnings"][0].startswith("seed tasks: b.jsonl:2: no instruction with an answer; ")


def test_a_file_without_tasks_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a story"}\n')
    with pytest.raises(BadInput, match=r"a\.jsonl has no record with an `instruction`"):
        read(tmp_path / "a.jsonl")


def handwritten(tmp_path: Path, *more: tuple[str, str]) -> SeedTasks:
    """Ten tasks of one kind, and more."""
    rows = [
        (f"Explain the word{n} of trade{n} to child{n}.", f"It is the {n}th word of ten. People use it.")
        for n in range(10)
    ]
    text = "".join(json.dumps({"instruction": one, "output": other}) + "\n" for one, other in (*rows, *more))
    (tmp_path / "seeds.jsonl").write_text(text)
    return read(tmp_path / "seeds.jsonl")


@pytest.mark.parametrize(
    ("odd", "what"),
    [
        (("Name the moon of earth now.", "A long word. " * 90), "answer of 270 words (median 10)"),
        (("Tell me. " * 60, "It is a word. People use it daily now."), "instruction of 120 words (median 7)"),
        (("Name the moon of earth now.", "it is the word of ten people. They use it."), "answer lacks what others have"),
        (("Name the moon of earth now.", "It is the word of ten people. They use"), "answer lacks what others have"),
        (("Name the moon of earth now.", "It is the <b>word</b> of ten people. They use it."), "answer holds markup"),
        (("Name the moon of earth now.", "Sure! It is the word of ten people. They use it."), "answer opens with filler"),
        (("Explain the word3 of trade3 to child3.", "It is another word of ten. People use it."), "answers otherwise what"),
        (("Explain the word3 of trade3 to children.", "It is one word of ten. People use it."), "asks nearly the same"),
    ],
)  # fmt: skip
def test_a_task_unlike_the_others_is_named_with_its_line(tmp_path: Path, odd: tuple[str, str], what: str) -> None:
    assert examine(handwritten(tmp_path), 0.7, 50)["seeds"]["odd"] == []
    found = examine(handwritten(tmp_path, odd), 0.7, 50)
    [finding] = found["seeds"]["odd"]
    assert finding["where"] == "seeds.jsonl:11"
    assert finding["what"].startswith(what)
    assert "seeds.jsonl:11 " in found["warnings"][0]


def test_few_seeds_are_said_to_be_a_pilot(tmp_path: Path) -> None:
    seeds = handwritten(tmp_path)
    assert examine(seeds, 0.7, 100)["warnings"] == []
    assert "10 seed tasks are enough for a pilot of 50 to 100 rows" in examine(seeds, 0.7, 1000)["warnings"][0]


def test_the_packaged_seeds_fit_together() -> None:
    facts = examine(read(locate("general")), 0.7, 50)
    assert facts["seeds"]["odd"] == []
    assert facts["warnings"] == []
    assert facts["seeds"]["tasks"] == 36
