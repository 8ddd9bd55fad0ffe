"""Seed tasks: what people wrote by hand, from a file or a folder, in Self-Instruct's, Alpaca's or our own columns."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from tasks.containers import METADATA, SUFFIXES, UnreadableRecord, blocks, container_of, suffix_of
from tasks.core.errors import BadInput
from tasks.core.schema import stable_id

MOST: Final = 10_000
"""Seed tasks that are read; people write hundreds."""
MOST_GUIDELINES: Final = 20_000
"""Characters of guidelines: each request carries them."""
_INSTRUCTION: Final = ("instruction", "prompt", "question", "query")
_INPUT: Final = ("input", "context")
_OUTPUT: Final = ("response", "output", "answer", "completion")


class Instance(NamedTuple):
    """What a task is done on (often nothing), and the answer."""

    input: str
    output: str


@dataclass(frozen=True)
class SeedTask:
    """A task that a person wrote."""

    id: str
    instruction: str
    instances: tuple[Instance, ...]
    is_classification: bool
    where: str
    """File and line, for people."""


class SeedTasks(NamedTuple):
    """What was read."""

    tasks: list[SeedTask]
    guidelines: str
    """Markdown; empty where there are none."""
    unread: list[str]
    """Sentences about what could not be read."""


def read(path: Path, guidelines: Path | None = None) -> SeedTasks:
    """The tasks of a file, or of all files of a folder, in the order of their names. BadInput where there are none."""
    folder = path if path.is_dir() else None
    files = sorted(file for file in path.rglob("*") if _is_records(file)) if folder else [path]
    tasks: dict[str, SeedTask] = {}
    unread: list[str] = []
    for file in files:
        name = file.relative_to(path).as_posix() if folder else file.name
        for found in _tasks(file, name):
            if isinstance(found, str):
                unread.append(found)
            elif len(tasks) < MOST:
                tasks.setdefault(found.id, found)
    if not tasks:
        why = f" ({unread[0]})" if unread else ""
        raise BadInput(
            f"seed_tasks: {path} has no record with an `instruction` and a `response`, `output` or `instances`{why}; name a "
            "file or folder that has"
        )
    beside = folder / "guidelines.md" if folder else None
    chosen = guidelines or (beside if beside is not None and beside.is_file() else None)
    text = chosen.read_text("utf-8", "replace")[:MOST_GUIDELINES].strip() if chosen else ""
    return SeedTasks(list(tasks.values()), text, unread)


def examples(tasks: Iterable[SeedTask], with_input: bool, most: int) -> list[dict[str, str]]:
    """The instances of `tasks` with (or without) input that have at most `most` characters."""
    return [
        {"instruction": task.instruction, "input": one.input, "output": one.output}
        for task in tasks
        for one in task.instances
        if with_input == bool(one.input) and len(one.input) + len(one.output) <= most
    ]


def _is_records(file: Path) -> bool:
    return file.is_file() and not file.is_symlink() and suffix_of(file) in SUFFIXES and file.name not in METADATA


def _tasks(file: Path, name: str) -> Iterator[SeedTask | str]:
    """The tasks of a file, and a sentence for each record that is none."""
    try:
        container = container_of(file)
    except OSError as error:
        raise BadInput(f"seed_tasks: {file} cannot be read ({error.strerror})") from None
    for block in blocks(file, container) if container else ():
        for index, value in enumerate(block.values):
            where = f"{name}:{block.line(index)}"
            if isinstance(value, UnreadableRecord):
                yield f"{where}: {value.why}"
            elif isinstance(value, dict) and (task := _task(value, where)):
                yield task
            else:
                yield f"{where}: no instruction with an answer"


def _task(record: Mapping[str, Any], where: str) -> SeedTask | None:
    instruction = _text(record, _INSTRUCTION)
    given = record.get("instances")
    listed = given if isinstance(given, list) else [record]
    found = tuple(
        Instance(_text(one, _INPUT), _text(one, _OUTPUT))
        for one in listed
        if isinstance(one, dict) and _text(one, _OUTPUT)
    )
    if not instruction or not found:
        return None
    said = str(record.get("is_classification")).lower() in ("true", "1", "yes")
    kind = said or "classification" in _text(record, ("category",)).lower()
    id_ = _text(record, ("id", "example_id")) or stable_id("seed", instruction, *found[0])
    return SeedTask(id_, instruction, found, kind, where)


def _text(record: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The first of these values that is a text with something in it; Alpaca's word for no input counts as nothing."""
    found = next((value.strip() for name in names if isinstance(value := record.get(name), str) and value.strip()), "")
    return "" if found.lower() in ("<noinput>", "<no input>") else found
