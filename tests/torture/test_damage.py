"""Flipped bits, cut files and files that unpack to more than there is: found, every one, within a gigabyte of memory."""

import json
import os
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from flows.cli.verifying import verify
from tasks.core.errors import IntegrityError
from tasks.core.reasons import REASONS
from tasks.store.store import Store
from tests.torture import bombs
from tests.torture.asking import HOUSE
from tests.torture.commits import commit, read
from tests.torture.conftest import Note, times

pytestmark = pytest.mark.timeout(1800)

KEPT = ("objects", "raw", "manifests", "verdicts", "refs")
"""What a release stands on."""


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """The files of a store with three releases."""
    for number in (1, 2, 3):
        commit(tmp_path / "store", number)
    verify(tmp_path / "store", None)
    found = [path for room in KEPT for path in sorted((tmp_path / "store" / room).rglob("*")) if path.is_file()]
    assert len(found) == 3 * len(KEPT)
    return found


def is_found(root: Path) -> bool:
    try:
        verify(root, None)
    except IntegrityError:
        return True
    return False


def test_every_flipped_bit_is_found(files: list[Path], tmp_path: Path, dice: random.Random, note: Note) -> None:
    count = times(100, 1000)
    for _ in range(count):
        path = dice.choice(files)
        whole = path.read_bytes()
        place = dice.randrange(len(whole) * 8)
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << (place % 8)
        path.write_bytes(damaged)
        assert is_found(tmp_path / "store"), (path, place)
        with suppress(IntegrityError):
            read(tmp_path / "store")  # compares every row with what was written
        path.write_bytes(whole)
    assert not is_found(tmp_path / "store")
    note(
        "1 flipped bit in an object, raw document, manifest, verdict or reference",
        f"{count} of {count} found, 0 served",
    )


def test_every_cut_file_is_found(files: list[Path], tmp_path: Path, dice: random.Random, note: Note) -> None:
    count = times(20, 100)
    for _ in range(count):
        path = dice.choice(files)
        whole = path.read_bytes()
        path.write_bytes(whole[: dice.randrange(len(whole))])
        assert is_found(tmp_path / "store"), path
        path.write_bytes(whole)
    note("a truncated file", f"{count} of {count} found")


def met(what: str, folder: Path) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.torture.bombs", what, str(folder)],
        env={**os.environ, "PYTHONPATH": str(HOUSE)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_parquet_bombs_are_refused_before_they_go_off(tmp_path: Path, note: Note) -> None:
    store = Store(tmp_path)
    kinds = bombs.PARQUET if times(0, 1) else ("text, zstd", "text in lists", "hole")
    parts = {kind: bombs.plant(store, kind).model_dump() for kind in kinds}
    (tmp_path / "parts.json").write_text(json.dumps(parts))
    result = met("parquet", tmp_path)
    assert set(result["said"]) == set(kinds)
    for said in result["said"].values():
        assert "unpacks to" in said or "claims" in said or "does not have its" in said or "damaged" in said
    assert result["megabytes"] < 1000
    note(f"{len(parts)} Parquet bombs", f"refused, {result['megabytes']} MB resident")


def test_zip_and_html_bombs_become_rejected_rows(tmp_path: Path, note: Note) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    bombs.documents(folder, times(200_000, 10_000_000))
    result = met("documents", folder)
    assert len(result["said"]) == len(list(folder.iterdir())) == 10
    assert set(result["said"].values()) <= {"chunks", *REASONS}
    assert result["megabytes"] < 1000
    counted = ", ".join(f"{name}: {said}" for name, said in sorted(result["said"].items()))
    note(f"10 zip and HTML bombs ({counted})", f"no crash, {result['megabytes']} MB resident")
