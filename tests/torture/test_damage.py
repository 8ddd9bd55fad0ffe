"""Flipped bits, cut files and files that unpack to more than there is: found, every one, within a gigabyte of memory."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from flows.cli.verifying import verify
from tasks.core.errors import IntegrityError
from tasks.core.reasons import REASONS
from tasks.store.store import Store
from tests.cli.commands import HOUSE
from tests.torture import bombs
from tests.torture.commits import commit, read
from tests.torture.conftest import Note, times

pytestmark = pytest.mark.timeout(1800)

KEPT = ("objects", "raw", "manifests", "verdicts", "refs")
"""What a release stands on."""
Damage = Callable[[bytes, random.Random], bytes]


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


def flipped(whole: bytes, dice: random.Random) -> bytes:
    place, damaged = dice.randrange(len(whole) * 8), bytearray(whole)
    damaged[place // 8] ^= 1 << (place % 8)
    return bytes(damaged)


def cut(whole: bytes, dice: random.Random) -> bytes:
    return whole[: dice.randrange(len(whole))]


@pytest.mark.parametrize(
    ("damage", "count", "tried"),
    [
        (flipped, times(100, 1000), "1 flipped bit in an object, raw document, manifest, verdict or reference"),
        (cut, times(20, 100), "a truncated file"),
    ],
)
def test_every_damage_is_found(
    files: list[Path], tmp_path: Path, dice: random.Random, note: Note, damage: Damage, count: int, tried: str
) -> None:
    for _ in range(count):
        path = dice.choice(files)
        whole = path.read_bytes()
        path.write_bytes(damage(whole, dice))
        assert is_found(tmp_path / "store"), path
        with suppress(IntegrityError):
            read(tmp_path / "store")  # compares every row with what was written
        path.write_bytes(whole)
    assert not is_found(tmp_path / "store")
    note(tried, f"{count} of {count} found, 0 served")


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
