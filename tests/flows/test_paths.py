"""Paths in a recipe begin at its folder, those on the command line where the command is given."""

from pathlib import Path

import pytest

from flows import recipe_file

TEXT = """
dataset: d
documents: [{path: docs, licence: MIT}, {path: "../*.md"}, {path: /abs/docs}, {path: ~/docs}, {pydoc: topics}]
datasets: [{path: rows.jsonl}]
teacher: {provider: local, model_path: models/m.gguf}
filters: {contamination: {benchmarks: [tests.jsonl]}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "here").mkdir()
    (tmp_path / "recipes" / "of").mkdir(parents=True)
    (tmp_path / "recipes" / "of" / "mine.yaml").write_text(TEXT)
    (tmp_path / "recipes" / "of" / "tests.jsonl").write_text("{}")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def test_they_begin_at_the_recipes_folder(folder: Path) -> None:
    found = recipe_file.load("../recipes/of/mine.yaml", ["documents.0.path=mine"], [{"path": "given.jsonl"}])
    home = folder / "recipes" / "of"
    assert [source.path for source in found.documents[1:4]] == [f"{folder}/recipes/*.md", "/abs/docs", "~/docs"]
    assert found.documents[0].path == "mine", "said on the command line"
    assert [dataset.path for dataset in found.datasets] == [f"{home}/rows.jsonl", "given.jsonl"]
    assert found.teacher.model_path == f"{home}/models/m.gguf"


def test_a_recipe_that_lies_here_or_below_is_read_the_same_from_anywhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    found = recipe_file.load("recipes/of/mine.yaml")
    assert found.documents[0].path == "recipes/of/docs", "no path of this machine gets into a release's record"


def test_a_packaged_recipe_reads_what_lies_here(folder: Path) -> None:
    assert recipe_file.load("austen").documents[0].path == "pride-and-prejudice.txt"
