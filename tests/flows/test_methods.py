"""Recipes and their methods: what can be written under `generate`, and that methods work on imported rows too."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from flows.recipe import Recipe
from flows.recipe_checks import check_input
from tasks.core.errors import BadInput
from tests.cli.commands import Run
from tests.servers.models import ModelServer
from tests.servers.wire import Seen


def recipe(**more: Any) -> Recipe:
    return Recipe.model_validate({"dataset": "d", "documents": [{"path": "docs"}], **more})


def test_documents_without_methods_get_those_that_ask_no_model() -> None:
    assert [entry.method for entry in recipe().generate] == ["question_headings", "templates"]
    assert Recipe(dataset="d").generate == ()


def test_a_method_that_is_listed_twice_is_numbered_unless_it_is_named() -> None:
    found = recipe(generate=[{"method": "taxonomy"}, {"method": "taxonomy"}, {"method": "taxonomy", "name": "third"}])
    assert [entry.name or entry.method for entry in found.generate] == ["taxonomy", "taxonomy-2", "third"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"seeds": {"templates": {}}}, "`seeds` is now part of `generate`; write `generate: [{method: templates}"),
        ({"evolve": {"share": 0.2}}, "`evolve` is now part of `generate`; write `generate: [{method: constraints"),
        ({"generate": [{"method": "taxonomie"}]}, "taxonomie"),
        ({"generate": [{"method": "taxonomy", "topic": 3}]}, "did you mean 'topics'?"),
        ({"generate": [{"method": "templates", "name": "pool"}]}, "'pool' is the name of another stage"),
        ({"generate": [{"method": "taxonomy", "teacher": "writr"}], "teachers": {"writer": {}}}, "did you mean 'writer'?"),
        ({"answers": {"teacher": "writer"}}, "no teacher 'writer' in `teachers`"),
        ({"gates": {"taxonomie": {"min_rows": 3}}}, "no stage 'taxonomie'"),
        ({"gates": {"generation": {"min_row": 3}}}, "did you mean 'min_rows'?"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_with_what_to_write(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as mistake:
        recipe(**given)
    assert said in str(mistake.value)


def test_gates_can_be_set_for_one_method_or_for_all() -> None:
    gates = {"taxonomy": {"min_rows": 3}, "generation": {"max_words": 100}, "pool": {"min_rows": 2}}
    assert recipe(generate=[{"method": "taxonomy"}], gates=gates).gates == gates


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"generate": [{"method": "taxonomy"}]}, "generate.0: taxonomy asks a model, and no teacher is named"),
        ({"generate": [{"method": "constraints"}]}, "nothing under `generate` makes rows from the documents"),
        ({"documents": [], "datasets": [{"path": "x"}], "generate": [{"method": "templates"}]}, "reads documents"),
    ],
)
def test_what_a_method_lacks_is_said_before_anything_is_begun(given: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        check_input(recipe(**given), "r.yaml")


def evolving(seen: Seen) -> dict[str, Any]:
    if "rewrite instructions" in seen.system or "invent instructions" in seen.system:
        number = seen.prompt.split("number ")[1].split("?")[0]
        return {
            "instruction": f"Why is the number {number} of interest to engineers, and under which conditions is it rare?"
        }
    return {"answer": f"Because {seen.hash[:8]} machines of that kind were built, and few of them survive to this day."}


def test_evolution_reads_imported_rows_with_the_teacher_of_its_entry(
    instructory: Run, model_server: ModelServer, tmp_path: Path
) -> None:
    model_server.reply = evolving
    rows = [{"instruction": f"What is the number {n}?", "output": f"It is {n}, a number."} for n in range(100, 108)]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    given = {
        "dataset": "evolved",
        "datasets": [{"path": f"{tmp_path}/rows.json", "licence": "MIT"}],
        "teachers": {"writer": {"provider": "openai", "model": "m", "base_url": model_server.openai_url}},
        "generate": [
            {"method": "evol_instruct", "teacher": "writer", "rounds": 1, "share": 1.0},
            {"method": "evol_instruct", "teacher": "writer", "rounds": 1, "most": 2, "operators": ["deepen"]},
        ],
        "filters": {"conflicts": {"enabled": False}, "near_duplicates": {"enabled": False},
                    "semantic_duplicates": {"enabled": False}},
        "gates": {"clusters": {"max_cluster_share": 1}, "filters": {"max_rejected_share": 1}},
    }  # fmt: skip
    (tmp_path / "evolved.yaml").write_text(json.dumps(given))
    ran = instructory("build", tmp_path / "evolved.yaml", "--store", tmp_path / "s", "--json")
    assert ran.code == 0, ran.err
    stages = ran.stages
    assert {"evol_instruct", "evol_instruct-2"} < set(stages)
    assert stages["evol_instruct"]["kept"] == 8
    asked = [stages[name]["requests"] for name in ("evol_instruct", "evol_instruct-2")]
    assert min(asked) > 0, "each entry counts what it asked itself"
    assert sum(asked) == model_server.requests
    assert stages["cleaning"]["rows_in"] == 8 + 8 + stages["evol_instruct-2"]["kept"]
