"""Each promise of docs/security.md names the tests that hold it, and they exist."""

import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
TABLE = (HOUSE / "docs" / "security.md").read_text("utf-8").partition("## What is protected")[2].partition("\n## ")[0]
PROMISES = [line.split(" | ") for line in TABLE.splitlines() if line.startswith("| ") and " | defence | " not in line]
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise[0][2:40])
def test_each_promise_has_tests_that_exist(promise: list[str]) -> None:
    named = NAMED.findall(promise[-1])
    assert named
    for path, name in named:
        assert f"\ndef {name}(" in (HOUSE / "tests" / path).read_text("utf-8"), f"{path}::{name}"


def test_the_table_is_read() -> None:
    assert len(PROMISES) > 20
