"""A sample of what was rejected, to be read: rows, documents and passages, each with its reason and where it stands."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.errors import IntegrityError
from tasks.core.schema import CHUNK, CLUSTERED, Row, conform, rejected
from tasks.store.manifest import Manifest, Part
from tasks.store.store import Store

EACH: Final = 40
"""Sampled of each reason of a stage: enough to read, and little enough for the stages to be many."""
LARGEST: Final = 4 << 20
"""Bytes of a rejected document up to which it is opened."""
SHOWN: Final = 4000
"""Characters of a document or passage."""

REJECTS: Final = pa.schema([*rejected(CLUSTERED), *((name, pa.string()) for name in ("stage", "location", "text"))])


def rejected_sample(store: Store, manifests: Sequence[Manifest]) -> pa.Table:
    """A sample of what the stages rejected, schema REJECTS: of each stage up to EACH rows for each reason, by their ids.

    A row that was never an instruction has the `text` and `location` of its passage, a document those of its file.
    """
    tables = [REJECTS.empty_table()]
    for manifest in manifests:
        if (drawn := _drawn(store, manifest.tables["rejected"])) is None:
            continue
        identity = drawn.column_names[0]
        if identity == "example_id":
            made = _with_passages(store, manifests, drawn)
        else:
            rows = drawn.to_pylist()
            texts = [
                row["text"] if "text" in row else _beginning(store, row["raw_sha256"], row["raw_bytes"] or 0)
                for row in rows
            ]
            kept = {name: drawn.column(name) for name in ("source", "licence", "reason", "detail")}
            made = pa.table({"example_id": drawn.column(identity), **kept})
            made = made.append_column("text", pc.utf8_slice_codeunits(pa.array(texts, pa.string()), 0, SHOWN))
            made = made.append_column("location", pa.array([_location(row) for row in rows], pa.string()))
        stage = pa.array([manifest.stage] * made.num_rows, pa.string())
        tables.append(conform(made.append_column("stage", stage), REJECTS))
    return pa.concat_tables(tables)


def _drawn(store: Store, parts: Sequence[Part]) -> pa.Table | None:
    """Of a rejected table, part by part: the first EACH of every reason by id. Ids are hashes, so their order is random."""
    drawn: pa.Table | None = None
    for part in parts:
        table = _first(store.whole((part,)))
        drawn = table if drawn is None else _first(pa.concat_tables([drawn, table], promote_options="default"))
    return drawn


def _first(table: pa.Table) -> pa.Table:
    order = pc.sort_indices(table, [("reason", "ascending"), (table.column_names[0], "ascending")])
    reasons = table.column("reason").take(order).to_numpy(zero_copy_only=False).astype(str)
    begins = np.flatnonzero(np.r_[True, reasons[1:] != reasons[:-1]]) if len(reasons) else np.zeros(0, int)
    ranks = np.arange(len(reasons)) - np.repeat(begins, np.diff(np.r_[begins, len(reasons)]))
    return table.take(order.filter(pa.array(ranks < EACH)))


def _with_passages(store: Store, manifests: Sequence[Manifest], rows: pa.Table) -> pa.Table:
    """`rows` with the text and location of their passage where they have no words of their own.

    A rejected passage stands under its own id, a row that was not made under that of its parent.
    """
    silent = [not (row["instruction"] or row["response"]) for row in rows.to_pylist()]
    ids = [
        {row["example_id"], row["parent_id"]} if bare else set()
        for row, bare in zip(rows.to_pylist(), silent, strict=True)
    ]
    passages = _passages(store, manifests, set().union(*ids)) if any(silent) else {}
    found = [next((passages[one] for one in own if one in passages), (None, None)) for own in ids]
    texts, locations = (pa.array([entry[side] for entry in found], pa.string()) for side in (0, 1))
    return rows.append_column("text", texts).append_column("location", locations)


def _passages(store: Store, manifests: Sequence[Manifest], ids: set[str | None]) -> dict[str, tuple[str, str]]:
    """(text, location) of passages by id."""
    found = {}
    wanted = pa.array(sorted(one for one in ids if one), pa.string())
    names = ["chunk_id", "source", "path", "record", "headings", "text"]
    for part in (part for manifest in manifests if manifest.stage == "documents" for part in manifest.tables["kept"]):
        table = store.get((part,), CHUNK, names)
        for row in table.filter(pc.is_in(table.column("chunk_id"), value_set=wanted)).to_pylist():
            found[row["chunk_id"]] = row["text"][:SHOWN], _location(row)
    return found


def _beginning(store: Store, sha256: str | None, size: int) -> str | None:
    """How a rejected document begins; None where its bytes are not kept, are too many, or are not text."""
    if not sha256 or size > LARGEST:
        return None
    with suppress(IntegrityError):
        text = store.raw(sha256)[: 4 * SHOWN].decode("utf-8", "replace")[:SHOWN]
        strange = sum(not (sign.isprintable() or sign.isspace()) or sign == "\ufffd" for sign in text)
        return text if strange <= len(text) / 20 else None
    return None


def _location(row: Row) -> str:
    """Where a document or passage stands: file, record, headings."""
    record = f", record {row['record']}" if row.get("record") is not None else ""
    headings = " › ".join(row.get("headings") or ())
    return f"{row.get('path') or row.get('source') or ''}{record}{f' › {headings}' if headings else ''}"
