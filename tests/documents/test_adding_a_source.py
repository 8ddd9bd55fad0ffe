"""docs/adding-a-source.md is true."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tasks.documents import __main__ as show
from tasks.documents.chunking import chunks_of
from tasks.documents.inventory.files import MEDIA_TYPES
from tasks.documents.readers import READERS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/adding-a-source.md").read_text("utf-8")


def test_the_reader_on_the_page_works_as_it_stands() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    room: dict[str, Any] = {}
    exec(compile(code, "adding-a-source.md", "exec"), room)
    reading = room["read"]("1\n00:00:01 --> 00:00:02\nIt is a truth\nuniversally acknowledged.\n\n2\n", 9)
    (chunk,) = chunks_of(reading.blocks, 20, 40)
    assert chunk.text == "It is a truth universally acknowledged."


def test_the_files_and_names_on_the_page_exist() -> None:
    paths = {path for path in re.findall(r"`((?:tasks|tests)/[\w/.]+)`", PAGE) if "subtitles" not in path}
    assert len(paths) >= 8
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []
    assert MEDIA_TYPES[".txt"] in READERS


def test_the_command_on_the_page_prints_chunks() -> None:
    (command,) = re.findall(r"python -m (tasks\.documents \S+)", PAGE)
    done = subprocess.run(
        [sys.executable, "-m", *command.split()], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.startswith("── adding-a-source.md 0 · prose · Adding a source format\nA format is one module")


def test_a_path_that_leads_nowhere_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert show.main("no/such/folder") == 2
    assert capsys.readouterr().err == "documents: there is no file or folder no/such/folder\n"
