"""docs/adding-a-verifier.md is true: its verifier passes its test; docs/verification.md has a line for every verifier."""

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tasks.verification.catalogue import VERIFIERS
from tasks.verification.verifier import Verifier, VerifierContext
from tests.verification.conftest import Table, context, rows, tools

__all__ = ["context", "rows", "tools"]

HOUSE = Path(__file__).parents[2]
PAGE = (HOUSE / "docs" / "adding-a-verifier.md").read_text("utf-8")
MODULE, TEST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
NAME = "tasks.verification.execution.arithmetic"


@pytest.mark.parametrize("case", range(3))
def test_the_verifier_on_the_page_passes_the_test_on_the_page(
    monkeypatch: pytest.MonkeyPatch, rows: Table, context: VerifierContext, case: int
) -> None:
    module = ModuleType(NAME)
    monkeypatch.setitem(sys.modules, NAME, module)
    exec(compile(MODULE, "docs/adding-a-verifier.md", "exec"), module.__dict__)
    test: dict[str, Any] = {}
    exec(compile(TEST, "docs/adding-a-verifier.md", "exec"), test)
    function = test["test_a_stated_sum_is_computed_again"]
    (cases,) = (mark.args[1] for mark in function.pytestmark)
    function(rows, context, *cases[case])
    assert module.VERIFIER.name == "arithmetic"


def test_the_files_on_the_page_exist() -> None:
    named = {path for path in re.findall(r"`((?:tasks|tests)/[\w/.]+)`", PAGE) if "arithmetic" not in path}
    assert len(named) >= 2
    assert [path for path in sorted(named) if not (HOUSE / path).exists()] == []


@pytest.mark.parametrize("verifier", VERIFIERS, ids=lambda verifier: verifier.name)
def test_every_verifier_stands_on_the_page_of_verification(verifier: Verifier) -> None:
    page = (HOUSE / "docs" / "verification.md").read_text("utf-8")
    assert f"[{verifier.name}](#" in page, f"docs/verification.md: no line of the table for {verifier.name}"
