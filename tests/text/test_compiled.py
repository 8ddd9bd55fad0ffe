import stat
from pathlib import Path

import pytest

from tasks.text import compiled


def test_compiled_code_is_kept_apart_for_every_text_of_the_kernels(tmp_path: Path) -> None:
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text("N = 1")
    other.write_text("M = 2")
    before = compiled.fingerprint([one, other])
    other.write_text("M = 3")
    assert compiled.fingerprint([one, other]) != before
    other.write_text("M = 2")
    assert compiled.fingerprint([one, other]) == before


def test_every_module_that_is_compiled_is_looked_at() -> None:
    tasks = Path(compiled.__file__).parents[1]
    using = {path for path in tasks.rglob("*.py") if "import compiled\n" in path.read_text("utf-8")}
    assert using <= set(compiled._SOURCES)


def test_the_folder_is_its_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = compiled.cache_folder()
    assert folder is not None
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
