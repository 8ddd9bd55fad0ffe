"""A release is loaded by the libraries that those who train use: each gives its own rows, in one schema, whatever is null."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset
import pytest
from datasets import Dataset, load_dataset

from tasks.core.schema import CLUSTERED, conform
from tasks.release.publish import write_folder
from tasks.store.store import Store
from tests.release import sample
from tests.store import records


def released(store: Store, rows: pa.Table) -> Path:
    """The folder of shop@1, whose rows are `rows`."""
    manifest = records.manifest(kept=store.put(rows))
    store.put_manifest(manifest)
    published = "2026-11-28T00:00:00+00:00"
    return write_folder(store, records.release("shop", manifest, version=1, published_at=published))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two stores with a release of one name and number: one in which every column has values, one with texts only."""
    turn = {"role": "user", "content": "Earlier.", "name": "n", "tool_calls": "[]"}
    full = [
        row | dict.fromkeys(("rejected", "tools"), "[]") | {"history": [turn]} for row in sample.rows(7).to_pylist()
    ]
    bare = [{"example_id": str(number), "instruction": f"Ask {number}.", "response": "So."} for number in range(5)]
    return [
        released(
            Store(tmp_path_factory.mktemp(name) / "store"), conform(pa.Table.from_pylist(rows, CLUSTERED), CLUSTERED)
        )
        for name, rows in (("one", full), ("two", bare))
    ]


def instructions(folder: Path) -> list[str]:
    return pa.dataset.dataset(folder / "data").to_table(["instruction"])["instruction"].to_pylist()


def test_two_releases_of_one_name_and_number_give_their_own_rows(folders: list[Path], tmp_path: Path) -> None:
    loaded: list[Dataset] = [load_dataset(str(folder), split="train", cache_dir=tmp_path) for folder in folders]
    assert [rows["instruction"][:] for rows in loaded] == [instructions(folder) for folder in folders]
    assert loaded[0].features == loaded[1].features
    assert list(loaded[1].features) == CLUSTERED.names


def test_no_column_has_a_name_that_trainers_take_for_something_else(folders: list[Path]) -> None:
    schemas = [pa.dataset.dataset(folder / "data").schema for folder in folders]
    assert schemas[0] == schemas[1]
    assert not {"prompt", "completion", "chosen", "messages", "label", "text"} & set(schemas[0].names)


def test_every_figure_lies_beside_the_report(folders: list[Path]) -> None:
    figures = json.loads((folders[0] / "metrics.json").read_text("utf-8"))
    assert (figures["dataset"], figures["version"], figures["rows"], figures["verdict"]["colour"]) == (
        "shop",
        1,
        7,
        "red",
    )
    assert [stage["kept"] for stage in figures["stages"]] == [7]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_code_of_the_card_loads_the_rows(folders: list[Path], tmp_path: Path, number: int) -> None:
    card = (folders[0] / "README.md").read_text("utf-8")
    snippets = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    assert len(snippets) == 3
    print_rows = f"{snippets[number]}\nprint(len(rows))"
    ran = subprocess.run(
        [sys.executable, "-c", print_rows], cwd=folders[0], capture_output=True, text=True, check=False,
        env={**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    assert ran.stdout.split()[-1:] == ["7"], ran.stderr
