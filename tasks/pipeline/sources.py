"""The source files that a stage's rows depend on: those of its room, and those of other rooms that these import.

A key cannot hold them: every comment would make every row anew. They are written down with the rows, and a build says which of
them changed since.
"""

import functools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from tasks.core.params import sha256_file

SOURCES: Final = {".py", ".yaml", ".md", ".jinja"}
"""Endings of the files of a room that can change its rows."""

NAMED: Final = 5
"""So many changed files are named."""
_IMPORT: Final = re.compile(
    r"^[ \t]*from (tasks[\w.]*) import (\([^)]*\)|[^\n(]*)|^[ \t]*import (tasks\.[\w.]+)", re.MULTILINE
)
"""An import of ours. Parsing the files would take ten times as long, in every build."""

_ROOT: Final = Path(__file__).parents[2]
_TASKS: Final = _ROOT / "tasks"
_NOT_OF_ROWS: Final = (_TASKS / "pipeline", _TASKS / "store")
"""Rooms that carry rows and change none."""


def hashes(room: Path, files: Iterable[Path] | None = None) -> dict[str, str]:
    """sha256 of the files of a room, or of `files` in their stead, by their name in it, and of the files that they import from
    other rooms, with the data beside them, by their path."""
    own = sorted(files or (path for path in room.rglob("*") if path.suffix in SOURCES))
    found = {path.relative_to(room).as_posix() if path.is_relative_to(room) else path.name: path for path in own}
    others = sorted(imported_from(own) - set(own))
    found |= {path.relative_to(_ROOT).as_posix(): path for path in others if not path.is_relative_to(room)}
    return {name: _hash(path, path.stat().st_mtime_ns) for name, path in found.items()}


def changed(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    """The names of files whose hashes are not what they were, the first of many; empty if none."""
    new = [
        name for name in now if name not in then and "/" not in name
    ]  # one of another room comes with a changed importer
    names = sorted([name for name in then if now.get(name) != then[name]] + new)
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def imported_from(files: Iterable[Path]) -> set[Path]:
    """Every file below `tasks/` that these files import, directly or through others, with the data files of the same stem."""
    found, waiting = set[Path](), list(files)
    while waiting:
        path = waiting.pop()
        for module in _imports(path, path.stat().st_mtime_ns) if path.suffix == ".py" else ():
            if module not in found and not any(module.is_relative_to(room) for room in _NOT_OF_ROWS):
                found.add(module)
                waiting.append(module)
                found |= {beside for beside in module.parent.glob(f"{module.stem}.*") if beside.suffix in SOURCES}
    return found


@functools.cache
def _imports(path: Path, _changed: int) -> tuple[Path, ...]:
    """The modules of ours that a file imports anywhere in it. A package on the way to a module inside it does not count, one from
    which another name is taken does."""
    names: list[str] = []
    for module, inside, whole in _IMPORT.findall(path.read_text("utf-8", "replace")):
        parts = [f"{module}.{name}" for name in re.findall(r"\w+", inside)]
        modules = [name for name in parts if _module(name)]
        names += [whole] if whole else modules if len(modules) == len(parts) else [*modules, module]
    return tuple(found for name in names if (found := _module(name)) is not None)


def _module(name: str) -> Path | None:
    """The file of a module below `tasks/`; None for any other name."""
    path = _ROOT.joinpath(*name.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py") if name.startswith("tasks.") else ()
    return next((candidate for candidate in candidates if candidate.is_file()), None)


@functools.cache
def _hash(path: Path, _changed: int) -> str:
    return sha256_file(path)
