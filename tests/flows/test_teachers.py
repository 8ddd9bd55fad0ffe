"""Builds that ask a model: through both vendors' protocols, stopped by a budget, repeated for nothing, and embedded."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.core.schema import CLUSTERED
from tasks.store.store import Store
from tests.cli.commands import Ran, Run
from tests.servers.models import ModelServer
from tests.servers.wire import Seen
from tests.torture import works

TOPICS = {
    "kettles": "The kettle boils a litre of water in three minutes and switches itself off when the water is boiling hot.",
    "toasters": "The toaster browns four slices of bread at once and has a lever that lifts even small slices out safely.",
    "mixers": "The mixer kneads heavy dough with a steel hook and whips cream with a whisk that is washed by hand only.",
}
TEXT = "# Kitchen manual\n\n" + "\n\n".join(f"## The {topic}\n\n{text}" for topic, text in TOPICS.items())
KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}


def writer(seen: Seen) -> dict[str, Any]:
    """A model that knows the kitchen."""
    return works.knows(seen, TOPICS)


def build(instructory: Run, server: ModelServer, folder: Path, provider: str, *settings: str) -> Ran:
    (folder / "kitchen.md").write_text(TEXT)
    recipe = folder / "kitchen.yaml"
    url = server.openai_url if provider == "openai" else server.url
    recipe.write_text(
        "dataset: kitchen\n"
        f"documents: [{{path: {folder}/kitchen.md, licence: MIT, name: manual}}]\n"
        f"teacher: {{provider: {provider}, model: m, base_url: '{url}', usd_per_million_in: 1, usd_per_million_out: 2}}\n"
        "generate: [{method: taxonomy, topics: 3, instructions: 1, passes: 1}]\n"
        "gates: {clusters: {max_cluster_share: 1}}\n"
    )
    arguments = [part for setting in settings for part in ("--set", setting)]
    return instructory(
        "build", recipe, "--store", folder / "store", "--json", *arguments, env={KEYS[provider]: "a-key"}
    )


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_teacher_plans_asks_and_answers_and_is_never_paid_twice(
    instructory: Run, model_server: ModelServer, tmp_path: Path, provider: str
) -> None:
    model_server.reply = writer
    ran = build(instructory, model_server, tmp_path, provider)
    assert ran.code == 0, ran.err
    assert ran.json["rows"] == 3
    asked = model_server.requests
    assert asked == sum(entry["requests"] for entry in ran.json["stages"]) == 1 + 3 + 3
    assert sum(entry["cost_usd"] for entry in ran.json["stages"]) > 0
    store = Store(tmp_path / "store")
    stage, key = store.release("kitchen").stages[-1]
    rows = store.table(store.required(stage, key), "kept", CLUSTERED).to_pylist()
    assert {row["teacher"] for row in rows} == {f"{provider}/m"}
    assert all(row["requests"] and row["evidence"] and row["generation"] == 1 for row in rows)
    assert {row["response"] for row in rows} == set(TOPICS.values())

    (tmp_path / "store" / "manifests" / "answers").rename(tmp_path / "forgotten")
    again = build(instructory, model_server, tmp_path, provider)
    assert again.code == 0, again.err
    assert model_server.requests == asked
    assert "holds no answer" not in again.err


def test_a_journal_that_is_gone_is_named(instructory: Run, model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = writer
    assert build(instructory, model_server, tmp_path, "openai").code == 0
    assert instructory("verify", "--store", tmp_path / "store").code == 0
    for path in (tmp_path / "store").glob("journal.sqlite*"):
        path.unlink()
    (tmp_path / "store" / "journal.sqlite").touch()
    said = "holds no answer, although kitchen@1 was made with a teacher"
    verified = instructory("verify", "--store", tmp_path / "store")
    assert (verified.code, said in verified.err) == (5, True)
    assert said in build(instructory, model_server, tmp_path, "openai").err


def test_a_budget_stops_a_build_that_a_larger_one_continues(
    instructory: Run, model_server: ModelServer, tmp_path: Path
) -> None:
    model_server.reply = writer
    stopped = build(instructory, model_server, tmp_path, "openai", "budget.requests=5", "teacher.concurrency=1")
    assert stopped.code == 4
    assert "--set budget.requests=" in stopped.err
    assert model_server.requests == 5
    went_on = build(instructory, model_server, tmp_path, "openai", "budget.requests=50", "teacher.concurrency=1")
    assert went_on.code == 0, went_on.err
    assert model_server.requests == 7
    assert model_server.repeats == 0


def test_a_dry_run_prices_a_build_and_sends_nothing(
    instructory: Run, model_server: ModelServer, tmp_path: Path
) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "kitchen.md").write_text(TEXT)
    ran = instructory(
        *("build", "demo", "--dry-run", "--json", "--store", tmp_path / "store"),
        *("--set", "teacher={provider: openai, model: m, usd_per_million_in: 1, usd_per_million_out: 2}"),
        *(
            "--set",
            "generate=[{method: taxonomy, topics: 3, passes: 2}]",
            "--set",
            f"documents=[{{path: {tmp_path}/kitchen.md}}]",
        ),
        env={"OPENAI_API_KEY": "a-key"},
    )
    assert ran.code == 0, ran.err
    assert ran.json["total"]["requests"] > 10
    assert 0 < ran.json["total"]["usd"] < 1
    assert model_server.requests == 0
    assert not any((tmp_path / "store").iterdir())


def test_a_dry_run_asks_no_answers_for_methods_that_answer_their_own(instructory: Run, tmp_path: Path) -> None:
    (tmp_path / "kitchen.md").write_text(TEXT)
    (tmp_path / "recipe.yaml").write_text(
        "dataset: d\ndocuments: [{path: kitchen.md}]\nteacher: {provider: openai, model: m}\n"
        "generate: [{method: reverse_instruction}, {method: taxonomy, topics: 1, instructions: 3, passes: 1}]\n"
    )
    ran = instructory("build", tmp_path / "recipe.yaml", "--dry-run", "--json", "--store", tmp_path / "store")
    asked = {stage["stage"]: stage["requests"] for stage in ran.json["stages"]}
    assert asked["reverse_instruction"] > 0, ran.err
    assert asked["answers"] == 3, "those of taxonomy"


def test_the_embedded_model_goes_the_whole_way(instructory: Run, tmp_path: Path) -> None:
    (tmp_path / "kitchen.md").write_text(TEXT)
    settings = (f"documents=[{{path: {tmp_path}/kitchen.md, licence: MIT}}]", "generate.0.given={product: the kitchen}",
                "generate.1.topics=1", "generate.1.instructions=2", "teacher.max_tokens=120")  # fmt: skip
    ran = instructory(
        "build", "local", "--store", tmp_path / "store", "--json", *(part for s in settings for part in ("--set", s))
    )
    assert ran.code in {0, 3}, (
        ran.err
    )  # so small a model may well leave nothing that may be released; the gate then says so
    assert "Traceback" not in ran.err
    assert ran.stages["taxonomy"]["requests"] >= 2
    assert all(entry["cost_usd"] == 0.0 for entry in ran.json["stages"])


def test_a_dry_run_counts_imported_rows_for_verifiers(instructory: Run, tmp_path: Path) -> None:
    rows = [{"instruction": f"What is {n} plus {n}?", "output": f"It is {2 * n}, as you can count."} for n in range(7)]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    settings = (
        "teacher={provider: openai, model: m, base_url: 'http://127.0.0.1:9/v1'}",
        "verify=[{verifier: judge, rubric: keep_or_discard}]",
    )
    given = [part for setting in settings for part in ("--set", setting)]
    ran = instructory("curate", tmp_path / "rows.json", "--dry-run", "--json", "--store", tmp_path / "store", *given)
    assert ran.code == 0, ran.err
    assert {stage["stage"]: stage["requests"] for stage in ran.json["stages"]} == {"verify_judge": 7}
    recipe = tmp_path / "judged.yaml"
    recipe.write_text(f"dataset: judged\ndatasets: [{{path: {tmp_path}/rows.json, licence: MIT}}]\n")
    built = instructory("build", recipe, "--dry-run", "--json", "--store", tmp_path / "store", *given)
    assert built.json["total"]["requests"] == 7, built.err
    assert not (tmp_path / "store" / "releases").exists()
