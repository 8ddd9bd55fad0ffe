"""Examples as Arrow tables: columns gathered row by row and turned into batches, so that a million rows are never objects."""

import hashlib
import json
from collections import Counter
from operator import attrgetter
from typing import Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core import schema as schemas
from tasks.core.schema import Row
from tasks.imports.batches import BatchFile
from tasks.imports.example import Example

BATCH: Final = 16_384
"""Rows that are Python objects at a time."""
BATCH_CHARACTERS: Final = 32 << 20
"""Characters of them, unless a single row is longer."""
REJECTED: Final = schemas.rejected(schemas.EXAMPLE)
TEXTS: Final = (
    "instruction", "reasoning", "response", "system", "history", "rejected", "score", "tools", "category", "topic",
    "difficulty", "language", "expects", "constraints", "reference", "tests", "origin", "teacher", "licence", "operator",
    "prompt_source",
)  # fmt: skip

_FORMER_FIELDS: Final = frozenset(("role", "content", "name", "tool_calls"))
_VALUES: Final = attrgetter(*TEXTS)


class Rows:
    """Rows of one file, gathered: `add` and `refuse`, then `end`, and when all files have ended `kept` and `rejected`."""

    def __init__(self, file: Row, origin: str, teacher: str | None, given_ids: set[str], batches: BatchFile) -> None:
        """`file`: of schema.INVENTORY; `origin`, `teacher`: of rows that do not say; `given_ids`: ids that rows of files read
        before brought along, of which a row that brings one again gets a new one; `batches`: where the rows are gathered."""
        self.count = 0
        self.refused = 0
        self.licences: Counter[str] = Counter()
        """How many rows have each licence, of those that are written."""
        self._file = file
        self._defaults = {"licence": file["licence"], "origin": origin, "teacher": teacher}
        self._given_ids = given_ids
        self._prefix = hashlib.sha256(schemas.stable_id("import", file["source"], file["path"]).encode())
        self._batches = batches
        self._written: list[list[int]] = []
        self._refusals: list[list[int]] = []
        self._keys = bytearray()
        self._held = 0
        self._records: list[int] = []
        self._ids: list[str] = []
        self._examples: list[Example] = []
        self._rejects: list[Row] = []

    def add(self, example: Example, record: int) -> None:
        """Take an example that was read from the record of this number."""
        self._examples.append(example)
        self._records.append(record)
        given = example.example_id
        if given is None or given in self._given_ids:
            digest = self._prefix.copy()
            digest.update(_bytes_of(example))
            given = digest.hexdigest()[:32]
        else:
            self._given_ids.add(given)
        self._ids.append(given)
        self._keys += _key(given)
        self.count += 1
        self._held += _characters(example)
        if len(self._examples) == BATCH or self._held > BATCH_CHARACTERS:
            self._flush()

    def refuse(self, record: int, line: int, reason: str, detail: str) -> None:
        """Take a record that holds no example."""
        self._rejects.append(
            {
                "example_id": schemas.stable_id("refused", self._file["source"], self._file["path"], str(record)),
                "parent_id": self._file["document_id"],
                "source": self._file["source"],
                "licence": self._defaults["licence"],
                "record": record,
                "method": "imported",
                "reason": reason,
                "detail": f"{self._file['path']}:{line}: {detail}",
            }
        )
        self.refused += 1
        if len(self._rejects) == BATCH:
            self._flush_refusals()

    def end(self) -> None:
        """Write what is left. An id is a hash of the row's texts, source and path, not of its number, so that rows keep their ids
        when others are put before them; here equal rows are numbered."""
        self._flush()
        self._flush_refusals()
        repeats, self._keys = _repeats(self._keys), bytearray()
        row = 0
        for numbers in self._written if repeats.any() else ():
            ids = self._batches.column(numbers[0], "example_id")
            here = repeats[row : row + len(ids)]
            if here.any():
                values = ids.to_pylist()
                for index in np.flatnonzero(here).tolist():
                    values[index] = schemas.stable_id(values[index], str(here[index]))
                numbers.append(self._batches.put(pa.record_batch({"example_id": pa.array(values, pa.string())})))
            row += len(ids)

    def kept(self) -> pa.Table:
        """The examples (schema.EXAMPLE)."""
        return self._batches.table(self._written, schemas.EXAMPLE)

    def rejected(self) -> pa.Table:
        """The records that were refused, with `reason` and `detail`."""
        return self._batches.table(self._refusals, REJECTED)

    def _flush(self) -> None:
        if not self._examples:
            return
        rows, count = self._examples, len(self._examples)
        columns: dict[str, pa.Array] = {}
        for name, values in zip(TEXTS, map(list, zip(*map(_VALUES, rows), strict=True)), strict=True):
            default = self._defaults.get(name)
            if default is not None:
                values = [default if value is None else value for value in values]
            if name == "licence":
                self.licences.update(values)
            columns[name] = pa.array(values, schemas.EXAMPLE.field(name).type)
        if self._defaults["teacher"]:  # a row that a person wrote has no teacher, whoever wrote the others
            human = pc.equal(columns["origin"], "human")
            columns["teacher"] = pc.if_else(human, pa.scalar(None, pa.string()), columns["teacher"])
        human = pc.equal(columns["origin"], "human")
        columns |= {
            "example_id": pa.array(self._ids, pa.string()),
            "parent_id": _same(self._file["document_id"], count),
            "record": pa.array(self._records, pa.int64()),
            "source": _same(self._file["source"], count),
            "method": _same("imported", count),
            "answer_method": pc.if_else(human, "human", "imported"),
            "generation": pc.coalesce(
                pa.array([row.generation for row in rows], pa.int32()), pc.if_else(human, 0, 1).cast(pa.int32())
            ),
        }
        self._written.append([self._put(pa.table(columns), schemas.EXAMPLE)])
        self._examples, self._records, self._ids, self._held = [], [], [], 0

    def _flush_refusals(self) -> None:
        if self._rejects:
            self._refusals.append([self._put(pa.Table.from_pylist(self._rejects, REJECTED), REJECTED)])
            self._rejects = []

    def _put(self, table: pa.Table, schema: pa.Schema) -> int:
        (batch,) = schemas.conform(table, schema).to_batches()
        return self._batches.put(batch)


def _characters(example: Example) -> int:
    """How long a row is, more or less."""
    turns = sum(len(turn["content"] or "") for turn in example.history or ())
    return len(example.instruction) + len(example.response) + len(example.rejected or "") + turns


def _key(example_id: str) -> bytes:
    """The 16 bytes of an id that is a hash, as ours are; of another, those of its hash."""
    try:
        key = bytes.fromhex(example_id)
    except ValueError:
        key = b""
    return key if len(key) == 16 and key.hex() == example_id else bytes.fromhex(schemas.stable_id(example_id))


def _bytes_of(example: Example) -> bytes:
    """What a row says, in one form. Fields that earlier versions did not know count only where they say something, so that rows
    imported again keep their ids."""
    history = example.history and [
        {name: value for name, value in turn.items() if value is not None or name in _FORMER_FIELDS}
        for turn in example.history
    ]
    texts = (example.system, history, example.instruction, example.response, example.rejected, example.score)
    try:
        return orjson.dumps((*texts, example.tools, *([example.reasoning] if example.reasoning else ())))
    except TypeError:  # half a character, or a value orjson has no word for
        return json.dumps([*texts, example.tools], default=str).encode()


def _repeats(keys: bytearray) -> np.ndarray:
    """For each row, by its key of 16 bytes, how many equal ones stand before it."""
    halves = np.frombuffer(keys, np.uint64).reshape(-1, 2)
    order = np.lexsort((halves[:, 1], halves[:, 0]))
    first = np.ones(len(order), bool)
    for half in halves.T:
        ordered = half[order]
        first[1:] &= ordered[1:] == ordered[:-1]
    first[1:] = ~first[1:]
    numbers = np.arange(len(order), dtype=np.int32)
    repeats = np.empty(len(order), np.int32)
    repeats[order] = numbers - np.maximum.accumulate(np.where(first, numbers, 0))
    return repeats


def _same(value: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), count)
