"""What was turned away, in a sample that can be read: rows, documents, passages, each with its reason and its place."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.errors import IntegrityError
from tasks.core.schema import CHUNK, CLUSTERED, conform, rejected
from tasks.store.manifest import Manifest, Part
from tasks.store.store import Store

EACH: Final = 40
"""Sampled of each reason of a stage: enough to read, and little enough for the stages to be many."""
LARGEST: Final = 4 << 20
"""Bytes of a rejected document up to which it is opened."""
SHOWN: Final = 4000
"""Characters of a document or passage."""

REJECTS: Final = pa.schema([*rejected(CLUSTERED), *((name, pa.string()) for name in ("stage", "place", "text"))])


def rejected_sample(store: Store, manifests: Sequence[Manifest]) -> pa.Table:
    """A sample of what the stages rejected, schema REJECTS: of each stage up to EACH rows for each reason, by their ids.

    A row that was never an instruction has the `text` and `place` of its passage, a document those of its file.
    """
    tables = [REJECTS.empty_table()]
    for manifest in manifests:
        if (drawn := _drawn(store, manifest.tables["rejected"])) is None:
            continue
        identity = drawn.column_names[0]
        if identity == "example_id":
            made = _with_passages(store, manifests, drawn)
        else:
            texts = (
                drawn.column("text")
                if "text" in drawn.column_names
                else pa.array(_documents(store, drawn), pa.string())
            )
            places = pa.array([_place(row) for row in drawn.to_pylist()], pa.string())
            kept = ["source", "licence", "reason", "detail"]
            made = pa.table({"example_id": drawn.column(identity), **{name: drawn.column(name) for name in kept}})
            made = made.append_column("text", pc.utf8_slice_codeunits(texts, 0, SHOWN)).append_column("place", places)
        stage = pa.array([manifest.stage] * made.num_rows, pa.string())
        tables.append(conform(made.append_column("stage", stage), REJECTS))
    return pa.concat_tables(tables)


def _drawn(store: Store, parts: Sequence[Part]) -> pa.Table | None:
    """Of a rejected table, part by part: the first EACH of every reason by id. Ids are hashes: their order is a draw by lot."""
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
    """`rows` with the text and place of their passage where they have no words of their own."""
    silent = [None if row["instruction"] or row["response"] else row["parent_id"] for row in rows.to_pylist()]
    passages = _passages(store, manifests, set(silent)) if any(silent) else {}
    found = [passages.get(parent or "", (None, None)) for parent in silent]
    texts, places = (pa.array([entry[side] for entry in found], pa.string()) for side in (0, 1))
    return rows.append_column("text", texts).append_column("place", places)


def _passages(store: Store, manifests: Sequence[Manifest], ids: set[str | None]) -> dict[str, tuple[str, str]]:
    """(text, place) of passages by id."""
    found = {}
    names = ["chunk_id", "source", "path", "record", "headings", "text"]
    for part in (part for manifest in manifests if manifest.stage == "documents" for part in manifest.tables["kept"]):
        table = store.get((part,), CHUNK, names)
        wanted = pc.is_in(table.column("chunk_id"), value_set=pa.array(sorted(id for id in ids if id), pa.string()))
        for row in table.filter(wanted).to_pylist():
            found[row["chunk_id"]] = row["text"][:SHOWN], _place(row)
    return found


def _documents(store: Store, rows: pa.Table) -> list[str | None]:
    """How each rejected document begins; None where its bytes are not kept, are too many, or are not text."""
    return [_beginning(store, row["raw_sha256"], row["raw_bytes"] or 0) for row in rows.to_pylist()]


def _beginning(store: Store, sha256: str | None, size: int) -> str | None:
    if not sha256 or size > LARGEST:
        return None
    with suppress(IntegrityError):
        text = store.raw(sha256)[: 4 * SHOWN].decode("utf-8", "replace")[:SHOWN]
        strange = sum(not (sign.isprintable() or sign.isspace()) or sign == "\ufffd" for sign in text)
        return text if strange <= len(text) / 20 else None
    return None


def _place(row: dict[str, Any]) -> str:
    """Where a document or passage stands: file, record, headings."""
    record = f", record {row['record']}" if row.get("record") is not None else ""
    headings = " › ".join(row.get("headings") or ())
    return f"{row.get('path') or row.get('source') or ''}{record}{f' › {headings}' if headings else ''}"
