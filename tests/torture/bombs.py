"""Small files that unpack to far more than a machine has, and a process that meets them:
`python -m tests.torture.bombs parquet|documents FOLDER` prints what it made of each, and how much memory it took."""

import gzip
import hashlib
import io
import json
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core.errors import IntegrityError
from tasks.core.outcome import Tools
from tasks.store.manifest import Part
from tasks.store.store import Store

ROWS = 250_000
LONG_TEXT = "x" * 1_000_000


def repeated(kind: pa.DataType, codec: str) -> Callable[[Path], int]:
    """One text of a megabyte, a quarter of a million times: a quarter of a terabyte, and a footer that says one megabyte."""

    def write(path: Path) -> int:
        value = pa.array([LONG_TEXT.encode() if pa.types.is_binary(kind) else LONG_TEXT], kind)
        column = pa.DictionaryArray.from_arrays(pa.array([0] * ROWS, pa.int32()), value)
        pq.write_table(
            pa.table({"text": column}), path, compression=codec, write_page_checksum=True, store_schema=False
        )
        return ROWS

    return write


def nested(path: Path) -> int:
    """The same, inside lists of structs."""
    text = pa.DictionaryArray.from_arrays(pa.array([0] * ROWS, pa.int32()), pa.array([LONG_TEXT]))
    turns = pa.StructArray.from_arrays([text], ["content"])
    history = pa.ListArray.from_arrays(pa.array(range(ROWS + 1), pa.int32()), turns)
    pq.write_table(
        pa.table({"history": history}), path, compression="zstd", write_page_checksum=True, store_schema=False
    )
    return ROWS


def zeros(path: Path) -> int:
    """Two gigabytes of zeros, as they are."""
    batch = pa.table({"n": pa.array([0] * 1_000_000, pa.int64())})
    with pq.ParquetWriter(
        path, batch.schema, compression="zstd", use_dictionary=False, write_page_checksum=True
    ) as file:
        for _ in range(250):
            file.write_table(batch)
    return 250_000_000


def one_number(path: Path) -> int:
    """A hundred million times the same number: a dictionary of one and a run length."""
    batch = pa.table({"n": pa.array([7] * 1_000_000, pa.int64())})
    with pq.ParquetWriter(path, batch.schema, compression="zstd", write_page_checksum=True) as file:
        for _ in range(100):
            file.write_table(batch)
    return 100_000_000


def long_list(path: Path) -> int:
    """One row, a list of a hundred million nothings."""
    values = pa.nulls(100_000_000, pa.int8())
    column = pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values)
    pq.write_table(pa.table({"n": column}), path, compression="zstd", write_page_checksum=True)
    return 1


def hole(path: Path) -> int:
    """A sparse file of ten gigabytes."""
    with path.open("wb") as file:
        file.truncate(10 << 30)
    return 1


PARQUET: dict[str, Callable[[Path], int]] = {
    "text, zstd": repeated(pa.string(), "zstd"),
    "text, gzip": repeated(pa.string(), "gzip"),
    "text, snappy": repeated(pa.string(), "snappy"),
    "large text": repeated(pa.large_string(), "zstd"),
    "bytes": repeated(pa.binary(), "zstd"),
    "text in lists": nested,
    "zeros": zeros,
    "one number": one_number,
    "long list": long_list,
    "hole": hole,
}


def plant(store: Store, kind: str) -> Part:
    """A bomb under the name its bytes have, as somebody would who can write manifests."""
    path = store.root / "bomb"
    rows = PARQUET[kind](path)
    with path.open("rb") as file:
        sha256 = "0" * 64 if kind == "hole" else hashlib.file_digest(file, "sha256").hexdigest()
    place = store.object_path(sha256)
    place.parent.mkdir(parents=True, exist_ok=True)
    path.rename(place)
    return Part(sha256=sha256, rows=rows, size=place.stat().st_size)


def documents(folder: Path, size: int) -> None:
    """Documents of `size` bytes or less that would be more if somebody unpacked or nested them as they ask."""
    inner = gzip.compress(bytes(size * 20))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(8):
            file.writestr(f"{number}.txt", inner)
    many = size // 20
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    files = {
        "zip named html.html": archive.getvalue(),
        "gzip named text.txt": inner,
        "deep.html": b"<div>" * many,
        "deep tables.html": b"<table><tr><td>" * (many // 3),
        "unclosed.html": b"<b><i>" * (many // 2) + b"text",
        "attributes.html": b"<p " + b"a=1 " * many + b">text</p>",
        "laughs.html": f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><p>&l11;</p>'.encode(),
        "entities.html": b"<p>" + b"&lt;" * many + b"</p>",
        "quotes.md": b">" * many + b" text",
        "zeros.txt": bytes(size),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _meet_parquet(folder: Path) -> dict[str, str]:
    store, said = Store(folder), {}
    for kind, part in json.loads((folder / "parts.json").read_text()).items():
        try:
            store.whole([Part.model_validate(part)])
            said[kind] = "read"
        except IntegrityError as error:
            said[kind] = str(error)
    return said


def _meet_documents(folder: Path) -> dict[str, str]:
    from tasks.documents import stage as ingest
    from tasks.documents.inventory import stage as inventory
    from tasks.documents.params import Chunking, Source

    store = Store(folder.parent / "store")
    tools = Tools("key", store.root, read_raw=store.raw, keep_raw=store.keep_raw)
    found = inventory.compute([Source(path=str(folder))], None, tools)
    said = {row["path"]: row["reason"] for row in found.rejected.to_pylist()}
    outcome = ingest.compute(found.kept, Chunking(), tools)
    for row in outcome.rejected.to_pylist():
        said[row["path"]] = row["reason"]
    for row in outcome.kept.to_pylist():
        said[row["path"]] = "chunks"
    assert not outcome.failed.num_rows
    return said


def most_resident() -> int:
    """Megabytes. Of this process alone: what getrusage says includes the process that started it."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) >> 10


if __name__ == "__main__":
    what, where = sys.argv[1:]
    told = _meet_parquet(Path(where)) if what == "parquet" else _meet_documents(Path(where))
    print(json.dumps({"said": told, "megabytes": most_resident()}))
