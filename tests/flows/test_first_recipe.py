"""`instructory init` and `schema`: what is written can be built, nothing is overwritten, the schema agrees with the types."""

import itertools
import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from flows import first_recipe, recipe_file
from flows.cli.main import cli
from flows.first_recipe import MATERIALS, PROVIDERS, FirstAnswers
from flows.recipe_checks import check_input
from flows.recipe_schema import recipe_schema
from flows.unused_settings import without_effect

SCHEMA = recipe_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
RECIPES = sorted((Path(__file__).parents[2] / "deployments" / "recipes").glob("*.yaml"))


@pytest.mark.parametrize(("material", "teacher"), list(itertools.product(MATERIALS, PROVIDERS)))
def test_a_first_recipe_is_one_that_builds(
    material: first_recipe.Material, teacher: first_recipe.Provider, tmp_path: Path
) -> None:
    (tmp_path / "notes & more: #1").mkdir()
    path = "" if material == "nothing" else str(tmp_path / "notes & more: #1")
    if (material, teacher) == ("seed-tasks", "none"):
        with pytest.raises(first_recipe.BadInput, match="--teacher"):
            first_recipe.write(FirstAnswers(material, path, teacher, 300, "no"), tmp_path / "recipe.yaml")
        assert not (tmp_path / "recipe.yaml").exists()
        return
    first_recipe.write(FirstAnswers(material, path, teacher, 300, "no"), tmp_path / "recipe.yaml")
    recipe = recipe_file.load(str(tmp_path / "recipe.yaml"))
    check_input(recipe, "recipe.yaml")
    assert (recipe.dataset, recipe.teacher.provider, recipe.mix.rows) == ("no", teacher, 300)
    named = [source.path for source in recipe.documents] + [dataset.path for dataset in recipe.datasets]
    assert [Path(name).absolute() for name in named] == ([Path(path)] if material in ("documents", "rows") else [])
    assert list(without_effect(recipe)) == []
    VALIDATOR.validate(yaml.safe_load((tmp_path / "recipe.yaml").read_text("utf-8")))


def test_questions_propose_what_the_folder_holds(tmp_path: Path) -> None:
    for name in ("a.md", "b.md", "c.csv", ".git/x.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("# Text")
    done = CliRunner().invoke(cli, ["init", str(tmp_path)], input="\n\nnone\n70\n", env={"OPENAI_API_KEY": None})
    assert done.exit_code == 0, done.output
    assert f"next:   instructory build {tmp_path}/recipe.yaml --dry-run" in done.output
    recipe = recipe_file.load(str(tmp_path / "recipe.yaml"))
    assert ([Path(source.path).name for source in recipe.documents], recipe.mix.rows) == (["*.md"], 70)


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text("mine")
    done = CliRunner().invoke(cli, ["init", str(tmp_path), "--teacher", "none"])
    assert "is there already" in str(done.exception)
    assert (tmp_path / "recipe.yaml").read_text() == "mine"


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_schema_accepts_every_packaged_recipe(path: Path) -> None:
    VALIDATOR.validate(yaml.safe_load(path.read_text("utf-8")))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"dataset": "a", "mix": {"row": 3}},
        {"dataset": "a", "mix": {"rows": 0}},
        {"dataset": "a", "generate": [{"method": "taxnomy"}]},
        {"dataset": "a", "generate": [{"topics": 3}]},
        {"dataset": "a", "verify": [{"verifier": "judge", "topics": 3}]},
    ],
)
def test_the_schema_refuses_what_a_build_refuses(wrong: dict[str, object], tmp_path: Path) -> None:
    assert not VALIDATOR.is_valid(wrong)
    (tmp_path / "recipe.yaml").write_text(json.dumps(wrong))
    with pytest.raises(first_recipe.BadInput):
        recipe_file.load(str(tmp_path / "recipe.yaml"))


def test_every_key_of_the_schema_is_described() -> None:
    VALIDATOR.check_schema(SCHEMA)
    groups = {"recipe": SCHEMA, **SCHEMA["$defs"]}
    bare = [
        f"{name}.{key}"
        for name, group in groups.items()
        for key, value in group.get("properties", {}).items()
        if not value["description"]
    ]
    assert bare == []
    assert json.loads(CliRunner().invoke(cli, ["schema"]).output) == SCHEMA
