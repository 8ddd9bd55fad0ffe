"""What every test may lean on."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from flows.deployment import ports, server
from flows.deployment.background import process_of
from tests.cli.commands import demo, instructory
from tests.cli.forge import Forge, forge
from tests.servers.models import model_server
from tests.servers.s3 import s3

__all__ = ["demo", "instructory", "model_server", "prefect_server", "ready", "s3", "shared"]

# Prefect reads its settings once, when it is first imported: settled here, before any test imports it.
_FOLDER = TemporaryDirectory(prefix="instructory-tests-", ignore_cleanup_errors=True)
_HOME = Path(_FOLDER.name)
_PORT = ports.free_port()
os.environ[server.IDLE] = "0"  # no server outlives the test that started it
os.environ.pop("PREFECT_HOME", None)  # of the process that started this one: two servers would share a database
server.prepare(_HOME)
os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{_PORT}/api"

# On a busy machine an example takes as long as it takes; and folders and servers may serve all examples of a test.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
settings.load_profile("house")


_LONGEST_FIRST = ("flows", "operating", "docs", "torture", "runners", "tests", "s3", "security", "filters", "teachers")
"""Rooms that take a minute or more. One that began last would keep one core waiting."""


class RoomScheduling(LoadScopeScheduling):
    """Gives each room to one process: the servers and builds that its tests share are made once."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0].rpartition("/")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> RoomScheduling | None:
    return RoomScheduling(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rooms = {name: place for place, name in enumerate(_LONGEST_FIRST)}
    items.sort(key=lambda item: rooms.get(item.path.parent.name, len(rooms)))


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[str]:
    """A real Prefect server on loopback, one for all tests; its API's address. It ends when this process does, however."""
    found = server.BuildServer.of(_HOME)
    with found.users.open("a") as using:
        fcntl.flock(using, fcntl.LOCK_SH)
        server.start(found, _PORT)
        server.await_health(os.environ["PREFECT_API_URL"], lambda: process_of(found.lock) is not None, found.log)
        yield os.environ["PREFECT_API_URL"]
    found.stop_unless_used()


@pytest.fixture(scope="session")
def ready(prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    """The command line, imported once and ready to be forked."""
    with forge(tmp_path_factory.mktemp("forge")) as found:
        yield found


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real documents, instruction sets and labelled detector sets; skips where a machine has none."""
    folder = Path(os.environ.get("INSTRUCTORY_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no shared test data here; name its folder with INSTRUCTORY_TEST_DATA")
    return folder


@pytest.fixture(params=["openai", "anthropic"])
def provider(request: pytest.FixtureRequest) -> str:
    """Each of the two protocols."""
    return str(request.param)


@pytest.fixture(scope="session")
def sandboxed() -> None:
    """Skips where nothing here can run programs safely."""
    from tasks.verification.execution import sandbox

    try:
        sandbox.POOL.method()
    except sandbox.NoSandbox as error:
        pytest.skip(str(error))
