"""Servers that mean ill, each asked by a process of its own: whatever they send costs one row, within bounds of time and memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import HOUSE
from tests.servers.attacks import ATTACKS, attacking
from tests.torture.conftest import LONG, Attacked

SIZE = (2 << 30) if LONG else (64 << 20)
TRIED = [*ATTACKS] if LONG else ["endless", "gzip", "drip", "fences"]
MEGABYTES, SECONDS = 1000, 10.0


@pytest.mark.parametrize("name", TRIED)
def test_an_answer_takes_no_more_than_a_gigabyte(tmp_path: Path, attacked: Attacked, name: str) -> None:
    env = {**os.environ, "PYTHONPATH": str(HOUSE), "OPENAI_API_KEY": "a-key-of-nobody"}
    with attacking(name, SIZE) as url:
        asked = [sys.executable, "-m", "tests.torture.hostile_answers", url]
        done = subprocess.run(asked, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    attacked(f"answer: {name}", found["said"], found["megabytes"], found["seconds"])
    assert found["megabytes"] <= MEGABYTES
    assert found["seconds"] <= SECONDS
