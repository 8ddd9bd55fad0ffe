"""Examples as Arrow tables: columns gathered row by row and turned into batches, so that a million rows are never objects."""

import hashlib
import json
from operator import attrgetter
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core import schema as schemas
from tasks.imports.example import Example

BATCH: Final = 16_384
"""Rows that are Python objects at a time."""
TEXTS: Final = (
    *(
        "instruction",
        "reasoning",
        "response",
        "system",
        "history",
        "rejected",
        "score",
        "tools",
        "category",
        "topic",
        "difficulty",
    ),
    *("language", "expects", "constraints", "reference", "tests", "origin", "teacher", "licence", "operator"),
    "prompt_source",
)

_FORMER_FIELDS: Final = frozenset(("role", "content", "name", "tool_calls"))
_VALUES: Final = attrgetter(*TEXTS)


class Rows:
    """Rows of one file, gathered: `add` and `refuse`, and at the end `kept` and `rejected`."""

    def __init__(
        self,
        document_id: str,
        source: str,
        path: str,
        licence: str,
        origin: str,
        teacher: str | None,
        given_ids: set[str],
    ) -> None:
        """`given_ids`: ids that rows of files read before brought along; a row that brings one of them again gets a new one."""
        self.count = 0
        self.refused = 0
        self._document_id, self._source, self._path = document_id, source, path
        self._defaults = {"licence": licence, "origin": origin, "teacher": teacher}
        self._given_ids = given_ids
        self._records: list[int] = []
        self._ids: list[str] = []
        self._prefix = hashlib.sha256(schemas.stable_id("import", source, path).encode())
        self._examples: list[Example] = []
        self._batches: list[pa.Table] = []
        self._rejects: list[dict[str, Any]] = []
        self._rejected: list[pa.Table] = []

    def add(self, example: Example, record: int) -> None:
        """Take an example that was read from the record of this number."""
        self._examples.append(example)
        self._records.append(record)
        given = example.example_id
        if given is None or given in self._given_ids:
            digest = self._prefix.copy()
            digest.update(_written(example))
            self._ids.append(digest.hexdigest()[:32])
        else:
            self._given_ids.add(given)
            self._ids.append(given)
        self.count += 1
        if len(self._examples) == BATCH:
            self._flush()

    def refuse(self, record: int, line: int, reason: str, detail: str) -> None:
        """Take a record that holds no example."""
        self._rejects.append(
            {
                "example_id": schemas.stable_id("refused", self._source, self._path, str(record)),
                "parent_id": self._document_id,
                "source": self._source,
                "licence": self._defaults["licence"],
                "record": record,
                "method": "imported",
                "reason": reason,
                "detail": f"{self._path}:{line}: {detail}",
            }
        )
        self.refused += 1
        if len(self._rejects) == BATCH:
            self._rejected, self._rejects = [self.rejected()], []

    def kept(self) -> pa.Table:
        """The examples (schema.EXAMPLE). An id is a hash of the row's texts, source and path, not of its number, so that rows keep
        their ids when others are put before them; equal rows are numbered."""
        self._flush()
        table = pa.concat_tables([schemas.EXAMPLE.empty_table(), *self._batches])
        index = table.schema.get_field_index("example_id")
        return table.set_column(index, table.schema.field(index), _unique_ids(table.column(index)))

    def rejected(self) -> pa.Table:
        """The records that were refused, with `reason` and `detail`."""
        return pa.concat_tables(
            [*self._rejected, pa.Table.from_pylist(self._rejects, schema=schemas.rejected(schemas.EXAMPLE))]
        )

    def _flush(self) -> None:
        if not self._examples:
            return
        rows, count = self._examples, len(self._examples)
        columns: dict[str, pa.Array] = {}
        for name, values in zip(TEXTS, map(list, zip(*map(_VALUES, rows), strict=True)), strict=True):
            default = self._defaults.get(name)
            if default is not None:
                values = [default if value is None else value for value in values]
            columns[name] = pa.array(values, schemas.EXAMPLE.field(name).type)
        if self._defaults["teacher"]:  # a row that a person wrote has no teacher, whoever wrote the others
            human = pc.equal(columns["origin"], "human")
            columns["teacher"] = pc.if_else(human, pa.scalar(None, pa.string()), columns["teacher"])
        human = pc.equal(columns["origin"], "human")
        columns |= {
            "example_id": pa.array(self._ids, pa.string()),
            "parent_id": _same(self._document_id, count),
            "record": pa.array(self._records, pa.int64()),
            "source": _same(self._source, count),
            "method": _same("imported", count),
            "answer_method": pc.if_else(human, "human", "imported"),
            "generation": pc.coalesce(
                pa.array([row.generation for row in rows], pa.int32()), pc.if_else(human, 0, 1).cast(pa.int32())
            ),
        }
        self._batches.append(schemas.conform(pa.table(columns), schemas.EXAMPLE))
        self._examples, self._records, self._ids = [], [], []


def _written(example: Example) -> bytes:
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


def _unique_ids(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """`ids`, of which the second, third … of equal ones are hashed with their number."""
    codes = ids.combine_chunks().dictionary_encode()
    if len(codes.dictionary) == len(ids):
        return ids
    numbers = codes.indices.to_numpy()
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    first = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    starts = np.maximum.accumulate(np.where(first, np.arange(len(ordered)), 0))
    repeats = np.empty(len(ordered), np.int64)
    repeats[order] = np.arange(len(ordered)) - starts
    values = ids.to_pylist()
    for row in np.flatnonzero(repeats).tolist():
        values[row] = schemas.stable_id(values[row], str(repeats[row]))
    return pa.chunked_array([pa.array(values, pa.string())])


def _same(value: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), count)
