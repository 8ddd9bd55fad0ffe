"""What every test may lean on."""

import os
from pathlib import Path

import pytest

from tests.servers.models import model_server

__all__ = ["model_server", "shared"]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real documents, instruction sets and labelled detector sets; skips where a machine has none."""
    folder = Path(os.environ.get("INSTRUCTORY_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no shared test data here; name its folder with INSTRUCTORY_TEST_DATA")
    return folder
