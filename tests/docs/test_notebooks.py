"""The notebooks of examples/ run from their first cell to their last, as a person runs them, and the API gives what they show."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import instructory as api
from flows.recipe import Recipe
from flows.recipe_checks import check_input
from tasks.core.errors import BadInput
from tests.cli.commands import Ran

HOUSE = Path(__file__).parents[2]
NOTEBOOKS = sorted((HOUSE / "examples").glob("*.ipynb"))
RUN = """
import ast, json, sys
for number, cell in enumerate(json.load(open(sys.argv[1], encoding="utf-8"))["cells"]):
    if cell["cell_type"] == "code":
        tree = ast.parse("".join(cell["source"]), f"cell {number}")
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"cell {number}", "exec"))
        if last is not None:
            shown = eval(compile(ast.Expression(last.value), f"cell {number}", "eval"))
            print(f"[{number}]", getattr(shown, "_repr_html_", shown.__repr__)())
"""
"""What a kernel does with the cells: runs them in order in one process, and shows the value of each one's last expression."""


def run(notebook: Path, folder: Path, **variables: str) -> str:
    words = [sys.executable, "-W", "error", "-c", RUN, str(notebook)]
    surroundings = {**os.environ, "PYTHONPATH": str(HOUSE), **variables}
    done = subprocess.run(words, cwd=folder, env=surroundings, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def test_a_release_is_looked_at(demo: tuple[Path, Ran], tmp_path: Path) -> None:
    said = run(HOUSE / "examples" / "look_at_a_release.ipynb", tmp_path, INSTRUCTORY_STORE=str(demo[0]))
    assert "made from chunk" in said
    assert '<iframe sandbox="" srcdoc="&lt;!DOCTYPE html&gt;' in said


def test_rows_are_cleaned(tmp_path: Path) -> None:
    said = run(HOUSE / "examples" / "clean_rows.ipynb", tmp_path)
    assert len(api.load("curated", tmp_path / "store").rejected()) >= 2
    assert "curated@1" in said
    assert json.loads((tmp_path / "weeks.jsonl").read_text("utf-8").splitlines()[0])["messages"]


def test_notebooks_are_small_and_hold_no_outputs() -> None:
    assert len(NOTEBOOKS) == 2
    for path in NOTEBOOKS:
        cells: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
        assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in cells)
        assert path.stat().st_size < 10_000


def test_tables_agree_with_the_store(demo: tuple[Path, Ran], tmp_path: Path) -> None:
    loaded = api.load("demo@1", store=demo[0])
    frame, table = loaded.to_pandas(), loaded.to_arrow()
    assert (len(loaded), len(frame), frame.index.name) == (table.num_rows, table.num_rows, "example_id")
    assert loaded.to_hf()["instruction"][:3] == frame["instruction"][:3].to_list()
    ledger = loaded.ledger()
    assert len(loaded.rejected()) == ledger["rejected"].sum()
    assert set(loaded.rejected("filters")["stage"]) <= {"filters"}
    assert list(loaded.failed().columns) == ["stage", "error"]
    assert loaded.metrics()["rows"] == len(loaded)
    assert api.export("demo", tmp_path / "a.jsonl", store=demo[0], format="messages").stat().st_size > 1000


def test_what_is_wrong_is_said_as_on_the_command_line(demo: tuple[Path, Ran], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no release of 'dmeo'"):
        api.load("dmeo", store=demo[0])
    with pytest.raises(BadInput, match="has no stage 'filter'"):
        api.load("demo", store=demo[0]).rejected("filter")
    with pytest.raises(BadInput, match="did you mean 'documents'"):
        api.build({"dataset": "x", "documnts": []}, store=tmp_path)
    assert list(Path.cwd().glob(".recipe-*")) == []


def test_the_page_is_true(demo: tuple[Path, Ran], tmp_path: Path) -> None:
    first, second = re.findall(r"```python\n(.*?)```", (HOUSE / "docs" / "notebooks.md").read_text("utf-8"), re.DOTALL)
    (tmp_path / ".instructory").symlink_to(demo[0])
    done = subprocess.run(
        [sys.executable, "-c", f"{first}\nprint(len(rows))"], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(HOUSE)},
    )  # fmt: skip
    assert int(done.stdout) == api.load("demo", store=demo[0]).release.rows
    (assigned,) = (
        node for node in ast.parse(second).body if isinstance(node, ast.Assign) and "generate" in ast.unparse(node)
    )
    check_input(Recipe.model_validate(ast.literal_eval(assigned.value)), "docs/notebooks.md")


def test_importing_it_imports_nothing_that_is_slow() -> None:
    heavy = "{'flows', 'tasks', 'pandas', 'pyarrow', 'numpy', 'prefect', 'click', 'rich', 'pydantic'}"
    timed = "import sys, time; t = time.process_time(); import instructory; print(time.process_time() - t, "
    code = f"{timed} {heavy} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HOUSE)
    seconds, loaded = done.stdout.strip().split(" ", 1)
    assert loaded == "set()"
    assert float(seconds) < 0.1
