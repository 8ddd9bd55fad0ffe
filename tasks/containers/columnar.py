"""Parquet and Arrow: tables whose columns stand apart. Sizes are looked at before anything is unpacked or becomes objects."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tasks.containers.arrow_messages import largest_batch
from tasks.containers.blocks import RecordBlock, UnreadableRecord
from tasks.containers.bounds import LARGEST_RECORD, TOO_LONG
from tasks.containers.streams import BytesLeft, CutShort
from tasks.containers.tabular import ROWS, unique_names

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

ELEMENT_BYTES: Final = 8
"""The least that an element takes in memory."""
LARGEST_CHUNK: Final = 256 << 20
"""Bytes up to which a column of a row group is read however well it was packed."""
LARGEST_RATIO: Final = 200
"""What a larger one may unpack to, for each byte of the file; text comes to 10, one line over and over to 100."""
LARGEST_BATCH: Final = 64 << 20
"""Bytes that rows read together may come to, where they can be estimated."""
MOST_VALUES: Final = 8_000_000
"""Values up to which a column of a row group is read however few bytes they have."""


def parquet_rows(path: Path) -> Iterator[RecordBlock]:
    """The rows of a Parquet file. What cannot be read, or would unpack to more than it may, is an UnreadableRecord. Texts that
    a file keeps once and repeats are measured before they are repeated. Raises BadInput for two columns of one name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    number, unpacked = 0, BytesLeft(path.stat().st_size)
    try:
        with pq.ParquetFile(path) as file:
            unique_names(file.schema_arrow.names)
            repeating = _repeating(file.metadata)
        with pq.ParquetFile(path, read_dictionary=repeating) as file:
            for group in range(file.num_row_groups):
                metadata = file.metadata.row_group(group)
                if problem := _bomb(metadata):
                    yield _located(number, [problem], number + metadata.num_rows)
                    number += metadata.num_rows
                    continue
                for batch in file.iter_batches(batch_size=_rows_at_once(metadata), row_groups=[group]):
                    yield from _rows(batch, number, unpacked)
                    number += batch.num_rows
    except CutShort as error:
        yield _located(number, [UnreadableRecord(f"the rest of the file is not read: {error}")], number)
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        yield _located(number, [_unreadable("Parquet", error)], number)


def arrow_rows(path: Path) -> Iterator[RecordBlock]:
    """The rows of an Arrow stream or file, as `save_to_disk` and Feather write them; see `parquet_rows`."""
    import pyarrow as pa

    number, unpacked = 0, BytesLeft(path.stat().st_size)
    try:
        with pa.memory_map(str(path)) as source:
            start = 8 if source.read(6) == b"ARROW1" else 0
            source.seek(start)
            if largest_batch(source) > LARGEST_CHUNK:
                yield _located(0, [UnreadableRecord("one of its batches would unpack to more than 256 MB")], 1)
                return
            source.seek(start)
            reader = pa.ipc.open_stream(source)
            unique_names(reader.schema.names)
            for batch in reader:
                batch.validate(full=True)
                yield from _rows(batch, number, unpacked)
                number += batch.num_rows
    except CutShort as error:
        yield _located(number, [UnreadableRecord(f"the rest of the file is not read: {error}")], number)
    except (OSError, pa.ArrowException, struct.error) as error:
        yield _located(number, [_unreadable("Arrow", error)], number)


def _rows(batch: "pa.RecordBatch", number: int, unpacked: BytesLeft) -> Iterator[RecordBlock]:
    """A batch in blocks of at most ROWS rows and LARGEST_RECORD bytes. Raises CutShort."""
    for start in range(0, batch.num_rows, ROWS):
        for piece, size in _pieces(batch.slice(start, ROWS)):
            unpacked.take(size)
            values = [TOO_LONG] if piece is None else _texts(piece).to_pylist()
            yield _located(number, values, number + len(values))
            number += len(values)


def _located(first: int, values: list[Any], after: int) -> RecordBlock:
    return RecordBlock(first, values, after + 1, lambda index: first + index + 1)


def _pieces(batch: "pa.RecordBatch") -> Iterator[tuple["pa.RecordBatch | None", int]]:
    """Parts of a batch that are no larger than a record may be, with their bytes; None for a row that is larger."""
    size = sum(map(_bytes, batch.columns))
    if size <= LARGEST_RECORD:
        yield batch, size
    elif batch.num_rows == 1:
        yield None, 0
    else:
        half = batch.num_rows // 2
        yield from _pieces(batch.slice(0, half))
        yield from _pieces(batch.slice(half))


def _bytes(array: Any) -> int:
    """What an array takes when it is unpacked."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    kind, elements = array.type, ELEMENT_BYTES * len(array)
    if pa.types.is_dictionary(kind):
        if not _is_text(kind.value_type):
            return elements
        lengths = pc.fill_null(pc.binary_length(array.dictionary), 0).to_numpy(zero_copy_only=False)
        used = array.indices.drop_null().to_numpy(zero_copy_only=False)
        return elements + int(lengths[used].sum(dtype=np.int64)) if len(lengths) else elements
    if _is_text(kind):
        return elements + int(pc.sum(pc.binary_length(array)).as_py() or 0)
    if pa.types.is_struct(kind):
        return elements + sum(map(_bytes, array.flatten()))
    if pa.types.is_map(kind):
        pairs = pa.StructArray.from_arrays([array.keys, array.items], ["key", "value"])
        return elements + _bytes(pa.ListArray.from_arrays(array.offsets, pairs))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return elements + _bytes(array.flatten())
    return elements + int(array.nbytes)


def _is_text(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    checks = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(check(kind) for check in checks)


def _texts(batch: "pa.RecordBatch") -> "pa.RecordBatch":
    """Columns without dictionaries; bytes that are UTF-8 as text (what Impala, ClickHouse and older Spark write), others as
    they are."""
    import pyarrow as pa

    columns = []
    for column in batch.columns:
        kind = _plain(column.type, pa.string())
        if column.type != kind and pa.types.is_nested(kind):
            column = pa.concat_arrays([column])  # a cast of a part would cast the whole that it is a part of
        try:
            columns.append(column if column.type == kind else column.cast(kind))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            columns.append(column.cast(_plain(column.type, None)))
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _plain(kind: "pa.DataType", text: "pa.DataType | None") -> "pa.DataType":
    """A type without dictionaries, with `text` in place of bytes."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type, text)
    if text is not None and (pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
        return text
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_plain(field.type, text)) for field in kind])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        make = pa.list_ if pa.types.is_list(kind) else pa.large_list
        return make(kind.value_field.with_type(_plain(kind.value_type, text)))
    return kind


def _repeating(metadata: "pq.FileMetaData") -> list[str]:
    """The columns of text that some row group keeps as a dictionary."""
    chunks = [
        metadata.row_group(g).column(c) for g in range(metadata.num_row_groups) for c in range(metadata.num_columns)
    ]
    return sorted(
        {c.path_in_schema for c in chunks if c.physical_type == "BYTE_ARRAY" and "DICTIONARY" in str(c.encodings)}
    )


def _bomb(metadata: "pq.RowGroupMetaData") -> UnreadableRecord | None:
    """Whether a row group would unpack to far more than its bytes make likely, by what the file's footer says."""
    for number in range(metadata.num_columns):
        chunk = metadata.column(number)
        packed, unpacked = chunk.total_compressed_size, chunk.total_uncompressed_size
        if unpacked > max(LARGEST_CHUNK, LARGEST_RATIO * packed):
            return UnreadableRecord(
                f"the column {chunk.path_in_schema!r} would unpack from {packed:,} to {unpacked:,} bytes"
            )
        if chunk.num_values > max(MOST_VALUES, 64 * packed):
            return UnreadableRecord(
                f"the column {chunk.path_in_schema!r} holds {chunk.num_values:,} values in {packed:,} bytes"
            )
    return None


def _rows_at_once(metadata: "pq.RowGroupMetaData") -> int:
    """Rows to unpack together. Where texts are kept as what differs from the one before, each may be as long as all of the
    column's bytes."""
    chunks = [metadata.column(number) for number in range(metadata.num_columns)]
    longest = sum(int(chunk.total_uncompressed_size) for chunk in chunks if "DELTA_BYTE_ARRAY" in str(chunk.encodings))
    values = max((int(chunk.num_values) for chunk in chunks), default=0) / max(1, metadata.num_rows)
    return min(ROWS, max(1, LARGEST_BATCH // max(1, longest)), max(1, int(MOST_VALUES / max(1.0, values))))


def _unreadable(what: str, error: Exception) -> UnreadableRecord:
    return UnreadableRecord(f"cannot be read as {what}: {[*str(error).splitlines(), type(error).__name__][0][:120]}")
