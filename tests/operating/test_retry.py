"""One night that goes wrong three times and is put right from Prefect's UI: a budget, a threshold, a person's word.

The tests of this module are the chapters of one story, told once: every run of a worker takes seconds.
"""

import os
import re
from collections.abc import Iterator

import pytest

from tasks.store.store import Store
from tests.operating.conftest import Installation, Receiver, kitchen
from tests.operating.ui import UI, signed_in
from tests.release.browser import chromium
from tests.servers.models import ModelServer

pytestmark = pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine")
LONG = bool(os.environ.get("INSTRUCTORY_LONG"))
"""With the last chapter, in which the release waits for a person."""
BEFORE_ANSWERS = {
    "inventory", "gate inventory", "documents", "gate documents", "taxonomy", "gate taxonomy", "pool", "gate pool",
    "screening", "gate screening",
}  # fmt: skip


@pytest.fixture(scope="module")
def ui(installation: Installation) -> Iterator[UI]:
    with signed_in(installation.address, installation.password) as found:
        yield found


@pytest.fixture(scope="module")
def night(installation: Installation, model: ModelServer) -> str:
    """A run whose budget ends while questions are answered; its id."""
    strict = {"clusters": {"max_cluster_share": 1}, "release": {"min_rows": 1000}}
    recipe = kitchen(
        installation.folder, model, budget={"requests": 5}, gates=strict, approval={"hours": 1} if LONG else None
    )
    deployed = installation.run("deploy", recipe, "--cron", "30 2 * * *", "--timezone", "Europe/Berlin", "--run")
    assert deployed.code == 0, deployed.err
    found = re.search(r"flow-run/([\w-]+)", deployed.out)
    assert found, deployed.out
    return found[1]


def test_the_budget_stops_the_night_and_somebody_is_told(
    installation: Installation, night: str, receiver: Receiver
) -> None:
    run = installation.wait_until(night, "Failed")
    assert run["name"] == "kitchen@1"
    assert set(run["tags"]) == {"instructory", "nightly"}
    tasks = installation.tasks(night)
    assert re.fullmatch(r"kept \d+ · rejected \d+ · failed \d+", tasks["documents"]["state"]["message"])
    assert re.search(r" · \$0\.0\d", tasks["taxonomy"]["state"]["message"])
    assert tasks["answers"]["state"]["type"] == "FAILED"
    assert "budget" in receiver.wait_for("the budget is reached")["text"]


def test_after_a_larger_budget_only_the_failed_stage_and_what_follows_run(
    installation: Installation, night: str, ui: UI, model: ModelServer, receiver: Receiver
) -> None:
    asked = model.requests
    recipe = installation.folder / "kitchen.yaml"
    recipe.write_text(recipe.read_text().replace('{"requests": 5}', '{"requests": 500}'))
    ui.retry(night, "kitchen@1")
    installation.wait_until(night, "Failed", after=1)
    tasks = installation.tasks(night)
    assert {name for name, task in tasks.items() if task["state"]["name"] == "Cached"} == BEFORE_ANSWERS
    assert tasks["answers"]["state"]["name"] == "Completed"
    assert tasks["gate release"]["state"]["type"] == "FAILED"
    assert model.requests > asked
    assert model.repeats == 0
    assert "min_value 1000" in receiver.wait_for("a gate did not open")["text"]


def test_the_verdict_and_the_ledger_are_shown(installation: Installation, night: str, ui: UI) -> None:
    made = {found["key"]: found for found in installation.ask("/artifacts/filter", sort="CREATED_DESC")}
    ui.go(f"/artifacts/artifact/{made['kitchen-gate-release']['id']}", "did not open")
    assert "min_value 1000" in ui.text
    ui.go(f"/artifacts/artifact/{made['kitchen-ledger']['id']}", "inventory")
    assert {"stage", "kept", "rejected", "failed"} <= set(ui.text.split())


def test_after_a_corrected_threshold_the_gate_is_judged_again_and_nothing_is_made_again(
    installation: Installation, night: str, ui: UI, model: ModelServer
) -> None:
    asked = model.requests
    recipe = installation.folder / "kitchen.yaml"
    recipe.write_text(recipe.read_text().replace('{"min_rows": 1000}', '{"min_rows": 1}'))
    ui.retry(night, "kitchen@1")
    installation.wait_until(night, "Suspended" if LONG else "Completed", after=2)
    tasks = installation.tasks(night)
    assert {name for name, task in tasks.items() if task["state"]["name"] == "Completed"} == {
        "gate release",
        "candidate" if LONG else "release",
    }
    assert model.requests == asked


@pytest.mark.skipif(not LONG, reason="a fourth run; set INSTRUCTORY_LONG=1")
def test_a_person_approves_in_the_form_and_stands_in_the_record(
    installation: Installation, night: str, ui: UI, model: ModelServer
) -> None:
    assert Store(installation.store).versions("kitchen") == []
    ui.go(f"/runs/flow-run/{night}", "Suspended")
    ui.press("Open menu")
    ui.press("Resume")
    ui.wait_for("3 rows wait for your approval")
    ui.press("Select")
    ui.press("approve")
    ui.fill("[role=dialog] textarea", "Ada")
    ui.press("Resume", in_dialog=True)
    installation.wait_until(night, "Completed", leaving="Suspended")
    release = Store(installation.store).release("kitchen")
    assert release.approval is not None
    assert (release.approval.approved, release.approval.by) == (True, "Ada")
    assert model.repeats == 0
    made = {found["key"]: found for found in installation.ask("/artifacts/filter", sort="CREATED_DESC")}
    assert f"/{release.report.removeprefix('releases/')})" in made["kitchen-report"]["data"], "a link to the report"
