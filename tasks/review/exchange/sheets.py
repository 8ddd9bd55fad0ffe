"""Tables for a spreadsheet: CSV, XLSX and JSON Lines, one row to a line.

What leads back to the row, its texts, what is worth seeing, then empty columns for the person: decision, reason, preferred, note,
and a column for each criterion. A changed text is an edit. A text that a spreadsheet would run begins with an apostrophe, as in
exports.
"""

import csv
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from tasks.core.errors import BadInput
from tasks.review.decisions import EDITABLE, Decision
from tasks.review.exchange.review_task import CONTEXT, IDENTITY, Level, Returned, ReviewTask
from tasks.text.spreadsheet_cells import LINE_BREAKS, guarded, unguarded

ANSWERS: Final = ("decision", "reason", "preferred", "note")
CRITERION: Final = "level of "
"""Before the name of a criterion: the head of its column."""
_LONGEST: Final = 32_767
"""Characters that a cell of XLSX holds; more are cut off without a word (Excel specifications and limits)."""
_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
"""Characters that XML cannot hold, and what XLSX writes in place of them, which would come back as such a character."""
_LARGEST: Final = 2 * 1024**3
"""Unpacked bytes of a workbook that is opened."""


def columns(criteria: Iterable[str]) -> list[str]:
    """The heads of a sheet, in order."""
    levels = [f"{CRITERION}{name}" for name in criteria]
    return [*IDENTITY, *EDITABLE, *CONTEXT, "verdicts", "decided", *ANSWERS, *levels]


def write_csv(tasks: Iterable[ReviewTask], path: Path, criteria: Sequence[str]) -> None:
    """A CSV file as spreadsheets read it: UTF-8 with its mark."""
    with path.open("x", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns(criteria), restval="", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows({name: guarded(value) for name, value in _line(task).items()} for task in tasks)


def write_jsonl(tasks: Iterable[ReviewTask], path: Path, criteria: Sequence[str]) -> None:
    """JSON Lines; `decided` is the list of all decisions that stand, whole."""
    empty = dict.fromkeys(columns(criteria), "")
    with path.open("x", encoding="utf-8", newline="") as file:
        for task in tasks:
            decided = [one.model_dump(mode="json", exclude_defaults=True) for one in task.decisions]
            line = json.dumps(empty | _line(task) | {"decided": decided}, ensure_ascii=False)
            file.write(line.translate(LINE_BREAKS) + "\n")


def write_xlsx(tasks: Iterable[ReviewTask], path: Path, criteria: Sequence[str]) -> None:
    """A workbook with one sheet. A text that no cell can hold is replaced by a note of its length, which is no edit."""
    openpyxl = _openpyxl()
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("review")
    sheet.freeze_panes = "A2"
    heads = columns(criteria)
    sheet.append(heads)
    for task in tasks:
        line = _line(task)
        sheet.append([_cell(line.get(name, "")) for name in heads])
    with path.open("xb") as file:
        book.save(file)


def read_csv(path: Path, reviewer: str, _tasks: Mapping[str, ReviewTask]) -> Iterator[Returned]:
    """What a person wrote into a CSV file; columns may be separated by comma, semicolon or tab, as spreadsheets save them."""
    csv.field_size_limit(2**30)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            file.seek(0)
            comma = max(",;\t", key=head.count)
            for number, values in enumerate(csv.DictReader(file, delimiter=comma, strict=True), 2):
                cells = {name: unguarded(value) for name, value in values.items() if name and isinstance(value, str)}
                yield _returned(f"row {number}", cells, reviewer)
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path.name}: cannot be read as CSV in UTF-8: {error}; save it as `CSV UTF-8`") from None


def read_jsonl(path: Path, reviewer: str, _tasks: Mapping[str, ReviewTask]) -> Iterator[Returned]:
    """What a person, or a program, wrote into JSON Lines."""
    try:
        lines = path.read_text("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name}: not UTF-8: {error.reason}") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                values = json.loads(line)
            except ValueError as error:
                raise BadInput(f"{path.name}, line {number}: no JSON: {error}") from None
            if not isinstance(values, dict):
                raise BadInput(f"{path.name}, line {number}: not an object")
            yield _returned(f"line {number}", values, reviewer)


def read_xlsx(path: Path, reviewer: str, tasks: Mapping[str, ReviewTask]) -> Iterator[Returned]:
    """What a person wrote into the first sheet of a workbook. Formulas are read as the texts that they are."""
    heads, *lines = _lines(path) or [()]
    for number, line in enumerate(lines, 2):
        cells = {_text(head): unguarded(_text(value)) for head, value in zip(heads, line, strict=False) if head}
        task = tasks.get(cells.get("example_id", ""))
        kept = {
            name: value for name, value in cells.items() if not (task and _is_placeholder(value, task.texts.get(name)))
        }
        if any(cells.values()):
            yield _returned(f"row {number}", kept, reviewer)


def _lines(path: Path) -> list[tuple[Any, ...]]:
    openpyxl = _openpyxl()
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > _LARGEST:
                raise BadInput(f"{path.name}: larger than 2 GB when unpacked; split it")
        book = openpyxl.load_workbook(path, read_only=True)
        with closing(book):
            return list(book.worksheets[0].iter_rows(values_only=True))
    except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
        raise BadInput(f"{path.name}: cannot be read as XLSX: {error}") from None


def _line(task: ReviewTask) -> dict[str, str]:
    decided = "\n".join(_decided(one) for one in task.decisions)
    return task.identity | task.texts | task.context | {"decided": decided}


def _decided(one: Decision) -> str:
    what = one.reason or one.preferred
    return f"{one.reviewer}: {one.word}{f' ({what})' if what else ''}"


def _returned(where: str, cells: Mapping[str, Any], reviewer: str) -> Returned:
    decision, reason, preferred, note = (str(cells.get(name) or "").strip() for name in ANSWERS)
    levels = {
        name.removeprefix(CRITERION): _level(value)
        for name, value in cells.items()
        if name.startswith(CRITERION) and str(value).strip()
    }
    identity = {name: str(cells.get(name) or "") for name in IDENTITY}
    texts = {name: value for name in EDITABLE if isinstance(value := cells.get(name), str)}
    return Returned(where, reviewer, identity, decision, texts, reason, preferred, levels, note)


def _level(value: Any) -> Level:
    """A level: a whole number, also where a spreadsheet made 4.0 of it, or a word."""
    text = str(value).strip().removesuffix(".0")
    return int(text) if text.isdecimal() else text


def _cell(text: str) -> str:
    guard = guarded(text)
    unfit = len(guard) > _LONGEST or _UNFIT.search(guard)
    return _placeholder(text) if unfit else guard


def _placeholder(text: str) -> str:
    return f"[{len(text):,} characters that a cell cannot hold: change them elsewhere]"


def _is_placeholder(cell: str, text: str | None) -> bool:
    return text is not None and cell == _placeholder(text)


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _openpyxl() -> Any:
    try:
        import openpyxl
    except ImportError:
        raise BadInput("XLSX needs openpyxl: pip install 'instructory[office]', or use --for csv") from None
    return openpyxl


WRITERS: Final[dict[str, Callable[[Iterable[ReviewTask], Path, Sequence[str]], None]]] = {
    "csv": write_csv,
    "jsonl": write_jsonl,
    "xlsx": write_xlsx,
}
READERS: Final[dict[str, Callable[[Path, str, Mapping[str, ReviewTask]], Iterator[Returned]]]] = {
    "csv": read_csv,
    "jsonl": read_jsonl,
    "xlsx": read_xlsx,
}
