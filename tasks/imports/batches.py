"""Arrow batches in a temporary file: what is gathered of a file with millions of rows takes the memory of one batch."""

import mmap
from collections.abc import Sequence
from typing import IO, Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.errors import InstructoryError

ALIGNED: Final = 64
"""Bytes at whose multiples a batch begins, so that Arrow reads its columns where they lie."""
LONGEST_SHARED: Final = 200
"""Characters of a text that is kept in memory because a whole batch says the same."""


class _Location(NamedTuple):
    """Where a batch is."""

    start: int
    size: int
    shared: dict[str, pa.Array]
    """Columns that are not in the file."""


class BatchFile:
    """Batches are written as they come, and read where they lie in the file: the system takes their memory back when it needs it.

    A column in which all rows of a batch say the same is kept in memory, once for all batches of that length, and not written.
    """

    def __init__(self, file: IO[bytes]) -> None:
        """`file`: empty, open for reading and writing. Tables stay whole when it is closed."""
        self._file = file
        self._size = 0
        self._locations: list[_Location] = []
        self._shared: dict[tuple[pa.DataType, Any, int], pa.Array] = {}
        self._mapped = pa.py_buffer(b"")

    def put(self, batch: pa.RecordBatch) -> int:
        """Write a batch of at least one row; returns the number under which it is read. Raises InstructoryError on a full disk."""
        shared = {name: same for name in batch.schema.names if (same := self._same(batch[name])) is not None}
        varying = batch.select([name for name in batch.schema.names if name not in shared])
        start = self._size + -self._size % ALIGNED if varying.num_columns else self._size
        try:
            if varying.num_columns:
                self._file.seek(start)
                with pa.ipc.new_stream(self._file, varying.schema) as stream:
                    stream.write_batch(varying)
                self._file.flush()
                self._size = self._file.tell()
        except OSError as error:
            raise InstructoryError(
                f"cannot keep the rows that were read: {error.strerror}; make room where the store is, and run again"
            ) from error
        self._locations.append(_Location(start, self._size - start, shared))
        return len(self._locations) - 1

    def column(self, number: int, name: str) -> pa.Array:
        """A column of a batch, read into memory."""
        location = self._locations[number]
        if name in location.shared:
            return location.shared[name]
        self._file.seek(location.start)
        return _first_batch(self._file.read(location.size))[name]

    def table(self, numbers: Sequence[Sequence[int]], schema: pa.Schema) -> pa.Table:
        """Rows with the columns of `schema`; each of `numbers` stands for some of them and names the batches in which their columns
        are, of which later ones count before earlier ones."""
        self._map()
        batches = [self._batch(one, schema) for one in numbers]
        return pa.Table.from_batches(batches, schema)

    def _batch(self, numbers: Sequence[int], schema: pa.Schema) -> pa.RecordBatch:
        columns: dict[str, pa.Array] = {}
        for location in (self._locations[number] for number in numbers):
            if location.size:
                batch = _first_batch(self._mapped.slice(location.start, location.size))
                columns |= zip(batch.schema.names, batch.columns, strict=True)
            columns |= location.shared
        return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)

    def _map(self) -> None:
        if self._mapped.size < self._size:
            self._mapped = pa.py_buffer(mmap.mmap(self._file.fileno(), self._size, access=mmap.ACCESS_READ))

    def _same(self, column: pa.Array) -> pa.Array | None:
        """An array equal to `column` if all of its rows say the same and that is short; of equal ones, always the same array."""
        value = None
        if column.null_count < len(column):
            if column.null_count or pa.types.is_nested(column.type) or column[0] != column[-1]:
                return None
            value = column[0].as_py()
            long = isinstance(value, str) and len(value) > LONGEST_SHARED
            if long or not pc.all(pc.equal(column, column[0])).as_py():
                return None
        return self._shared.setdefault((column.type, value, len(column)), column)


def _first_batch(data: bytes | pa.Buffer) -> pa.RecordBatch:
    with pa.ipc.open_stream(data) as stream:
        return stream.read_next_batch()
