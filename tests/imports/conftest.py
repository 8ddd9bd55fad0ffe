"""Files in, rows out: what the tests of importers share."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.core.outcome import Outcome, Tools
from tasks.imports import Dataset, Imports
from tasks.imports import stage as reading
from tasks.imports.datasets import stage as finding
from tasks.imports.example import Example
from tasks.imports.formats import FORMATS
from tasks.imports.recognise import conventions_of, recognise
from tasks.pipeline.ledger import balance
from tasks.store.store import Store

Import = Callable[..., Outcome]


@pytest.fixture
def imported(tmp_path: Path) -> Import:
    """Imports a file through a real store; keywords are those of a recipe's dataset, and `licences`, `limit`."""
    store = Store(tmp_path / "store")
    tools = Tools("test", store.root, keep_file=store.keep_raw_file, raw_path=store.raw_path)

    def run(
        path: Path,
        limit: int | None = None,
        licences: Any = "any",
        personal_data_filtered: bool = True,
        **settings: Any,
    ) -> Outcome:
        params = Imports(
            datasets=(Dataset(path=str(path), **settings),),
            licences=licences,
            personal_data_filtered=personal_data_filtered,
        )
        files = finding.compute(params, tools).kept
        outcome = reading.compute(files, params, limit, tools)
        balance("imports", files, outcome)
        return outcome

    return run


def refusals(outcome: Outcome) -> list[tuple[str, str]]:
    """Reason and detail of each row refused."""
    table = outcome.rejected
    return list(zip(table["reason"].to_pylist(), table["detail"].to_pylist(), strict=True))


DATASET = Dataset(path="x")
"""Settings of a recipe that says nothing."""


def user(words: Any) -> dict[str, Any]:
    return {"role": "user", "content": words}


def answer(words: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": words, **more}


def call(id_: str, city: str) -> dict[str, Any]:
    return {"id": id_, "type": "function", "function": {"name": "weather", "arguments": json.dumps({"city": city})}}


def read(*records: dict[str, Any]) -> list[Example]:
    """The examples of records of one file. Raises UnusableError for one that holds none."""
    conventions = conventions_of(records, DATASET)
    form = FORMATS[recognise(records, DATASET, "x").name]
    return [example for record in records for example in form.read(record, conventions)]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)))
    return path
