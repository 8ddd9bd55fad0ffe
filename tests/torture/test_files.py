"""Files of records that ask for far more than they have, each imported by a process of its own, within bounds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import HOUSE
from tests.torture.conftest import LONG, Attacked
from tests.torture.hostile_files import FILES, MEGABYTE

SIZE = (400 if LONG else 20) * MEGABYTE
TRIED = sorted(FILES) if LONG else ["brackets.json.gz", "deep call.jsonl", "one line.csv", "one text.parquet"]
MEGABYTES, SECONDS = 1000, 10 * SIZE / (20 * MEGABYTE)
"""Ten seconds for each 20 MB that a file asks for, more than a record may have."""


@pytest.mark.parametrize("name", TRIED)
def test_a_file_takes_no_more_than_a_gigabyte(tmp_path: Path, attacked: Attacked, name: str) -> None:
    path = tmp_path / name
    FILES[name](path, SIZE)
    size = path.stat().st_size
    asked = [sys.executable, "-m", "tests.torture.hostile_files", str(path)]
    env = {**os.environ, "PYTHONPATH": str(HOUSE)}
    done = subprocess.run(asked, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    said = f"{found['kept']:,} kept, {sum(found['refused'].values()):,} refused"
    attacked(f"file: {name}, {size / MEGABYTE:,.1f} MB", said, found["megabytes"], found["seconds"])
    assert found["megabytes"] <= MEGABYTES
    assert found["seconds"] <= SECONDS
