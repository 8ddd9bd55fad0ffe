"""Every recipe key, gate and filter stands on its page, described; the generated pages are what the types say."""

from collections.abc import Callable
from pathlib import Path

import pytest

from expectations import SUITES
from expectations.suite import Suite
from flows import reference
from flows.recipe import Recipe

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = Recipe.model_json_schema()


@pytest.mark.parametrize(
    ("page", "written"), [("recipe.md", reference.recipe_page), ("gates.md", reference.gates_page)]
)
def test_a_generated_page_is_what_the_types_say(page: str, written: Callable[[], str]) -> None:
    assert (DOCS / page).read_text("utf-8") == written(), f"docs/{page} is stale: run `make docs` and commit it"


@pytest.mark.parametrize("name", ["Recipe", *SCHEMA["$defs"]])
def test_every_key_is_on_the_page_and_described(name: str) -> None:
    page = (DOCS / "recipe.md").read_text("utf-8")
    group = SCHEMA if name == "Recipe" else SCHEMA["$defs"][name]
    for key, schema in group.get("properties", {}).items():
        assert f".{key}`" in page or f"| `{key}`" in page, f"{name}.{key} is missing from docs/recipe.md"
        assert "description" in schema or "$ref" in schema or "const" in schema, (
            f"{name}.{key} needs a docstring under it"
        )
    assert group.get("description"), f"{name} needs a docstring"


@pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.stage)
def test_every_gate_is_on_its_page_with_reasons(suite: Suite) -> None:
    section = (DOCS / "gates.md").read_text("utf-8").partition(f"\n## {suite.stage}\n")[2].partition("\n## ")[0]
    assert all(f"`gates.{suite.stage}.{name}`" in section and limit.why for name, limit in suite.thresholds.items())


@pytest.mark.parametrize("name", SCHEMA["$defs"]["Filters"]["properties"])
def test_every_filter_is_on_its_page(name: str) -> None:
    assert f"\n| `{name}` |" in (DOCS / "filters.md").read_text("utf-8"), f"docs/filters.md does not describe {name}"
