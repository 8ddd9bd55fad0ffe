"""A guideline is one file for people and for judges, named in a recipe, and known by its hash."""

import hashlib
from pathlib import Path

import pytest

from flows.recipe import Recipe
from flows.recipe_file import load
from tasks.core.errors import BadInput
from tasks.review import guidelines
from tasks.verification.judges import rubric


def test_a_recipe_names_it_beside_itself_or_by_name(tmp_path: Path) -> None:
    text = rubric.locate("curation").read_text().replace("Curation checklist", "House rules")
    (tmp_path / "rules.md").write_text(text)
    (tmp_path / "recipe.yaml").write_text("dataset: demo\nreview: {guideline: rules.md}\n")
    found = guidelines.of(load(str(tmp_path / "recipe.yaml")).model_dump(mode="json"))
    assert (found.rubric.title, found.text) == ("House rules", text)
    assert found.sha256 == hashlib.sha256(text.encode()).hexdigest()
    for recipe in ({"dataset": "demo"}, {"dataset": "demo", "review": {"guideline": "curation"}}):
        assert guidelines.of(Recipe.model_validate(recipe).model_dump(mode="json")).name == "curation"


def test_one_that_is_gone_or_has_another_form_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"rules\.md"):
        guidelines.of({"review": {"guideline": str(tmp_path / "rules.md")}})
    (tmp_path / "rules.md").write_text("Be kind.")
    with pytest.raises(ValueError, match=r"rules\.md, line 1"):
        Recipe.model_validate({"dataset": "demo", "review": {"guideline": str(tmp_path / "rules.md")}})
