"""docs/adding-a-stage.md is true: its stage, its suite and its test work as they stand on the page."""

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from expectations.suite import Suite

HOUSE = Path(__file__).parents[2]
PAGE = (HOUSE / "docs" / "adding-a-stage.md").read_text("utf-8")
STAGE, GATE, TEST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def executed(code: str, name: str) -> ModuleType:
    module = ModuleType(name)
    exec(compile(code, "docs/adding-a-stage.md", "exec"), module.__dict__)
    return module


def test_the_stage_on_the_page_passes_the_test_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tasks.sampling", ModuleType("tasks.sampling"))
    monkeypatch.setitem(sys.modules, "tasks.sampling.stage", executed(STAGE, "tasks.sampling.stage"))
    test: Any = executed(TEST, "test_sampling")
    test.test_a_share_is_kept_and_the_rest_says_why(tmp_path)


def test_the_suite_on_the_page_checks_its_thresholds() -> None:
    suite: Suite = executed(GATE, "expectations.sampling").SUITE
    assert suite.all_checks({})[-1].given["max_value"] == suite.thresholds["max_rejected_share"].value


def test_the_files_on_the_page_exist() -> None:
    named = {
        path for path in re.findall(r"`((?:tasks|flows|tests|expectations)/[\w/.]+)`", PAGE) if "sampling" not in path
    }
    assert len(named) >= 6
    assert [path for path in sorted(named) if not (HOUSE / path).exists()] == []
