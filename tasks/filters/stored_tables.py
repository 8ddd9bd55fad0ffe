"""Tables that are costly to make and can always be made again, kept in the store as Parquet under what they were made from.

A file's name ends in the hash of its bytes: one that is damaged is not read, and the table is made anew.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.store.files import write_once


def kept(folder: Path, key: str, make: Callable[[], pa.Table]) -> pa.Table:
    """The table kept in `folder` under `key`; made, and kept, where there is none. `key` must cover all that `make` reads."""
    for path in sorted(folder.glob(f"{key}.*.parquet")):
        data = path.read_bytes()
        if path.name == _name(key, data):
            return pq.read_table(pa.BufferReader(data), page_checksum_verification=True)
        path.unlink(missing_ok=True)
    table = make()
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True, store_schema=True)
    data = sink.getvalue().to_pybytes()
    write_once(folder / _name(key, data), data)
    return table


def _name(key: str, data: bytes) -> str:
    return f"{key}.{hashlib.sha256(data).hexdigest()}.parquet"
