"""Files of records that ask for far more memory or time than they have bytes, and a process that imports one:
`python -m tests.torture.hostile_files FILE` prints what became of its records, in how many seconds of processor and megabytes."""

import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.imports import Dataset, Imports
from tasks.imports import stage as reading
from tasks.imports.datasets import stage as finding
from tasks.store.store import Store
from tests.torture.bombs import most_resident

GOOD = {"instruction": "Name a tree.", "output": "Yew."}
MEGABYTE = 1 << 20
Write = Callable[[Path, int], None]
"""Writes a file that would take some `size` bytes."""


def packed(parts: Callable[[int], Iterator[bytes]]) -> Write:
    """The same in gzip."""

    def write(path: Path, size: int) -> None:
        with gzip.open(path, "wb", compresslevel=1) as file:
            file.writelines(parts(size))

    return write


def plain(parts: Callable[[int], Iterator[bytes]]) -> Write:
    def write(path: Path, size: int) -> None:
        with path.open("wb") as file:
            file.writelines(parts(size))

    return write


def between(head: bytes, repeated: bytes, tail: bytes) -> Callable[[int], Iterator[bytes]]:
    """`repeated`, up to so many bytes, between a head and a tail."""

    def parts(size: int) -> Iterator[bytes]:
        piece = repeated * max(1, MEGABYTE // len(repeated))
        yield head
        for _ in range(max(1, size // len(piece))):
            yield piece
        yield tail

    return parts


LINE = json.dumps(GOOD).encode()


def parquet_of_one_text(encoding: str | None) -> Write:
    """A megabyte of text, kept once and repeated."""

    def write(path: Path, size: int) -> None:
        rows = max(2, size // MEGABYTE)
        value = pa.array(["x" * MEGABYTE])
        texts = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), value)
        columns = {"instruction": pa.array([f"Name tree {n}." for n in range(rows)]), "output": texts}
        if encoding:
            columns["output"] = texts.dictionary_decode() if rows < 600 else texts.slice(0, 600).dictionary_decode()
            columns["instruction"] = columns["instruction"].slice(0, 600)
        choice = (
            {"use_dictionary": False, "column_encoding": {"output": encoding}}
            if encoding
            else {"use_dictionary": ["output"]}
        )
        pq.write_table(pa.table(columns), path, compression="zstd", store_schema=False, **choice)

    return write


def parquet_of_turns(path: Path, size: int) -> None:
    """The same text in the turns of conversations."""
    rows = max(2, size // MEGABYTE)
    text = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * MEGABYTE]))
    turns = pa.StructArray.from_arrays([pa.array(["user"] * rows), text], ["role", "content"])
    column = pa.ListArray.from_arrays(pa.array(range(rows + 1), pa.int32()), turns)
    pq.write_table(pa.table({"messages": column}), path, compression="zstd", store_schema=False)


def parquet_of_nothings(path: Path, size: int) -> None:
    """One row, a list of nothings."""
    values = pa.nulls(size, pa.int8())
    column = pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values)
    pq.write_table(pa.table({"instruction": ["q"], "output": ["a"], "n": column}), path, compression="zstd")


def parquet_of_one_page(path: Path, size: int) -> None:
    """One text that is one page, of blanks."""
    table = pa.table({"instruction": ["q"], "output": pa.array([" " * min(size, 1_900_000_000)], pa.large_string())})
    pq.write_table(table, path, compression="zstd", use_dictionary=False)


def arrow_packed(path: Path, size: int) -> None:
    """An Arrow stream with a compressed batch."""
    table = pa.table({"instruction": ["q"], "output": pa.array([" " * min(size, 1_900_000_000)], pa.large_string())})
    with (
        pa.OSFile(str(path), "wb") as file,
        pa.ipc.new_stream(file, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as out,
    ):
        out.write_table(table)


def arrow_of_one_text(path: Path, size: int) -> None:
    """An Arrow stream whose texts are a dictionary of one."""
    rows = max(2, size // MEGABYTE)
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * MEGABYTE]))
    table = pa.table({"instruction": [f"q{n}" for n in range(rows)], "output": texts})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as out:
        out.write_table(table)


def nested(record: Callable[[str], dict[str, object]]) -> Write:
    """JSON in a text of a record, a hundred thousand levels deep, and a good record behind it."""

    def write(path: Path, _size: int) -> None:
        bad = [record(text) for text in ("[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000)]
        path.write_text("\n".join(json.dumps(row) for row in [*bad, record("{}")]))

    return write


def within_a_record(parts: Callable[[int], Iterator[bytes]]) -> Write:
    """At most as long as a record may be."""
    return lambda path, size: plain(parts)(path, min(size, 15 * MEGABYTE))


def answered(answer: dict[str, object], **more: object) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": "q"}, answer], **more}


CALL = 'USER: q\n\nASSISTANT: <functioncall> {"name": "f", "arguments": '
GLAIVE = b'{"system": "s", "chat": "USER: q\\n\\nASSISTANT: '


FILES: dict[str, Write] = {
    "one text.parquet": parquet_of_one_text(None),
    "prefixes.parquet": parquet_of_one_text("DELTA_BYTE_ARRAY"),
    "turns.parquet": parquet_of_turns,
    "nothings.parquet": parquet_of_nothings,
    "one page.parquet": parquet_of_one_page,
    "packed.arrow": arrow_packed,
    "one text.arrow": arrow_of_one_text,
    "one line.csv": plain(between(b"instruction,output\nq,", b"word ", b"\nq,a\n")),
    "one cell.csv": plain(between(b'instruction,output\nq,"', b"word\n", b"\nq,a\n")),
    "commas.csv": plain(between(b"instruction,output\nq,", b",", b"\nq,a\n")),
    "columns.csv": plain(between(b"instruction,output", b",", b"\nq,a\n")),
    "one line.tsv": plain(between(b"instruction\toutput\nq\t", b"word ", b"\nq\ta\n")),
    "one line.jsonl": plain(between(b'{"instruction": "q", "output": "', b"word ", b'"}\n' + LINE)),
    "lists.jsonl": plain(between(b'{"instruction": "q", "output": [', b"[],", b"1]}\n" + LINE)),
    "one record.json": plain(between(b'[{"instruction": "q", "output": "', b"word ", b'"},' + LINE + b"]")),
    "objects.json": plain(between(b'[{"instruction": "q", "output": [', b"{},", b"1]}," + LINE + b"]")),
    "wrapped.json": plain(between(b'{"version": 1, "data": [' + LINE, b"," + LINE, b'], "rows": 9}')),
    "brackets.json": plain(between(b"", b"[", b"")),
    "broken.json": plain(between(b"[" + LINE, b',{"instruction": q}', b"," + LINE + b"]")),
    "quotes.json": plain(between(b"[" + LINE + b',{"instruction": q', b'\\"', b"}," + LINE + b"]")),
    "blanks.json": plain(between(b"[" + LINE + b"}", b" ", LINE + b"]")),
    "one line.jsonl.gz": packed(between(b'{"instruction": "q", "output": "', b"word ", b'"}\n')),
    "rows.jsonl.gz": packed(between(b"", LINE + b"\n", b"")),
    "nothing.jsonl.gz": packed(between(b"", b"{}\n", b"")),
    "brackets.json.gz": packed(between(b"", b"[", b"")),
    "cells.csv.gz": packed(between(b"instruction,output\n", b"q,a\n", b"")),
    "deep tools.jsonl": nested(lambda text: answered({"role": "assistant", "content": "a"}, tools=text)),
    "deep call.jsonl": nested(lambda text: answered({"role": "assistant", "tool_calls": [{"name": "f", "arguments": text}]})),
    "deep role.jsonl": nested(lambda text: answered({"role": "function_call", "content": text})),
    "deep glaive.jsonl": nested(lambda text: {"system": f"SYSTEM: Use {text}", "chat": "USER: q\n\nASSISTANT: a"}),
    "deep glaive call.jsonl": nested(lambda text: {"system": "SYSTEM: Use", "chat": f"{CALL}{text}}}"}),
    "glaive turns.jsonl": within_a_record(between(b'{"system": "s", "chat": "USER: q', b"\\n ", b'."}\n')),
    "glaive calls.jsonl": within_a_record(between(GLAIVE, CALL.encode().replace(b'"', b'\\"').replace(b"\n", b" "), b'."}\n')),
}  # fmt: skip


def met(path: Path) -> dict[str, object]:
    """What importing a file comes to: rows kept, refusals by their reason, seconds, megabytes; or the error that ends it."""
    store = Store(Path(mkdtemp()) / "store")
    tools = Tools("hostile", store.root, keep_file=store.keep_raw_file, raw_path=store.raw_path)
    params = Imports(datasets=(Dataset(path=str(path)),))
    began, kept, why = time.process_time(), 0, Counter[str]()
    try:
        found = finding.compute(params, tools)
        outcome = reading.compute(found.kept, params, None, tools)
    except BadInput as error:  # nothing in the file can be read: that ends a build, with a line
        why[str(error)[:90]] += 1
    else:
        kept = outcome.kept.num_rows
        rejected = [*found.rejected["detail"].to_pylist(), *outcome.rejected["detail"].to_pylist()]
        why.update(detail.partition(": ")[2][:90] or detail[:90] for detail in rejected)
    return {
        "kept": kept,
        "refused": dict(why.most_common(3)),
        "seconds": round(time.process_time() - began, 1),
        "megabytes": most_resident(),
    }


if __name__ == "__main__":
    print(json.dumps(met(Path(sys.argv[1]))))
