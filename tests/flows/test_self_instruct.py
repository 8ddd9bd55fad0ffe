"""The recipe of Self-Instruct, from seed tasks to a release, against a teacher on loopback."""

from pathlib import Path

from tests.cli.commands import Run
from tests.generation.from_seed_tasks.teaching import Teaching, seeds_at
from tests.servers.models import ModelServer


def test_the_recipe_runs_as_it_is_and_a_second_store_pays_nothing_twice(
    instructory: Run, model_server: ModelServer, tmp_path: Path
) -> None:
    model_server.reply = Teaching(per_request=8)
    seeds = seeds_at(tmp_path / "seeds.jsonl")
    command = ["build", "self_instruct", "--store", tmp_path / "s", "--json"]
    for setting in (
        *("teacher.provider=openai", "teacher.model=m", f"teacher.base_url={model_server.openai_url}"),
        *("generate.0.rows=40", f"generate.0.seed_tasks={seeds}", "gates.filters.max_rejected_share=1"),
        *("filters.near_duplicates.enabled=false", "filters.semantic_duplicates.enabled=false"),
        *("filters.language.enabled=false", "gates.release.min_aligned=0", "gates.clusters.max_cluster_share=1"),
    ):
        command += ["--set", setting]
    ran = instructory(*command)
    assert ran.code == 0, ran.err
    assert ran.stages["self_instruct"]["kept"] == 40
    assert "20 seed tasks, without guidelines" in ran.err
    asked = model_server.requests
    assert ran.stages["self_instruct"]["requests"] == asked
    again = instructory(*command)
    assert again.stages["self_instruct"]["cached"]
    for manifest in (tmp_path / "s").glob("manifests/self_instruct/*.json"):
        manifest.unlink()  # as if killed before the stage was done
    resumed = instructory(*command)
    assert resumed.code == 0, resumed.err
    assert not resumed.stages["self_instruct"]["cached"]
    assert model_server.requests == asked, "the journal has every answer"
    seeds.write_text(seeds.read_text().replace("hero1 ", "heroine1 "))
    changed = instructory(*command, "--dry-run")
    assert changed.code == 0, changed.err
