"""Rows to clean."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tasks.core import schema
from tasks.core.outcome import Tools

Table = Callable[..., pa.Table]


@pytest.fixture(scope="session")
def tools() -> Tools:
    return Tools(key="test", store_root=Path())


@pytest.fixture(scope="session")
def examples() -> Table:
    """Makes a table of EXAMPLE rows from what they differ in; ids are r0, r1, …"""

    def table(*rows: dict[str, Any]) -> pa.Table:
        defaults = {"source": "test", "instruction": "What is the capital of France?", "response": "It is Paris."}
        named = [{"example_id": f"r{n}", **defaults, **row} for n, row in enumerate(rows)]
        return pa.Table.from_pylist(named, schema=schema.EXAMPLE)

    return table


@pytest.fixture(scope="session")
def chunks() -> Table:
    """Makes a table of CHUNK rows from texts by id."""
    return lambda **texts: pa.Table.from_pylist(
        [{"chunk_id": name, "text": text} for name, text in texts.items()], schema=schema.CHUNK
    )
