"""A recipe says what its rows train; one that can make no such rows is refused before anything is paid for."""

from typing import Any

import pytest

from flows.recipe import Recipe
from flows.recipe_checks import check_input
from flows.training_goal import CHECKED, OWN_CHECK, PAIRS, Trains
from tasks.core.errors import BadInput
from tasks.generation.catalogue import BY_NAME as METHODS
from tasks.release.formats.catalogue import BY_NAME as TARGETS
from tasks.release.formats.reinforcement import OF_METHODS, VERIFIERS
from tasks.release.formats.target import OBJECTIVES

PROCEDURAL: dict[str, Any] = {"method": "procedural"}
PAIRING: dict[str, Any] = {"method": "corrections", "pair": True, "teacher": "writer"}
WRITER = {"writer": {"provider": "openai", "base_url": "http://localhost:9", "model": "m"}}


def recipe(objective: str, trainer: str = "trl", **more: Any) -> Recipe:
    given = {
        "dataset": "d",
        "generate": [PROCEDURAL],
        "trains": {"trainer": trainer, "objective": objective},
        "teachers": WRITER,
    }
    return Recipe.model_validate(given | more)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (recipe("preference"), "preference needs rows with a losing response"),
        (recipe("reward"), "reward needs rows with a losing response"),
        (recipe("preference", generate=[PROCEDURAL, PAIRING | {"pair": False}]), "losing response"),
        (recipe("kto"), "kto needs pairs or scores"),
        (recipe("rl"), "rl needs answers that a verifier can compute"),
        (recipe("rl", "torchtune"), "torchtune reads no files of rows for rl"),
    ],
)
def test_rows_that_cannot_fit_are_refused_in_one_line(given: Recipe, message: str) -> None:
    with pytest.raises(BadInput, match=f"^r.yaml: trains: .*{message}") as refused:
        check_input(given, "r.yaml")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "given",
    [
        recipe("sft"),
        recipe("preference", generate=[PROCEDURAL, PAIRING]),
        recipe("kto", generate=[PROCEDURAL, PAIRING]),
        recipe("rl", verify=[{"verifier": "mathematics"}]),
        recipe("preference", datasets=[{"path": "pairs.jsonl", "licence": "MIT"}]),
    ],
)
def test_rows_that_fit_pass(given: Recipe) -> None:
    check_input(given, "r.yaml")


def test_the_names_are_those_of_the_catalogues() -> None:
    assert set(PAIRS) | set(OWN_CHECK) <= set(METHODS)
    assert (CHECKED, set(OWN_CHECK)) == (VERIFIERS, set(OF_METHODS))
    schema = Trains.model_json_schema()["properties"]
    assert schema["trainer"]["enum"] == list(TARGETS)
    assert schema["objective"]["enum"] == list(OBJECTIVES)
