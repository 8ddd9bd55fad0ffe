"""docs/adding-a-method.md is true: its method and its prompt pass its test; docs/methods.md has a section for every method."""

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tasks.generation.catalogue import METHODS
from tasks.generation.method import Method
from tests.servers.models import ModelServer

HOUSE = Path(__file__).parents[2]
PAGE = (HOUSE / "docs" / "adding-a-method.md").read_text("utf-8")
MODULE, TEST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(PROMPT,) = re.findall(r"```markdown\n(.*?)```", PAGE, re.DOTALL)
NAME = "tasks.generation.from_documents.misconceptions"


@pytest.fixture
def misconceptions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module on the page, beside its prompt, importable under the name that the page gives it."""
    file = tmp_path / "misconceptions.py"
    file.write_text(MODULE)
    file.with_suffix(".md").write_text(PROMPT)
    module = ModuleType(NAME)
    module.__file__ = str(file)
    exec(compile(MODULE, file, "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, NAME, module)
    return module


@pytest.mark.parametrize("case", range(3))
def test_the_method_on_the_page_passes_the_test_on_the_page(
    misconceptions: ModuleType, model_server: ModelServer, tmp_path: Path, case: int
) -> None:
    test: dict[str, Any] = {}
    exec(compile(TEST, "docs/adding-a-method.md", "exec"), test)
    function = test["test_a_question_is_kept_or_says_why_not"]
    (cases,) = (mark.args[1] for mark in function.pytestmark)
    function(model_server, tmp_path, *cases[case])


def test_the_files_on_the_page_exist() -> None:
    named = {path for path in re.findall(r"`((?:tasks|tests)/[\w/.]+)`", PAGE) if "misconceptions" not in path}
    assert len(named) >= 4
    assert [path for path in sorted(named) if not (HOUSE / path).exists()] == []


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_method_has_a_section_on_the_page_of_methods(method: Method) -> None:
    page = (HOUSE / "docs" / "methods.md").read_text("utf-8")
    assert f"| [{method.name}](#{method.name}) |" in page, f"docs/methods.md: no line of the table for {method.name}"
    section = page.partition(f"\n## {method.name}\n")[2].partition("\n## ")[0]
    assert len(section.split()) >= 10, f"docs/methods.md: no section on {method.name}"
