"""docker-compose.yml: valid by the Compose Specification's schema, guarded, and its topology stands as processes.

compose-spec.json is schema/compose-spec.json of github.com/compose-spec/compose-spec at 170098b (Apache-2.0).
"""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import jsonschema
import pytest

from flows.deployment.ports import free_port, is_taken
from tests.operating import topology
from tests.operating.conftest import Installation, runner, surroundings
from tests.operating.topology import COMPOSE, HOUSE, Topology
from tests.operating.ui import signed_in
from tests.release.browser import chromium

SERVICES = COMPOSE["services"]
LONG = pytest.mark.skipif(not os.environ.get("INSTRUCTORY_LONG"), reason="minutes; set INSTRUCTORY_LONG=1")


def test_the_file_is_what_the_specification_allows() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text("utf-8"))
    jsonschema.Draft7Validator(schema).validate(COMPOSE)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate({"services": {"worker": {"comand": []}}})


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_pinned_watched_and_knows_only_networks_and_volumes_that_exist(service: str) -> None:
    given = SERVICES[service]
    assert re.search(r":\d+\.\d+", given["image"])
    assert service == "migrate" or given["healthcheck"]["test"]
    assert set(given["networks"]) <= set(COMPOSE["networks"])
    mounted = {volume.partition(":")[0] for volume in given.get("volumes", ())}
    assert {name for name in mounted if not name.startswith("./")} <= set(COMPOSE["volumes"])
    assert set(given.get("depends_on", ())) <= set(SERVICES)
    assert all(port.startswith("127.0.0.1:") for port in given.get("ports", ()))
    assert "no-new-privileges:true" in given["security_opt"]


def test_no_secret_is_written_down_and_every_one_is_drawn(tmp_path: Path) -> None:
    text = (HOUSE / "docker-compose.yml").read_text("utf-8")
    named = {name for name in re.findall(r"\$\{(\w+)", text) if not name.endswith("_ORIGIN")}
    draw = runner(tmp_path, surroundings())
    first, second = (dict(line.split("=", 1) for line in draw("secrets").out.split()) for _ in range(2))
    assert set(first) == named
    assert all(len(value) >= 36 and first[name] != second[name] for name, value in first.items())
    assert not re.search(r"(?i)(password|auth\w*): *(?!\$)[\"'\w]", text)
    assert ".env" in (HOUSE / ".gitignore").read_text("utf-8").splitlines()


def test_the_server_asks_who_is_there_and_tells_nobody() -> None:
    for service in ("server", "services"):
        settings = SERVICES[service]["environment"]
        assert settings["PREFECT_SERVER_API_AUTH_STRING"].startswith("${PREFECT_AUTH")
        assert settings["PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED"] == "true"
        assert settings["PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS"] != "*"
        assert settings["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
        assert "keys.env" not in json.dumps(SERVICES[service])
    assert "--no-services" in SERVICES["server"]["command"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_the_images_files_exist() -> None:
    lines = (HOUSE / "deployments" / "Dockerfile").read_text("utf-8").splitlines()
    assert re.fullmatch(
        r"FROM python:3\.11\.\d+-slim-bookworm", next(line for line in lines if line.startswith("FROM"))
    )
    copied = next(line for line in lines if line.startswith("COPY pyproject")).split()[1:-1]
    kept = (HOUSE / "deployments" / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert all((HOUSE / name).exists() for name in copied)
    assert {f"!{name}" for name in copied} <= set(kept)
    assert all((HOUSE / line[1:]).exists() for line in kept if line.startswith("!"))
    assert any(line.startswith("USER ") for line in lines)


def test_the_worker_finds_recipes_documents_and_reports() -> None:
    worker = SERVICES["worker"]
    assert {"./recipes:/recipes:ro", "./documents:/documents:ro"} <= set(worker["volumes"])
    assert ":4280" in worker["environment"]["INSTRUCTORY_REPORTS_URL"]
    assert [name for name, given in SERVICES.items() if given.get("ports")] == ["proxy"]
    volume = COMPOSE["volumes"]["store"]["name"]
    assert f'"{volume}:/store"' in (HOUSE / "docs" / "operating.md").read_text("utf-8")


@pytest.mark.skipif(shutil.which("caddy") is None, reason="no caddy on this machine (Debian: caddy)")
def test_the_proxy_shows_the_ui_in_no_frame_and_hides_what_loads_foreign_scripts(installation: Installation) -> None:
    port = free_port()
    text = (HOUSE / "deployments" / "Caddyfile").read_text("utf-8")
    here = text.replace("server:4200", f"127.0.0.1:{installation.port}").replace(
        ":4200 {", f"http://127.0.0.1:{port} {{"
    )
    file = installation.folder / "Caddyfile"
    file.write_text(here.partition("\n:4280")[0])
    with (installation.folder / "caddy.log").open("w") as log:
        caddy = subprocess.Popen(["caddy", "run", "--adapter", "caddyfile", "--config", file], stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 20
        while not is_taken(port) and time.monotonic() < deadline:
            time.sleep(0.1)
        for path in ("/docs", "/redoc", "/openapi.json", "/api/docs", "/api/redoc", "/api/openapi.json"):
            assert httpx.get(address + path).status_code == 404
        page = httpx.get(f"{address}/v2/dashboard")
        assert page.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        if chromium():
            with signed_in(address, installation.password) as ui:
                ui.go("/deployments", "Deployments")
    finally:
        caddy.terminate()
        caddy.wait()


@pytest.fixture(scope="module")
def standing() -> Iterator[Topology]:
    if lacks := topology.missing():
        pytest.skip(lacks)
    with topology.standing() as running:
        yield running


def test_the_topology_stands_and_takes_a_deployment(standing: Topology) -> None:
    done = standing.run("deploy")
    assert done.returncode == 0, done.stderr
    assert "deployed  build/demo" in done.stdout
    assert httpx.get(f"{standing.address}/api/admin/version").status_code == 401
    assert not list(standing.folder.rglob("prefect.db"))  # nothing fell back to SQLite
    assert all(standing.healthy(service) for service in ("redis", "server", "services", "worker"))


@LONG
def test_every_task_run_is_recorded_in_postgresql(standing: Topology) -> None:
    """The night of the demo, counted in the database: a task and a gate for every stage and for the release."""
    assert standing.run("deploy", "--run").returncode == 0
    user, word = standing.secrets["PREFECT_AUTH"].split(":")
    with httpx.Client(base_url=f"{standing.address}/api", auth=(user, word), timeout=30) as client:
        token = client.get("/csrf-token", params={"client": "test"}).json()["token"]
        client.headers.update({"prefect-csrf-token": token, "prefect-csrf-client": "test"})
        deadline = time.monotonic() + 280
        while (run := client.post("/flow_runs/filter", json={"sort": "START_TIME_DESC"}).json()[0])["state_type"] not in (
            "COMPLETED", "FAILED", "CRASHED",
        ):  # fmt: skip
            assert time.monotonic() < deadline, run["state"]
            time.sleep(1)
        assert run["state_type"] == "COMPLETED", run["state"]
        time.sleep(3)
        tasks = client.post("/task_runs/filter", json={"flow_runs": {"id": {"any_": [run["id"]]}}}).json()
    stages = [task["name"] for task in tasks if f"gate {task['name']}" in {other["name"] for other in tasks}]
    assert len(stages) >= 11
    assert len(tasks) == 2 * len(stages)
    assert {task["state_type"] for task in tasks} == {"COMPLETED"}
