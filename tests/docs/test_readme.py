"""The map in README.md is the house: every room of the tree stands on it, with what it is for, and nothing else does."""

import re
import subprocess
from pathlib import Path

HOUSE = Path(__file__).parents[2]
INNER = {"flows", "tasks", "tasks/generation", "deployments"}
"""Folders whose own folders are on the map."""


def on_the_map() -> dict[str, str]:
    """Folder → its line, from the indented list in README.md."""
    shown = (HOUSE / "README.md").read_text("utf-8").partition("## The map of the house")[2].split("```")[1]
    found: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for indent, name, meaning in re.findall(r"^( *)([\w/]+)/ +(.*)$", shown, re.MULTILINE):
        above = [entry for entry in above if entry[0] < len(indent)]
        path = "/".join([*(part for _, part in above), name])
        above.append((len(indent), name))
        found[path] = meaning
    return found


def in_the_tree() -> set[str]:
    """Folders at the top and below those of INNER that hold files of the product."""
    files = subprocess.run(["git", "ls-files"], cwd=HOUSE, capture_output=True, text=True, check=True).stdout.split()
    folders = {parent.as_posix() for file in files for parent in Path(file).parents} - {"."}
    return {
        folder for folder in folders if not folder.startswith(".") and Path(folder).parent.as_posix() in {".", *INNER}
    }


def test_every_room_is_on_the_map() -> None:
    assert in_the_tree() - on_the_map().keys() == set(), "describe it on the map in README.md"


def test_every_room_on_the_map_exists_and_is_described() -> None:
    assert [path for path, meaning in on_the_map().items() if not (HOUSE / path).is_dir() or len(meaning) < 10] == []


def test_the_readme_is_short() -> None:
    assert len((HOUSE / "README.md").read_text("utf-8").splitlines()) <= 110  # the map has a line for each room
