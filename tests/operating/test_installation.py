"""`up`, `deploy` and `down`: each may be called twice, and nobody gets in without the password."""

import httpx

from flows.deployment import operating
from flows.deployment.background import process_of
from tests.operating.conftest import Installation


def test_up_twice_is_up_once(installation: Installation) -> None:
    files = operating.InstallationFiles.of(installation.store)
    before = [process_of(files.lock(role)) for role in ("server", "worker")]
    again = installation.run("up", "--port", str(installation.port))
    assert again.code == 0, again.err
    assert f"http://127.0.0.1:{installation.port}" in again.out
    assert [process_of(files.lock(role)) for role in ("server", "worker")] == before


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
