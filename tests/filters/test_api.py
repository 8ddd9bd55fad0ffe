"""The functions of `tasks.filters`: their examples run, they can be imported beside their packages, and at no cost."""

import contextlib
import inspect
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tasks.filters
from tasks.filters import benchmark_pack, contamination, grounding, near_duplicate_groups, personal_data, toxicity

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
FUNCTIONS = (near_duplicate_groups, benchmark_pack, contamination, personal_data, toxicity, grounding)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_examples_print_what_they_say(example: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(example, {})
    assert printed.getvalue().splitlines() == re.findall(r"^(?:print.*)?# (.*)$", example, re.MULTILINE)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_the_page_gives_each_signature(function) -> None:
    parameters = ", ".join(inspect.signature(function).parameters)
    assert f"{function.__name__}({parameters})" in PAGE
    assert function.__name__ in tasks.filters.__all__


def test_functions_keep_their_names_when_packages_of_the_same_name_are_imported() -> None:
    import tasks.filters.catalogue  # imports all packages

    for name in tasks.filters.__all__:
        assert inspect.isfunction(getattr(tasks.filters, name))


def test_importing_imports_nothing_heavy() -> None:
    check = "import sys, tasks.filters; print(sorted({'numpy', 'pyarrow', 'pydantic', 'presidio_analyzer'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_names_are_looked_for_on_request() -> None:
    text = ["Jane Austen wrote to Cassandra from Bath."]
    assert personal_data(text).num_rows == 0
    assert "PERSON" in personal_data(text, names=True)["entity"].to_pylist()
    assert {*personal_data(text, names=("PERSON",))["entity"].to_pylist()} == {"PERSON"}
    assert {*personal_data(text, ["LOCATION"], True)["entity"].to_pylist()} <= {"LOCATION"}
