"""Rows to filter."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from tasks.core import schema
from tasks.core.outcome import Tools
from tasks.filters.contract import FilterContext

Table = Callable[..., pa.Table]


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    return Tools(key="test", store_root=tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="session")
def examples() -> Table:
    """Makes a table of EXAMPLE rows from what they differ in; ids are r0, r1, …"""

    def table(*rows: dict[str, Any]) -> pa.Table:
        defaults = {
            "source": "test",
            "origin": "synthetic",
            "instruction": "What is the capital of France?",
            "response": "It is Paris.",
        }
        named = [{"example_id": f"r{n}", **defaults, **row} for n, row in enumerate(rows)]
        return pa.Table.from_pylist(named, schema=schema.EXAMPLE)

    return table


@pytest.fixture(scope="session")
def filtered(examples: Table) -> Table:
    """The same with the columns that filters fill in, as a filter receives it."""
    from tasks.filters.stage import prepared

    return lambda *rows: prepared(examples(*rows))


@pytest.fixture(scope="session")
def chunks() -> Table:
    """Makes a table of CHUNK rows from texts by id."""

    def table(**texts: str) -> pa.Table:
        rows = [
            {"chunk_id": name, "text": text, "title": "The Manual", "headings": ["Chapter Seven"]}
            for name, text in texts.items()
        ]
        return pa.Table.from_pylist(rows, schema=schema.CHUNK)

    return table


@pytest.fixture
def context(tools: Tools) -> FilterContext:
    return FilterContext(None, tools)
