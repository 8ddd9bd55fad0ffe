"""Rows to verify."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from tasks.core import schema
from tasks.core.outcome import Tools
from tasks.verification.verifier import VerifierContext

Table = Callable[..., pa.Table]


@pytest.fixture
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    return Tools(key="test", store_root=tmp_path_factory.mktemp("store"))


@pytest.fixture
def context(tools: Tools) -> VerifierContext:
    """No passages, no teacher."""
    return VerifierContext(None, None, tools)


@pytest.fixture(scope="session")
def rows() -> Table:
    """Makes a table of VERIFIED rows from what they differ in; the id of each is a hash of its number."""

    def table(*given: dict[str, Any]) -> pa.Table:
        defaults = {"source": "test", "instruction": "What is the capital of France?", "response": "It is Paris."}
        named = [{"example_id": schema.stable_id(str(n)), **defaults, **row} for n, row in enumerate(given)]
        return pa.Table.from_pylist(named, schema=schema.VERIFIED)

    return table
