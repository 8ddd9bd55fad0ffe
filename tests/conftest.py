"""What every test may lean on."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from flows import server
from tests.servers.models import model_server

__all__ = ["model_server", "prefect_server", "shared"]

# Prefect reads its settings once, when it is first imported: settled here, before any test imports it.
_HOME = Path(mkdtemp(prefix="instructory-tests-"))
_PORT = server.free_port()
server.prepare(_HOME)
os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{_PORT}/api"


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[str]:
    """A real Prefect server on loopback, one for all tests; its API's address."""
    process = server.start(_PORT, _HOME / "server.log")
    try:
        server.await_health(os.environ["PREFECT_API_URL"], process, _HOME / "server.log")
        yield os.environ["PREFECT_API_URL"]
    finally:
        server.stop(process)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real documents, instruction sets and labelled detector sets; skips where a machine has none."""
    folder = Path(os.environ.get("INSTRUCTORY_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no shared test data here; name its folder with INSTRUCTORY_TEST_DATA")
    return folder
