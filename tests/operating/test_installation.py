"""`up`, `deploy` and `down`: each may be called twice, and nobody gets in without the password."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from flows.deployment import operating
from flows.deployment.background import process_of
from tasks.store.store import Store
from tests.cli.commands import HOUSE
from tests.operating.conftest import Installation

WORDS = {"a": "An apple is red.", "b": "A boat sails.", "c": "Some clouds bring rain."}


def test_up_twice_is_up_once(installation: Installation) -> None:
    files = operating.InstallationFiles.of(installation.store)
    before = [process_of(files.lock(role)) for role in ("server", "reports", "review", "worker")]
    again = installation.run("up", "--port", str(installation.port))
    assert again.code == 0, again.err
    assert f"http://127.0.0.1:{installation.port}" in again.out
    assert [process_of(files.lock(role)) for role in ("server", "reports", "review", "worker")] == before


def test_deploy_twice_is_deploy_once(installation: Installation) -> None:
    said = [installation.run("deploy"), installation.run("deploy")]
    assert [done.code for done in said] == [0, 0], said
    assert said[0].out == said[1].out
    demo = [found for found in installation.ask("/deployments/filter", limit=50) if found["name"] == "demo"]
    assert len(demo) == 1
    assert [entry["schedule"]["timezone"] for entry in demo[0]["schedules"]] == ["Europe/Berlin"]
    assert demo[0]["global_concurrency_limit"]["limit"] == 1
    assert demo[0]["concurrency_options"]["collision_strategy"] == "ENQUEUE"
    recipe = demo[0]["parameter_openapi_schema"]["properties"]["recipe"]
    assert [kind.get("$ref", kind.get("type")) for kind in recipe["anyOf"]] == ["#/definitions/Recipe", "string"]
    names = [found["name"] for found in installation.ask("/automations/filter", limit=50)]
    assert len(names) == len(set(names)) == 5


def deployed(installation: Installation, name: str) -> dict[str, Any]:
    """A deployment as the server knows it."""
    found = installation.ask("/deployments/filter", deployments={"name": {"any_": [name]}})
    assert len(found) == 1
    return dict(found[0])


def test_a_schedule_is_made_only_where_one_is_asked_for(installation: Installation) -> None:
    recipe = letters(installation.folder)
    assert installation.run("deploy", recipe).code == 0
    assert deployed(installation, "letters")["schedules"] == []
    at_night = installation.run("deploy", recipe, "--cron", "5 1 * * *")
    assert "5 1 * * * UTC" in at_night.out
    assert [entry["schedule"]["cron"] for entry in deployed(installation, "letters")["schedules"]] == ["5 1 * * *"]
    assert installation.run("deploy", recipe, "--timezone", "Asia/Tokyo").code == 2


def test_prefects_own_deploy_leaves_runs_with_the_store_of_the_worker(installation: Installation) -> None:
    prefect = [sys.executable, "-P", "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file"]
    api = {"PREFECT_API_URL": f"{installation.address}/api", "PREFECT_API_AUTH_STRING": installation.password}
    env = installation.env | api | {"PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "true"}
    file = HOUSE / "deployments" / "prefect.yaml"
    done = subprocess.run([*prefect, str(file)], cwd=HOUSE, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    recipe = str(letters(installation.folder))
    run = installation.ask(
        f"/deployments/{deployed(installation, 'curate')['id']}/create_flow_run", parameters={"recipe": recipe}
    )
    installation.wait_until(run["id"], "Completed")
    assert Store(installation.store).versions("letters") == [1]
    [report] = [made for made in installation.ask("/artifacts/filter", limit=200) if made["key"] == "letters-report"]
    link = re.search(r"\]\((http://[^)]+)\)", report["data"])
    assert link
    user, word = installation.password.split(":", 1)
    assert httpx.get(link[1]).status_code == 401
    assert "letters" in httpx.get(link[1], auth=(user, word)).text
    verdicts = {
        made["description"] for made in installation.ask("/artifacts/filter", limit=200) if "-gate-" in made["key"]
    }
    assert all(verdict.startswith("passed: ") for verdict in verdicts)


def letters(folder: Path) -> Path:
    """A recipe file that curates a few rows."""
    rows = [{"instruction": f"Name a word that begins with {sign}.", "output": word} for sign, word in WORDS.items()]
    (folder / "letters.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    path = folder / "letters.yaml"
    path.write_text(
        json.dumps({"dataset": "letters", "datasets": [{"path": f"{folder}/letters.jsonl", "licence": "MIT"}]})
    )
    return path


def test_a_pool_that_is_not_there(installation: Installation) -> None:
    done = installation.run("deploy", "--pool", "cellar")
    assert done.code == 2
    assert "no work pool 'cellar'" in done.err
    assert "prefect work-pool create cellar" in done.err
    assert len(done.err.splitlines()) == 1


def test_nobody_gets_in_without_the_password_or_from_another_page(installation: Installation) -> None:
    url, password = f"{installation.address}/api/flow_runs/filter", tuple(installation.password.split(":", 1))
    version = f"{installation.address}/api/admin/version"
    assert [httpx.get(version, auth=who).status_code for who in (None, ("admin", "guess"), password)] == [401, 401, 200]
    assert httpx.post(url, json={}, auth=password).status_code == 403  # no CSRF token
    foreign = httpx.options(
        url, headers={"origin": "https://evil.example", "access-control-request-method": "POST"}, auth=password
    )
    assert "access-control-allow-origin" not in foreign.headers
    assert (installation.store / "prefect" / "password").stat().st_mode & 0o077 == 0


def test_a_port_that_is_taken(installation: Installation) -> None:
    done = installation.run(
        "up", "--port", str(installation.port), INSTRUCTORY_STORE=str(installation.folder / "other")
    )
    assert done.code == 2
    assert f"port {installation.port} is in use" in done.err


def test_down_where_nothing_runs(installation: Installation) -> None:
    for _ in range(2):
        done = installation.run("down", INSTRUCTORY_STORE=str(installation.folder / "other"))
        assert (done.code, done.out) == (0, "nothing was running\n")
