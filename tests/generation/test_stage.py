"""A generation method as a stage: its teacher, its ids, what it reads."""

from pathlib import Path

import pytest

from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, Tools
from tasks.core.reasons import REASONS
from tasks.generation.catalogue import METHODS
from tasks.generation.from_documents.reverse_instruction import ReverseInstruction
from tasks.generation.from_documents.templates import Templates
from tasks.generation.method import Sizes
from tasks.generation.stage import compute
from tasks.stages import generation
from tasks.teachers import Budget, TeacherSettings, prompts
from tests.servers.models import ModelServer
from tests.teachers.prompts.material import chunks_of

BLOCK = "A *block* is a piece of Python program text that is executed as a unit."
PASSAGE = "A generator is a function that yields values one by one. It keeps its state between two calls."


def run(folder: Path, params: Templates | ReverseInstruction, settings: TeacherSettings | None = None) -> Outcome:
    chunks = chunks_of(BLOCK, PASSAGE)
    return compute(chunks, None, params, settings or TeacherSettings(), Budget(), Tools("key", folder))


def test_a_method_that_asks_says_that_it_needs_a_teacher(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"reverse_instruction asks a model, and no teacher is named; set teacher\.provider"
    ):
        run(tmp_path, ReverseInstruction())


def test_a_method_that_asks_gets_the_teacher_of_its_entry(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = lambda _seen: {
        "instruction": "Explain lazy sequences.",
        "category": "explanation",
        "self_contained": True,
    }
    settings = TeacherSettings(provider="openai", model="m", base_url=model_server.openai_url)
    outcome = run(tmp_path, ReverseInstruction(min_words=10, min_fit=0, teacher="writer"), settings)
    assert set(outcome.kept["method"].to_pylist()) == {"reverse_instruction"}
    assert outcome.facts["method"] == "reverse_instruction"
    assert outcome.facts["rows_read"] == 2


def test_two_entries_of_one_method_make_rows_with_ids_of_their_own(tmp_path: Path) -> None:
    first, second = run(tmp_path, Templates()), run(tmp_path, Templates(name="templates-2"))
    assert first.kept.drop_columns("example_id").equals(second.kept.drop_columns("example_id"))
    ids = [set(outcome.kept["example_id"].to_pylist()) for outcome in (first, second)]
    assert ids[0].isdisjoint(ids[1])
    assert all(len(found) == first.kept.num_rows for found in ids)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_method_is_whole(method: object) -> None:
    from tasks.generation.method import Method

    assert isinstance(method, Method)
    assert set(prompts.hashes(method.prompts)) == {path.stem for path in method.prompts}
    assert not set(method.reasons) & set(REASONS), "a common reason is not declared again"
    assert method.teacher != "none" or not method.prompts
    calls = method.estimate(method.params(method=method.name), Sizes(passages=10, passage_tokens=100, rows=20))
    assert calls.rows > 0
    assert (calls.requests > 0) == (method.teacher == "required")
    assert generation(method.name, method.name).sources(), "a change of its files is noticed"
