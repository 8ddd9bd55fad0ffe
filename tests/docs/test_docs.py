"""Every command in the README and in docs/ does what it says, every recipe loads, every link leads somewhere."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from flows import recipe_file
from tests.cli.commands import Ran
from tests.cli.forge import Forge

HOUSE = Path(__file__).parents[2]
PAGES = sorted([HOUSE / "README.md", HOUSE / "CONTRIBUTING.md", *(HOUSE / "docs").glob("*.md")])
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
LONG = re.compile(r"^(?:make |(?:\.venv/bin/)?(?:python -m )?(?:pytest|mypy|ruff)\b)")
"""Chores of developers. They are tests or run for minutes: that they exist is checked, they are not run again here."""


def commands(page: Path) -> list[str]:
    """The lines of the page's `sh` blocks; a line that ends in a backslash goes on."""
    lines = [
        line for block in BLOCK.findall(page.read_text("utf-8")) for line in block.replace("\\\n", "").splitlines()
    ]
    return [line for line in lines if line.strip() and not line.startswith("#")]


@pytest.fixture
def path(ready: Forge, tmp_path: Path) -> str:
    """A PATH on which `instructory` is forked rather than started, and every other command is this environment's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    words = [sys.executable, "-IS", str(HOUSE / "tests" / "cli" / "client.py"), str(ready.address)]
    (folder / "instructory").write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    (folder / "instructory").chmod(0o700)
    return f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.name)
def test_every_command_of_a_page_works(page: Path, path: str, demo: tuple[Path, Ran], tmp_path: Path) -> None:
    if page.name != "README.md":  # whose reader has a store already, for having read the README
        shutil.copytree(demo[0], tmp_path / ".instructory", symlinks=True)
    script = "set -e\n" + "\n".join(line for line in commands(page) if not LONG.match(line))
    for line in filter(LONG.match, commands(page)):
        check_chore(line)
    (tmp_path / "docs").symlink_to(HOUSE / "docs")
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    surroundings = {**os.environ, "PATH": path, "PYTHONPATH": str(HOUSE)}
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=surroundings, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


SHOWN = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
"""Commands that are not run here, because they start servers or need a model; the tests of their own rooms run them."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_shown_exists_with_its_options(page: Path) -> None:
    from flows.cli.main import cli

    for block in SHOWN.findall(page.read_text("utf-8")):
        for line in block.replace("\\\n", "").splitlines():
            if found := re.search(r"(?:^|\s)instructory (.*)", line.partition("  #")[0]):
                name, *words = shlex.split(found[1])
                known = {option for parameter in cli.commands[name].params for option in parameter.opts}
                assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, line


def check_chore(line: str) -> None:
    """A make target that exists, or a tool with paths that exist."""
    words = line.partition("#")[0].split()
    if "make" in words:
        targets = [word for word in words[words.index("make") + 1 :] if "=" not in word]
        rules = re.findall(r"^([a-z-]+):", (HOUSE / "Makefile").read_text("utf-8"), re.MULTILINE)
        assert set(targets) <= set(rules)
    for word in words:
        if word.startswith(("tests/", "tasks/", "flows/")):
            assert (HOUSE / word.partition("::")[0]).exists(), word


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("path", sorted((HOUSE / "deployments" / "recipes").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_packaged_recipe_loads_by_its_name(path: Path) -> None:
    assert recipe_file.load(path.stem, ()).dataset == yaml.safe_load(path.read_text("utf-8"))["dataset"]


def test_every_command_explains_itself() -> None:
    from flows.cli.main import cli

    for name, command in cli.commands.items():
        assert command.help, name
        assert all(option.help for option in command.params if option.param_type_name == "option"), name
