"""Review tasks as files of other programs, and what people did there read back: one function each, whatever the program."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tasks.core.errors import BadInput
from tasks.review.exchange import argilla, label_studio, label_studio_config, sheets
from tasks.review.exchange.people import People
from tasks.review.exchange.review_task import ALWAYS, Level, Returned, ReviewTask
from tasks.store.files import replaced

FORMS: Final = ("label-studio", "argilla", *sheets.WRITERS)
_PROGRAMS: Final = {
    "label-studio": (label_studio.write, label_studio_config.config, ".config.xml"),
    "argilla": (argilla.write, argilla.settings, ".settings.json"),
}
"""How tasks are written for a program, and what it has to know of them, in a file with this ending beside them."""
Write = Callable[[Path], None]


def export(
    tasks: Iterable[ReviewTask], form: str, out: Path, people: People, scales: Mapping[str, Sequence[Level]]
) -> list[Path]:
    """Write tasks to `out`, in place of a file that is there in one step at the end; returns what was written. Beside the tasks for
    Label Studio lies the labeling configuration, beside those for Argilla the settings of the dataset. `scales`: the levels of the
    criteria that people are asked about.

    Raises BadInput where the form needs a package that is not there; InstructoryError where `out` cannot be written.
    """
    if form in _PROGRAMS:
        columns: set[str] = set()
        write, describe, ending = _PROGRAMS[form]
        _replaced(out, lambda path: write(_noting(tasks, columns), path, people))
        beside = out.with_name(out.stem + ending)
        return [out, _replaced(beside, lambda path: _text(path, describe(scales, columns)))]
    return [_replaced(out, lambda path: sheets.WRITERS[form](tasks, path, list(scales)))]


def read(path: Path, reviewer: str, people: People, tasks: Mapping[str, ReviewTask]) -> Iterator[Returned]:
    """What people said in a file. Of sheets, `reviewer` is the person; files of programs name theirs. BadInput for others."""
    if (form := path.suffix.lower().lstrip(".")) in sheets.READERS:
        if not reviewer:
            raise BadInput(f"{path.name}: a sheet does not say whose it is; name them with --reviewer NAME")
        return sheets.READERS[form](path, reviewer, tasks)
    if form != "json":
        raise BadInput(f"{path.name}: read are .csv, .xlsx, .jsonl, and .json of Label Studio or Argilla")
    with path.open(encoding="utf-8", errors="replace") as file:
        begins = file.read(4096)
    is_argilla = '"fields"' in begins and '"data"' not in begins
    return argilla.read(path, people) if is_argilla else label_studio.read(path, people)


def _noting(tasks: Iterable[ReviewTask], columns: set[str]) -> Iterator[ReviewTask]:
    """The tasks, while `columns` becomes those that hold a text in one of them; instruction and response always do."""
    columns |= set(ALWAYS)
    for task in tasks:
        columns |= {name for name, text in task.texts.items() if text}
        yield task


def _replaced(out: Path, write: Write) -> Path:
    with replaced(out) as temporary:
        write(temporary)
    return out


def _text(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
