"""A recipe with a target goes on in rounds until it holds, and says why it ended where it does not."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.store.released import rows_parts
from tasks.store.store import Store
from tests.cli.commands import Ran, Run
from tests.servers.models import ModelServer
from tests.servers.wire import Seen
from tests.torture import works

MACHINES = list(works.manual(12))
PLANNED = (MACHINES[:5], MACHINES[3:9], MACHINES[:9])
"""The topics that the model plans in each round: from the second on some are not new, in the third none is."""


class Model:
    """A model that knows the manual, plans anew whenever it is asked, and discards what is said of the third machine."""

    def __init__(self) -> None:
        self.planned = 0
        self.shown: list[str] = []

    def __call__(self, seen: Seen) -> dict[str, Any]:
        if "You plan what can be learned" in seen.system:
            self.planned += 1
            self.shown.append(seen.prompt)
            return {"topics": PLANNED[min(self.planned, 3) - 1]}
        if "decision" in json.dumps(seen.body.get("response_format", {})):
            level = "discard" if works.manual(12)[MACHINES[2]][:60] in seen.prompt else "keep"
            return {"decision": {"reason": "It is what it is.", "score": level}}
        return works.knows(seen, works.manual(12))


def build(instructory: Run, server: ModelServer, folder: Path, *settings: str) -> Ran:
    """Builds the works with a target of 30 rows in five rounds at most, unless `settings` say otherwise."""
    sections = (f"## The {topic}\n\n{text}" for topic, text in works.manual(12).items())
    (folder / "works.md").write_text("# The works\n\n" + "\n\n".join(sections) + "\n")
    (folder / "works.yaml").write_text(
        "dataset: works\n"
        f"documents: [{{path: {folder}/works.md, licence: MIT, name: manual}}]\n"
        f"teacher: {{provider: openai, model: m, base_url: '{server.openai_url}', usd_per_million_in: 1,\n"
        "          usd_per_million_out: 2}\n"
        "generate: [{method: taxonomy, topics: 10, instructions: 1, passes: 1}, {method: constraints, share: 0}]\n"
        "verify: [{verifier: judge, rubric: keep_or_discard}]\n"
        "target: {rows: 30, rounds: 5}\n"
        "gates: {clusters: {max_cluster_share: 1}, filters: {min_rows: 8}}\n"
    )
    given = [part for setting in settings for part in ("--set", setting)]
    return instructory("build", folder / "works.yaml", "--store", folder / "store", "--json", *given)


def facts(ran: Ran, folder: Path) -> dict[str, Any]:
    store = Store(folder / "store")
    stages = dict(store.release("works", ran.json["version"]).stages)
    return store.required("target", stages["target"]).facts


def test_rounds_go_on_until_one_adds_nothing(instructory: Run, model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = model = Model()
    ran = build(instructory, model_server, tmp_path)
    assert ran.code == 0, ran.err
    first, second, *_ = [[machine for machine in MACHINES if machine in shown] for shown in model.shown]
    assert (first, second) == (MACHINES, [MACHINES[2], *MACHINES[5:]]), "what has no kept row is asked about next"
    assert ran.json["rows"] == 8, "nine machines were asked about, and one answer discarded"
    found = facts(ran, tmp_path)
    assert [(one["made"], one["kept"], one["rejected"]) for one in found["rounds"]] == [
        (5, 4, {"judged_bad": 1}),
        (6, 4, {"duplicate_instruction": 2}),
        (9, 0, {"duplicate_instruction": 9}),
    ]
    line = "8 of 30 rows after 3 rounds; exhausted: the last round added nothing; most rows were lost as duplicate_instruction (11)"
    assert line in ran.err
    names = [stage["stage"] for stage in ran.json["stages"]]
    assert len(set(names)) == len(names)
    assert {"taxonomy-round-2", "pool-round-2", "screening-round-2", "answers-round-2", "constraints-round-2"} <= {
        *names
    }
    assert "answers-round-3" not in names, "there was nothing to answer"
    assert ran.stages["verify_judge"]["requests"] == 9, "both rounds are counted, each row once"
    assert sum(stage["requests"] for stage in ran.json["stages"]) == model_server.requests
    asked = model_server.requests
    again = build(instructory, model_server, tmp_path)
    assert all(stage["cached"] for stage in again.json["stages"])
    for folder in (tmp_path / "store" / "manifests").iterdir():
        if "round-2" in folder.name or folder.name.startswith("verify"):
            for manifest in folder.iterdir():
                manifest.unlink()  # as if killed in the second round
    resumed = build(instructory, model_server, tmp_path)
    assert (resumed.code, resumed.json["rows"]) == (0, 8), resumed.err
    assert model_server.requests == asked, "the journal has every answer"
    assert [row["reason"] for row in _shown(instructory, tmp_path, "pool-round-2")] == ["duplicate_instruction"] * 2
    report = (tmp_path / "store" / "releases" / "works" / "1" / "report.html").read_text("utf-8")
    assert "Share of rows kept in each round of target" in report


def _shown(instructory: Run, folder: Path, stage: str) -> list[dict[str, Any]]:
    shown = instructory(
        *("show", "works", "--store", folder / "store", "--stage", stage),
        *("--rejected", "--format", "jsonl", "--limit", "0"),
    )
    return [json.loads(line) for line in shown.out.splitlines()]


def test_a_target_that_is_reached_ends_the_rounds_with_the_rows_of_a_build_without_one(
    instructory: Run, model_server: ModelServer, tmp_path: Path
) -> None:
    model_server.reply = Model()
    plain = build(instructory, model_server, tmp_path, "target=null", "gates.filters.min_rows=1")
    assert plain.code == 0, plain.err
    asked = model_server.requests
    ran = build(instructory, model_server, tmp_path, "target.rows=4", "gates.filters.min_rows=1")
    assert ran.code == 0, ran.err
    assert "4 of 4 rows after 1 round; the target is reached" in ran.err
    assert model_server.requests == asked, "the first round is the build without a target"
    store = Store(tmp_path / "store")
    assert rows_parts(store, store.release("works", 1)) == rows_parts(store, store.release("works"))


def test_a_budget_ends_the_rounds_and_a_larger_one_goes_on(
    instructory: Run, model_server: ModelServer, tmp_path: Path
) -> None:
    model_server.reply = Model()
    settings = ("gates.filters.min_rows=1", "teacher.concurrency=1")
    ran = build(instructory, model_server, tmp_path, "budget.requests=18", *settings)
    assert ran.code == 0, ran.err
    assert "exhausted: the budget is spent" in ran.err
    assert (ran.json["rows"], model_server.requests) == (4, 18)
    spent = model_server.requests
    more = build(instructory, model_server, tmp_path, "budget.requests=200", *settings)
    assert (more.code, more.json["rows"]) == (0, 8), more.err
    assert model_server.requests > spent


def test_a_dry_run_prices_all_rounds(instructory: Run, model_server: ModelServer, tmp_path: Path) -> None:
    def requests(*settings: str) -> dict[str, int]:
        (tmp_path / "store").mkdir(exist_ok=True)
        given = [part for setting in settings for part in ("--set", setting)]
        ran = instructory(
            "build", tmp_path / "works.yaml", "--dry-run", "--json", "--store", tmp_path / "store", *given
        )
        assert ran.code == 0, ran.err
        return {stage["stage"]: stage["requests"] for stage in ran.json["stages"]}

    build(instructory, model_server, tmp_path, "teacher.provider=nobody")  # writes the files
    once, five = requests("target=null"), requests()
    assert five == {stage: 5 * asked for stage, asked in once.items()}
    assert model_server.requests == 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["generate=[{method: templates}]"], "nothing under `generate` makes other rows in a further round"),
        (["target.rows=0"], "greater than or equal to 1"),
        (["generate=[{method: taxonomy, name: topics-round-2}]"], "is the name of a stage in a later round"),
    ],
)
def test_a_target_that_cannot_work_is_refused(
    instructory: Run, model_server: ModelServer, tmp_path: Path, settings: list[str], said: str
) -> None:
    ran = build(instructory, model_server, tmp_path, *settings)
    assert ran.code == 2
    assert said in ran.err
