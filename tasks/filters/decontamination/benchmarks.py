"""Benchmark files read as items: a question, or an answer, that no training row may hold.

JSONL, JSON, CSV and TSV (also packed), with the column names that benchmarks use; a CSV without a header is read as MMLU's own
files are: question, choices, answer letter.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tasks.containers import UnreadableRecord, blocks
from tasks.containers.streams import CutShort, unpacked
from tasks.core.errors import BadInput

QUESTIONS: Final = (
    "question", "prompt", "instruction", "problem", "query", "user_query", "turns", "body", "text", "context", "ctx", "passage",
    "goal", "sentence", "input", "context_options",
)  # fmt: skip
ANSWERS: Final = (
    "answer", "response", "output", "canonical_solution", "solution", "code", "completion", "target", "rationale",
    "best answer", "best_answer", "reference", "explanation", "choices",
)  # fmt: skip
_SAID: Final = ("content", "value", "text", "turns")
IDS: Final = ("task_id", "question_id", "id", "qid", "ind", "index", "idx")

_SUFFIXES: Final = (".jsonl", ".json", ".csv", ".tsv")
_LISTS: Final = ("examples", "data", "items", "questions", "rows")
_LONGEST_FIELD: Final = 1 << 27


@dataclass(frozen=True)
class BenchmarkItem:
    """One text of a benchmark. `benchmark` is folder/file, `item` the id the file gives it, else #record from 1."""

    benchmark: str
    item: str
    side: str
    """question or answer."""
    text: str


def read(paths: Iterable[Path]) -> list[BenchmarkItem]:
    """The items of every file, and of every file below every folder, in sorted order.

    Raises BadInput for a path that isn't there, a file that can't be read, and a path that holds no items.
    """
    items: list[BenchmarkItem] = []
    for path in paths:
        found = [item for file, name in _files(path) for item in _items(file, name)]
        if not found:
            raise BadInput(
                f"{path}: no benchmark items in it; need .jsonl, .json, .csv or .tsv with a column such as 'question'"
            )
        items += found
    return items


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if _suffix(file) in _SUFFIXES:
                yield file, f"{path.name}/{_bare(file.relative_to(path))}"
    elif path.is_file():
        yield path, f"{path.resolve().parent.name}/{_bare(Path(path.name))}"
    else:
        raise BadInput(f"{path}: no such benchmark file or folder; correct filters.contamination.benchmarks")


def _suffix(file: Path) -> str:
    return Path(file.name.removesuffix(".gz")).suffix.lower()


def _bare(file: Path) -> str:
    return Path(file.as_posix().removesuffix(".gz")).with_suffix("").as_posix()


def _items(file: Path, benchmark: str) -> Iterator[BenchmarkItem]:
    for number, record in enumerate(_records(file), 1):
        fields = {str(key).strip().lower(): value for key, value in record.items()}
        name = next((str(fields[key]) for key in IDS if fields.get(key) not in (None, "")), f"#{number}")
        for text in _sides(fields, QUESTIONS):
            yield BenchmarkItem(benchmark, name, "question", text)
        for text in _sides(fields, ANSWERS):
            yield BenchmarkItem(benchmark, name, "answer", text)


def _sides(fields: dict[str, Any], columns: tuple[str, ...]) -> list[str]:
    texts = (text for column in columns for text in _texts(fields.get(column), column != "choices"))
    return list(dict.fromkeys(text for text in texts if text.strip()))


def _texts(value: Any, plain: bool = True) -> Iterator[str]:
    """The texts of a field: itself, those of a list, or what turns say, as Arena-Hard's {"content": …}. Not `plain`: of a list
    those in objects only, since the choices of most benchmarks are no answers, but MT-Bench's references are kept there."""
    if isinstance(value, str) and plain:
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, plain)
    elif isinstance(value, dict):
        for key in _SAID:
            yield from _texts(value.get(key))


def _records(file: Path) -> Iterator[dict[str, Any]]:
    match _suffix(file):
        case ".jsonl" | ".json" as suffix:
            yield from _objects(file, suffix.removeprefix("."))
        case suffix:
            text = _decoded(file)
            yield from _table(text, file, "\t" if suffix == ".tsv" else _delimiter(text))


def _objects(file: Path, container: str) -> Iterator[dict[str, Any]]:
    """The records of a JSON file, or those of the list in the one object that it is."""
    for block in blocks(file, container):
        records = [(record, block.line(index)) for index, record in enumerate(block.values)]
        if container == "json" and block.first == 0 and len(records) == 1 and isinstance(whole := records[0][0], dict):
            listed = next((whole[key] for key in _LISTS if isinstance(whole.get(key), list)), [whole])
            records = [(record, 1) for record in listed]
        for record, line in records:
            if not isinstance(record, dict):
                why = record.why if isinstance(record, UnreadableRecord) else "not a JSON object"
                raise BadInput(f"{file}, line {line}: {why}; correct the line or leave the file out")
            yield record


def _delimiter(text: str) -> str:
    """Of a CSV: a semicolon where its first line has more of them than commas, as spreadsheets in much of Europe write."""
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def _table(text: str, file: Path, delimiter: str) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    except csv.Error as error:
        raise BadInput(f"{file}: not a readable table ({error}); correct the file or leave it out") from error
    if not rows:
        return
    header = [name.strip().lower() for name in rows[0]]
    if not set(header) & {*QUESTIONS, *ANSWERS}:
        rows, header = [header, *rows], ["question", *(f"choice{n}" for n in range(len(header) - 2)), "letter"]
    for row in rows[1:]:
        yield dict(zip(header, row, strict=False))


def _decoded(file: Path) -> str:
    try:
        with unpacked(file) as stream:
            data = b"".join(iter(lambda: stream.read(1 << 20), b""))
    except (OSError, CutShort) as error:
        raise BadInput(f"{file}: cannot be read ({error}); correct filters.contamination.benchmarks") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
