"""A setting that has no effect is named; one that has is not."""

from typing import Any

import pytest

from flows.recipe import Recipe
from flows.unused_settings import without_effect

DOCUMENTS = {"documents": [{"path": "docs"}]}
ROWS = {"datasets": [{"path": "rows.jsonl"}]}
OPENAI = {"provider": "openai", "model": "m"}


def lines(**recipe: Any) -> list[str]:
    return list(without_effect(Recipe.model_validate({"dataset": "d", **recipe})))


@pytest.mark.parametrize(
    ("recipe", "key"),
    [
        ({**DOCUMENTS, "teacher": {"model": "m"}}, "teacher"),
        ({**ROWS, "teacher": OPENAI}, "teacher"),
        ({**DOCUMENTS, "teachers": {"writer": OPENAI}}, "teachers.writer"),
        ({**DOCUMENTS, "teachers": {"w": OPENAI}, "generate": [{"method": "templates", "teacher": "w"}]}, "generate.0.teacher"),
        ({**DOCUMENTS, "budget": {"usd": 5}}, "budget"),
        ({**ROWS, "answers": {"method": "extractive"}}, "answers"),
        ({**ROWS, "screening": {"off": ["length"]}}, "screening"),
        ({**ROWS, "chunking": {"max_words": 300}}, "chunking"),
        ({**DOCUMENTS, "teacher": {**OPENAI, "model_path": "m.gguf"}}, "teacher.model_path"),
        ({**DOCUMENTS, "teacher": {"provider": "local", "batch": True}}, "teacher.batch"),
    ],
)  # fmt: skip
def test_a_setting_without_effect_is_named(recipe: dict[str, Any], key: str) -> None:
    assert any(line.startswith(f"{key} has no effect: ") for line in lines(**recipe)), lines(**recipe)


@pytest.mark.parametrize(
    "recipe",
    [
        DOCUMENTS,
        ROWS,
        {**DOCUMENTS, "teacher": OPENAI, "budget": {"usd": 5}},
        {**ROWS, "teacher": OPENAI, "generate": [{"method": "evol_instruct"}]},
        {**DOCUMENTS, "teachers": {"w": OPENAI}, "generate": [{"method": "taxonomy", "teacher": "w", "persona": "p"}]},
        {**DOCUMENTS, "teacher": {"provider": "local", "model_path": "m.gguf"}},
    ],
)
def test_what_has_an_effect_is_not(recipe: dict[str, Any]) -> None:
    assert lines(**recipe) == []
