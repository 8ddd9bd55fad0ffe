"""Every packaged recipe can be read and planned, and the methods that need one of their own have it."""

from pathlib import Path

import pytest

from flows import recipe_file
from flows.recipe_checks import check_input
from tasks.generation.catalogue import BY_NAME

RECIPES = sorted((Path(__file__).parents[2] / "deployments" / "recipes").glob("*.yaml"))
IN_DEMO = {"question_headings", "templates", "taxonomy", "constraints"}
"""Methods that the recipes `demo` and `local` show."""


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_packaged_recipe_is_complete(path: Path) -> None:
    recipe = recipe_file.load(path.stem, ["teacher.provider=anthropic"])
    if path.stem != "curate":
        check_input(recipe, path.stem)
    assert recipe.description


def test_every_method_has_a_recipe_of_its_name() -> None:
    assert set(BY_NAME) - IN_DEMO <= {path.stem for path in RECIPES}


def test_the_mixed_recipe_combines_six_methods() -> None:
    assert len({entry.method for entry in recipe_file.load("mixed").generate}) >= 6
