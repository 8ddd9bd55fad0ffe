"""Takes stock of the documents: one row each, raw bytes put aside under their hash and never changed."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa

from tasks.core import schema as schemas
from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome
from tasks.core.redaction import holds_secret
from tasks.core.schema import Row
from tasks.documents.blocks import Unreadable
from tasks.documents.inventory.decoding import decode
from tasks.documents.inventory.files import Place, fingerprint, name_of, named, places_of, repeated_topics
from tasks.documents.inventory.records import CSV, JSONL, NoColumn, Record, records_of
from tasks.documents.params import Source

RECORDS: Final = (CSV, JSONL)


@dataclass
class _Stock:
    """What has been found so far; `seen` has the id of the first document with some bytes."""

    keep_raw: Callable[[bytes], str]
    kept: list[Row] = field(default_factory=list)
    rejected: list[Row] = field(default_factory=list)
    failed: list[Row] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)

    def reject(self, row: Row, reason: str, detail: str = "") -> None:
        self.rejected.append(row | {"reason": reason, "detail": detail})


def collect(
    sources: Sequence[Source], keep_raw: Callable[[bytes], str], base: Path = Path(), limit: int | None = None
) -> Outcome:
    """The inventory of `sources`, in their order, and within each in order of path and record.

    `keep_raw` stores bytes and returns their sha256; `base` is the folder that relative paths start from (the recipe's);
    of the documents that could be kept, the first `limit` are taken.
    Kept rows: schema.INVENTORY. Rejected: empty, binary, undecodable, duplicate, too large, malformed record, and topics
    that stand in a longer one. Failed: files that can't be read. Raises BadInput for a source that leads nowhere, a
    missing column, and two sources of one name.
    """
    names = [name_of(source) for source in sources]
    if not sources:
        raise BadInput("documents: the recipe names no source; add one with `path:` or `pydoc: topics`")
    for i, name in enumerate(names):
        if name in names[:i]:
            raise BadInput(f"documents.{i}: a second source is called {name!r}; tell them apart with `name:`")
    stock = _Stock(keep_raw)
    for source, name in zip(sources, names, strict=True):
        most = _most(len(stock.kept), source.max_documents, limit)
        for place in places_of(source, base):
            if most is None or len(stock.kept) < most:
                _take(stock, source, name, place, most)
    kept, rejected, failed = (
        pa.Table.from_pylist(rows, schema=schema) if rows else None
        for rows, schema in (
            (stock.kept, schemas.INVENTORY),
            (stock.rejected, schemas.rejected(schemas.INVENTORY)),
            (stock.failed, schemas.failed(schemas.INVENTORY)),
        )
    )
    size = sum(row["raw_bytes"] for row in stock.kept)
    facts = {"documents": len(stock.kept), "sources": len(sources), "bytes": size}
    return Outcome.of(schemas.INVENTORY, kept, rejected, failed, facts)


def _most(kept: int, of_source: int | None, of_all: int | None) -> int | None:
    """How many documents there may be after a source; None: any number."""
    limits = [kept + of_source] if of_source is not None else []
    return min([*limits, *([of_all] if of_all is not None else [])], default=None)


def _take(stock: _Stock, source: Source, name: str, place: Place, limit: int | None) -> None:
    """Puts the documents of one file where they belong."""
    row: Row = {
        "document_id": schemas.stable_id(name, place.path),
        "source": name,
        "path": place.path,
        "media_type": place.media_type,
        "licence": source.licence,
        "title": source.title,
    }
    if place.strays:
        stock.reject(row, "outside_source", f"a link to {named(str(place.file and place.file.resolve()))}")
        return
    try:
        row["raw_bytes"] = place.size()
        if row["raw_bytes"] > source.max_bytes:
            stock.reject(row, "too_large", f"{row['raw_bytes']} bytes, {source.max_bytes} allowed")
            return
        raw = place.read()
    except OSError as error:
        stock.failed.append(row | {"error": f"{place.path}: {error.strerror or error}"})
        return
    row |= {"raw_bytes": len(raw), "raw_sha256": hashlib.sha256(raw).hexdigest()}
    if (secret := holds_secret(raw)) is not None:
        stock.reject(row, "holds_secret", f"the value of {secret}")
        return
    try:
        text, encoding = decode(raw, place.media_type)
    except Unreadable as problem:
        stock.reject(row, problem.reason, problem.detail)
        return
    if place.media_type not in RECORDS:
        _keep(stock, row, text, row["raw_sha256"], raw)
        return
    for record in _records(source, place, raw, encoding):
        if len(stock.kept) == limit:
            return
        one = row | {
            "document_id": schemas.stable_id(name, place.path, str(record.number)),
            "record": record.number,
            "field": source.column,
        }
        if record.problem:
            stock.reject(one, "malformed_record", f"line {record.line}: {record.problem}")
        else:
            _keep(stock, one, record.text, fingerprint(record.text), raw)


def _keep(stock: _Stock, row: Row, text: str, sha256: str, raw: bytes) -> None:
    """Keeps one document, unless it is empty or has been seen."""
    outer = repeated_topics().get(row["path"].removeprefix("pydoc:")) if row["path"].startswith("pydoc:") else None
    if not text.strip():
        stock.reject(row, "empty_document")
    elif sha256 in stock.seen:
        stock.reject(row, "duplicate_document", stock.seen[sha256])
    elif outer:
        stock.reject(
            row, "duplicate_document", f"{schemas.stable_id(row['source'], f'pydoc:{outer}')}, as a part of it"
        )
    else:
        stock.seen[sha256] = row["document_id"]
        stock.keep_raw(raw)
        stock.kept.append(row)


def _records(source: Source, place: Place, raw: bytes, encoding: str) -> Iterator[Record]:
    """The records of a file. Raises BadInput if the recipe names no column, or one that isn't there."""
    try:
        yield from records_of(raw, encoding, place.media_type, source.column)
    except NoColumn as problem:
        has = f"it has: {', '.join(problem.columns)}" if problem.columns else "it has none"
        wanted = f"no column {source.column!r}" if source.column else "which `column` holds the text is not said"
        raise BadInput(f"documents: {place.path}: {wanted}; {has}") from None
