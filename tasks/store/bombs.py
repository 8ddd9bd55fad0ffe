"""How many bytes a Parquet file unpacks to, found out before it is unpacked.

The footer states a size, but not always the true one: a column that repeats one long text is a dictionary of one entry and a
run length, a few kilobytes that become terabytes, and the footer counts the dictionary once. Where the footer allows for such
a column, its texts are read as dictionaries, which takes no more memory than the file's own pages, and added up.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ELEMENT_BYTES: Final = 8
"""The least that an element takes in memory: its offset or value, and its share of a list's offsets."""
TEXT: Final = "BYTE_ARRAY"


def unpacked_bytes(metadata: pq.FileMetaData) -> int:
    """Bytes that the pages unpack to, or that their elements take if that is more, according to the footer."""
    pages = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    elements = sum(chunk.num_values for chunk in _chunks(metadata))
    return max(int(pages), ELEMENT_BYTES * int(elements))


def may_repeat_texts(metadata: pq.FileMetaData, limit: int) -> bool:
    """Whether texts repeated from a dictionary could come to more than `limit` bytes, were every element the longest possible."""
    sizes = (c.num_values * c.total_uncompressed_size for c in _chunks(metadata) if c.physical_type == TEXT)
    return bool(sum(sizes) > limit)


def text_bytes(data: pa.Buffer) -> int:
    """Bytes of all texts of a file, with those of a dictionary counted as often as they are used."""
    with pq.ParquetFile(pa.BufferReader(data)) as file:
        schema = file.schema
    leaves = [schema.column(i).path for i in range(len(schema)) if schema.column(i).physical_type == TEXT]
    with pq.ParquetFile(pa.BufferReader(data), read_dictionary=leaves, page_checksum_verification=True) as file:
        return sum(
            _size(chunk)
            for group in range(file.metadata.num_row_groups)
            for name in leaves
            for column in file.read_row_group(group, columns=[name], use_threads=False).columns
            for chunk in column.chunks
        )


def _size(array: pa.Array) -> int:
    """Bytes of the texts in an array, also of those inside lists and structs."""
    if pa.types.is_dictionary(array.type):
        lengths = pc.fill_null(pc.binary_length(array.dictionary), 0).to_numpy(zero_copy_only=False)
        used = array.indices.drop_null().to_numpy(zero_copy_only=False)
        return int(np.bincount(used, minlength=len(lengths)).astype(np.int64) @ lengths) if len(used) else 0
    if pa.types.is_struct(array.type):
        return sum(_size(field) for field in array.flatten())
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        return _size(array.flatten())
    return int(array.nbytes)


def _chunks(metadata: pq.FileMetaData) -> Iterator[pq.ColumnChunkMetaData]:
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for column in range(metadata.num_columns):
            yield row_group.column(column)
