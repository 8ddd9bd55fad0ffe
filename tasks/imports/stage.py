"""The second stage of an import: the files' records become rows, or are refused with file and line."""

import itertools
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.containers import RecordBlock, UnreadableRecord, blocks
from tasks.core import schema as schemas
from tasks.core.errors import BadInput
from tasks.core.licences import terms_of
from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import Row
from tasks.imports.batches import BatchFile
from tasks.imports.datasets.stage import container_in, licence_source, name_of
from tasks.imports.example import Record, UnusableError
from tasks.imports.formats import FORMATS, agent_session, bfcl
from tasks.imports.known import known
from tasks.imports.layout import handed_over, unwrapped
from tasks.imports.params import Dataset, Imports
from tasks.imports.reading import RecordReader, without_nulls
from tasks.imports.recognise import Recognised, UnrecognisedError, conventions_of, recognise
from tasks.imports.rows import REJECTED, Rows

DECIDING: Final = 1000
"""Rows that decide on a file's format, scale and way of naming choices, or as many as there are in MOST_DECIDING blocks."""
MOST_DECIDING: Final = 8
MOST_REFUSED: Final = 100_000
"""Records that are refused one by one while they are nine of ten: a file of nothing but such would fill the memory with reasons."""


def compute(files: pa.Table, params: Imports, limit: int | None, tools: Tools) -> Outcome:
    """schema.INVENTORY rows of dataset files → their rows, schema.EXAMPLE; of all that can be kept, the first `limit`.

    Rejected: `malformed_record`, `empty` (a conversation without question or answer) and `disliked`, the detail beginning with
    file and line; `licence_refused`. `facts`: per file its format and why, its licence, rows, refusals and unread columns;
    `notes` and `warnings`, sentences for the person who started the build. A file whose format nobody recognises is rejected
    where it lies in a folder with others, and is BadInput where no file is recognised.
    """
    with tools.scratch() as file:
        return _imported(files.to_pylist(), params, limit, tools, BatchFile(file))


def _imported(found: list[Row], params: Imports, limit: int | None, tools: Tools, batches: BatchFile) -> Outcome:
    total = sum(file["raw_bytes"] for file in found)
    read: list[Rows] = []
    facts: list[dict[str, Any]] = []
    looked_at: set[str] = set()
    given_ids: set[str] = set()
    unrecognised: dict[str, str] = {}
    done = taken = 0
    for file in found:
        left = None if limit is None else limit - taken
        if left == 0:
            break
        looked_at.add(file["document_id"])
        try:
            rows, recognised, unread = _read(file, _partner(file, found), params, left, tools, given_ids, batches)
        except UnrecognisedError as problem:
            unrecognised[file["document_id"]] = str(problem)
            rows = None
        if rows is not None:
            rows.end()
            read.append(rows)
            good = sum(n for licence, n in rows.licences.items() if _let_in(licence, params))
            taken += good
            facts.append(
                _facts(file, _dataset_of(file, params), recognised, good, rows.refused + rows.count - good)
                | {"unread": unread}
            )
        done += file["raw_bytes"]
        tools.progress(done, total)
    if unrecognised and (
        not facts or any(_is_alone(file, found) for file in found if file["document_id"] in unrecognised)
    ):
        raise BadInput(next(iter(unrecognised.values())))
    kept, rejected = [schemas.EXAMPLE.empty_table()], [REJECTED.empty_table()]
    for rows in read:
        good_rows, refused = _by_licence(rows.kept(), params)
        kept.append(good_rows)
        rejected += [rows.rejected(), refused]
    parents = {parent for table in (*kept, *rejected) for parent in pc.unique(table["parent_id"]).to_pylist()}
    without = [file for file in found if file["document_id"] not in parents]
    rejected.append(_without_rows(without, found, looked_at, unrecognised))
    statements = {
        "files": {fact["path"]: fact for fact in facts},
        "notes": [_note(fact) for fact in facts],
        "warnings": [
            *(f"not read: {problem}" for problem in unrecognised.values()),
            *(_warning(fact) for fact in facts if fact["use"] != "commercial" and fact["rows"]),
        ],
    }
    return Outcome.of(schemas.EXAMPLE, pa.concat_tables(kept), pa.concat_tables(rejected), facts=statements)


def _is_alone(file: Row, found: list[Row]) -> bool:
    return not any(other["source"] == file["source"] for other in found if other is not file)


def _without_rows(files: list[Row], found: list[Row], looked_at: set[str], unrecognised: dict[str, str]) -> pa.Table:
    """The files that no row came from, each with the reason: a file that nobody accounts for would be a loss."""
    rejected = []
    for file in files:
        reason, detail = _why_without(file, found, looked_at)
        if problem := unrecognised.get(file["document_id"]):
            reason, detail = "no_format", problem.removeprefix(f"{file['path']}: ")
        rejected.append(
            {
                "example_id": file["document_id"],
                "source": file["source"],
                "licence": file["licence"],
                "method": "imported",
                "reason": reason,
                "detail": f"{file['path']}: {detail}",
            }
        )
    return pa.Table.from_pylist(rejected, schema=REJECTED)


def _why_without(file: Row, found: list[Row], looked_at: set[str]) -> tuple[str, str]:
    if file["document_id"] not in looked_at:
        return "surplus", "not read, there were rows enough without it"
    partner = _partner(file, found)
    if partner is not None and bfcl.holds_answers(file["path"]):
        return "read_beside", f"its records were joined to those of {partner['path']}"
    return "empty_document", "it holds no record"


def _read(
    file: Row,
    partner: Row | None,
    params: Imports,
    limit: int | None,
    tools: Tools,
    given_ids: set[str],
    batches: BatchFile,
) -> tuple[Rows | None, Recognised, list[str]]:
    """The rows of one file (None for one that is read beside another), its format, and its columns that are not read."""
    dataset = _dataset_of(file, params)
    stream = unwrapped(_blocks(file, dataset, tools))
    first = _first_blocks(stream)
    values = [value for block in first for value in block.values]
    recognised, conventions = recognise(values, dataset, file["path"]), conventions_of(values, dataset)
    del values
    records: Iterator[RecordBlock] = itertools.chain(handed_over(first), stream)
    if recognised.name == "bfcl" and partner is not None:
        if bfcl.holds_answers(file["path"]):
            return None, recognised, []
        answers = {
            value.get("id"): value
            for block in _blocks(partner, dataset, tools)
            for value in block.values
            if isinstance(value, dict)
        }
        records = (_joined(block, answers) for block in records)
    if recognised.name == "agent_session":
        if not params.personal_data_filtered:
            raise BadInput(
                f"{file['path']}: sessions of a coding agent are read only where personal data is filtered; set "
                "filters.pii.enabled: true, and filters.pii.action: redact or drop"
            )
        records = agent_session.sessions(records)
    form, listed = FORMATS[recognised.name], known(file["source"], Path(file["path"]).name)
    origin = dataset.origin if dataset.origin != "auto" else listed.origin if listed else form.origin
    teacher = listed.teacher if listed and origin == "synthetic" else None
    rows = Rows(file, origin, teacher, given_ids, batches)
    reader = RecordReader(form, conventions)
    most = min((n for n in (limit, dataset.max_rows) if n is not None), default=None)
    for block in records:
        for index, value in enumerate(block.values):
            if rows.count == most:
                return rows, recognised, reader.columns.unread
            _take(rows, reader, value, block, index)
            if rows.refused >= MOST_REFUSED and rows.refused > 9 * rows.count:
                read = block.first + index + 1
                rest = f"the rest of the file is not read: {rows.refused:,} of its first {read:,} records were refused"
                rows.refuse(read, block.line(index), "malformed_record", rest)
                return rows, recognised, reader.columns.unread
    return rows, recognised, reader.columns.unread


def _first_blocks(stream: Iterator[RecordBlock]) -> deque[RecordBlock]:
    """Blocks until they hold enough rows to decide how all are read: a block can be a single one."""
    blocks: deque[RecordBlock] = deque()
    while sum(len(block.values) for block in blocks) < DECIDING and len(blocks) < MOST_DECIDING:
        block = next(stream, None)
        if block is None:
            break
        blocks.append(block)
    return blocks


def _dataset_of(file: Row, params: Imports) -> Dataset:
    return next(dataset for dataset in params.datasets if name_of(dataset) == file["source"])


def _blocks(file: Row, dataset: Dataset, tools: Tools) -> Iterator[RecordBlock]:
    try:
        container = container_in(file["media_type"])
        found = blocks(tools.raw_path(file["raw_sha256"]), container, dataset.encoding)
        yield from without_nulls(found) if container in ("parquet", "arrow") else found
    except BadInput as problem:
        raise BadInput(f"{file['path']}: {problem}") from None


def _take(rows: Rows, reader: RecordReader, value: Any, block: RecordBlock, index: int) -> None:
    """Add the examples of one record to `rows`, or refuse it with a reason."""
    record = block.first + index
    try:
        if isinstance(value, UnreadableRecord):
            raise UnusableError("malformed_record", value.why)
        for example in reader.examples(value):  # all of them, or none
            rows.add(example, record)
    except UnusableError as problem:
        rows.refuse(record, block.line(index), problem.reason, problem.detail)
    except (TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
        why = f"not as {reader.form.title} has it: {type(error).__name__} {error}"[:160]
        rows.refuse(record, block.line(index), "malformed_record", why)


def _partner(file: Row, files: list[Row]) -> Row | None:
    """The other file of a pair, if it is there."""
    paths = {path.as_posix() for path in bfcl.companions(Path(file["path"]))}
    return next((other for other in files if other["source"] == file["source"] and other["path"] in paths), None)


def _joined(block: RecordBlock, answers: dict[Any, Record]) -> RecordBlock:
    values = [
        {**value, **answers.get(value.get("id"), {})} if isinstance(value, dict) else value for value in block.values
    ]
    return RecordBlock(block.first, values, block.ends_at, block.line)


def _let_in(licence: str, params: Imports) -> bool:
    return params.licences == "any" or terms_of(licence).use == "commercial"


def _by_licence(rows: pa.Table, params: Imports) -> tuple[pa.Table, pa.Table]:
    """The rows that the recipe's rule about licences lets in, and the others with their reason."""
    if params.licences == "any":
        return rows, REJECTED.empty_table()
    names = pc.unique(rows.column("licence")).to_pylist()
    good = pa.array([name for name in names if _let_in(name, params)], pa.string())
    let_in = pc.is_in(rows.column("licence"), value_set=good)
    refused = rows.filter(pc.invert(let_in))
    detail = pc.binary_join_element_wise(refused.column("licence"), "allows no commercial use, or none is known", ": ")
    reason = pa.repeat(pa.scalar("licence_refused"), refused.num_rows)
    refused = refused.append_column("reason", reason).append_column("detail", detail)
    return rows.filter(let_in), refused.cast(REJECTED)


def _facts(file: Row, dataset: Dataset, recognised: Recognised, rows: int, refused: int) -> dict[str, Any]:
    licence = file["licence"]
    return {
        "path": file["path"],
        "source": file["source"],
        "format": recognised.name,
        "because": recognised.because,
        "licence": licence,
        "licence_from": licence_source(dataset, file["source"], file["path"], licence),
        "use": terms_of(licence).use,
        "rows": rows,
        "refused": refused,
    }


def _note(fact: dict[str, Any]) -> str:
    form = FORMATS[fact["format"]].title
    refused = f", {fact['refused']:,} refused" if fact["refused"] else ""
    unread = f"; columns not read: {', '.join(map(str, fact['unread']))}" if fact["unread"] else ""
    return f"{fact['path']}: {form}, {fact['because']}; {fact['rows']:,} rows{refused}; {fact['licence_from']}{unread}"


def _warning(fact: dict[str, Any]) -> str:
    why = (
        f"{fact['licence']} allows no commercial use" if fact["use"] == "non-commercial" else "its licence is not known"
    )
    return (
        f"{fact['path']}: {why}, and {fact['rows']:,} rows of it would enter the release; "
        "`licences: commercial-only` refuses them"
    )
