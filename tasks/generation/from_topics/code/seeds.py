"""What exercises are made from: topics, lines of source code in a file or folder, passages of code among the documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.core.schema import stable_id
from tasks.generation.from_topics.code.params import CodeRows

MOST_LINES: Final = 15
"""Lines of a snippet at most, as in OSS-Instruct (Wei et al. 2023)."""
LONGEST_FILE: Final = 1 << 20
"""Characters of a file that are read."""


@dataclass(frozen=True)
class Seed:
    """A topic, or a few lines of code."""

    parent_id: str
    text: str
    kind: str
    """`topic` or `snippet`."""
    source: str
    licence: str


def seeds(params: CodeRows, documents: pa.Table | None, tools: Tools) -> list[Seed]:
    """Topics first, then snippets of files by name, then those of passages. Raises BadInput where there are none."""
    found = [
        Seed(stable_id("code", topic), topic, "topic", "code/topics", params.licence)
        for topic in dict.fromkeys(params.topics)
    ]
    found += _from_files(params, tools)
    if documents is not None:
        for row in documents.filter(pc.equal(documents["kind"], "code")).to_pylist():
            if lines := _window(row["text"], row["chunk_id"], tools):
                found.append(Seed(row["chunk_id"], lines, "snippet", row["source"], row["licence"]))
    if not found:
        raise BadInput("code: nothing to begin with; name topics, snippets, or documents that hold code")
    return found


def _from_files(params: CodeRows, tools: Tools) -> Iterator[Seed]:
    for path, name in _files(params.snippets):
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(LONGEST_FILE)
        if "\0" in text:
            continue
        parent = stable_id("code", text)
        if lines := _window(text, parent, tools):
            yield Seed(parent, lines, "snippet", f"code/{name}", params.snippets_licence)


def _files(path: Path | None) -> list[tuple[Path, str]]:
    """The files of a folder, hidden ones left out, with their relative names."""
    if path is None:
        return []
    if path.is_file():
        return [(path, path.name)]
    if not path.is_dir():
        raise BadInput(f"code.snippets: there is no file or folder {path}")
    inner = ((one, one.relative_to(path)) for one in sorted(path.rglob("*")) if one.is_file() and not one.is_symlink())
    return [(one, name.as_posix()) for one, name in inner if not any(part.startswith(".") for part in name.parts)]


def _window(text: str, seed_id: str, tools: Tools) -> str:
    """Up to MOST_LINES consecutive lines, drawn at random; empty where no line says anything."""
    lines = text.strip("\n").splitlines()
    begin = int(tools.rng(seed_id).integers(0, max(1, len(lines) - MOST_LINES + 1)))
    window = "\n".join(line[:300] for line in lines[begin : begin + MOST_LINES]).strip("\n")
    return window if sum(character.isalpha() for character in window) >= 20 else ""
