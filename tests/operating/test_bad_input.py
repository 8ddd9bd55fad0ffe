"""What can be wrong with an installation is said in one line, with the remedy."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.deployment import sharing
from flows.deployment.deploying import Deployment, Pool, Schedule, Wanted, checked, chosen, read
from flows.deployment.sharing import require_shared, store_id
from tasks.core.errors import BadInput
from tests.operating.conftest import runner, surroundings
from tests.servers.loopback import Asked, answering

ENTRY = Deployment(name="demo", entrypoint="flows.build.build", parameters={"recipe": "demo"}, work_pool=Pool(name="p"))


@pytest.fixture(scope="module")
def other_server() -> Iterator[str]:
    """A Prefect server as far as a client looks at first: one of another version, with a password."""

    def answer(asked: Asked) -> tuple[int, bytes]:
        refused = asked.path == "/api/admin/version" and not asked.headers["authorization"]
        return 401 if refused else 200, json.dumps("3.1.4").encode()

    with answering(answer) as url:
        yield f"{url}/api"


def one_line(tmp_path: Path, *arguments: str, **env: str) -> str:
    done = runner(tmp_path, surroundings(INSTRUCTORY_STORE=str(tmp_path / "store"), **env))("deploy", *arguments)
    assert done.code == 2, (done.out, done.err)
    assert len(done.err.strip().splitlines()) == 1, done.err
    return done.err


@pytest.mark.parametrize("cron", ["30 2 * *", "61 2 * * *", "nightly", "@daily", "0 30 2 * * *", ""])
def test_a_cron_that_prefect_cannot_follow(cron: str) -> None:
    with pytest.raises(BadInput, match=r"every night at half past two is '30 2 \* \* \*'"):
        checked(ENTRY.model_copy(update={"schedules": (Schedule(cron=cron),)}), Path("prefect.yaml"))


@pytest.mark.parametrize(
    ("zone", "near"), [("Europe/Berln", "Europe/Berlin"), ("Amerika/New_York", "America/New_York")]
)
def test_a_time_zone_nobody_knows(zone: str, near: str) -> None:
    with pytest.raises(BadInput, match=f"did you mean '{near}'"):
        checked(
            ENTRY.model_copy(update={"schedules": (Schedule(cron="30 2 * * *", timezone=zone),)}), Path("prefect.yaml")
        )


def test_the_packaged_file_says_what_is_registered() -> None:
    file = Path(__file__).parents[2] / "deployments" / "prefect.yaml"
    demo, curate = [checked(entry, file) for entry in read(file)]
    assert (demo.concurrency_limit.limit, demo.concurrency_limit.collision_strategy) == (1, "ENQUEUE")
    assert demo.schedules == (Schedule(cron="30 2 * * *", timezone="Europe/Berlin"),)
    assert curate.schedules == ()


def test_a_recipe_of_ones_own_gets_a_deployment_of_its_own(tmp_path: Path) -> None:
    recipe = tmp_path / "handbook.yaml"
    recipe.write_text(f"dataset: handbook\ndocuments: [{{path: {tmp_path}}}]\n")
    (made,) = chosen([ENTRY], Wanted(recipe=str(recipe), cron="0 4 * * 1", timezone="UTC"))
    assert (made.name, made.parameters, made.entrypoint) == ("handbook", {"recipe": str(recipe)}, "flows.build.build")
    assert made.schedules == (Schedule(cron="0 4 * * 1", timezone="UTC"),)


@pytest.mark.parametrize("text", ["deployments: 3", "a: [", "deployments: [{name: x}]", "", "deployments: [{nome: x}]"])
def test_a_file_that_is_no_prefect_yaml(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prefect.yaml"
    file.write_text(text)
    with pytest.raises(BadInput, match=r"prefect\.yaml"):
        read(file)


def test_no_server(tmp_path: Path) -> None:
    assert "instructory up" in one_line(tmp_path)


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    said = one_line(tmp_path, PREFECT_API_URL="http://127.0.0.1:9/api")
    assert "does not answer" in said
    assert "PREFECT_API_URL" in said


def test_a_wrong_password(tmp_path: Path, other_server: str) -> None:
    assert "PREFECT_API_AUTH_STRING" in one_line(tmp_path, PREFECT_API_URL=other_server)


def test_a_server_of_another_version(tmp_path: Path, other_server: str) -> None:
    said = one_line(tmp_path, PREFECT_API_URL=other_server, PREFECT_API_AUTH_STRING="admin:word")
    assert "is version 3.1.4" in said
    assert "install the same version" in said


def test_a_store_that_is_not_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sharing.VARIABLE, store_id(tmp_path / "here"))
    require_shared(tmp_path / "here")
    (tmp_path / "there").mkdir()
    with pytest.raises(BadInput, match="mount that store at the same path"):
        require_shared(tmp_path / "there")
    assert not (tmp_path / "there" / "id").exists()
