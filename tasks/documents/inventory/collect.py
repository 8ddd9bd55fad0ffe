"""The inventory: one row for each document, its raw bytes stored under their hash and never changed."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from tasks.containers import passed_over
from tasks.containers.streams import CutShort
from tasks.core import schema as schemas
from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome
from tasks.core.redaction import holds_secret
from tasks.core.schema import Row
from tasks.documents.blocks import Unreadable
from tasks.documents.inventory.decoding import decode
from tasks.documents.inventory.files import DocumentFile, files_of, fingerprint, name_of, named, repeated_topics
from tasks.documents.inventory.records import ARCHIVES, CONTAINERS, NoColumn, Records, records_of
from tasks.documents.params import Source
from tasks.documents.readers import office
from tasks.documents.reading import is_binary


@dataclass
class _Collected:
    """What has been found so far; `seen` maps the hash of a document's bytes to the id of the first that has them."""

    keep_raw: Callable[[bytes], str]
    kept: list[Row] = field(default_factory=list)
    rejected: list[Row] = field(default_factory=list)
    failed: list[Row] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

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
    found = _Collected(keep_raw)
    for source, name in zip(sources, names, strict=True):
        after = None if source.max_documents is None else len(found.kept) + source.max_documents
        most = min((count for count in (after, limit) if count is not None), default=None)
        files, others = files_of(source, base)
        if others:
            found.notes.append(passed_over(name, others))
        for file in files:
            if most is None or len(found.kept) < most:
                _take(found, source, name, file, most)
    kept, rejected, failed = (
        pa.Table.from_pylist(rows, schema=schema) if rows else None
        for rows, schema in (
            (found.kept, schemas.INVENTORY),
            (found.rejected, schemas.rejected(schemas.INVENTORY)),
            (found.failed, schemas.failed(schemas.INVENTORY)),
        )
    )
    size = sum(row["raw_bytes"] for row in found.kept)
    facts = {"documents": len(found.kept), "sources": len(sources), "bytes": size, "notes": found.notes}
    return Outcome.of(schemas.INVENTORY, kept, rejected, failed, facts)


def _take(found: _Collected, source: Source, name: str, file: DocumentFile, limit: int | None) -> None:
    """Keeps the documents of one file, or rejects them, or notes that it cannot be read."""
    row: Row = {
        "document_id": schemas.stable_id(name, file.path),
        "source": name,
        "path": file.path,
        "media_type": file.media_type,
        "licence": source.licence,
        "title": source.title,
    }
    if file.leads_out:
        found.reject(row, "outside_source", f"a link to {named(str(file.file and file.file.resolve()))}")
        return
    try:
        row["raw_bytes"] = file.size()
        if row["raw_bytes"] > source.max_bytes:
            found.reject(row, "too_large", f"{row['raw_bytes']} bytes, {source.max_bytes} allowed")
            return
        raw = file.read(source.max_bytes)
    except CutShort as error:
        found.reject(row, "undecodable", f"the packed file is damaged or cut off ({error})")
        return
    except OSError as error:
        found.failed.append(row | {"error": f"{file.path}: {error.strerror or error}"})
        return
    if len(raw) > source.max_bytes:
        found.reject(row, "too_large", f"more than {source.max_bytes} bytes once it is unpacked")
        return
    row |= {"raw_bytes": len(raw), "raw_sha256": hashlib.sha256(raw).hexdigest()}
    if (secret := holds_secret(raw)) is not None:
        found.reject(row, "holds_secret", f"the value of {secret}")
        return
    if missing := office.engine(file.media_type).missing:
        found.reject(row, "needs_extra", missing)
        return
    if is_binary(file.media_type):
        _keep(found, row, bool(raw), row["raw_sha256"], raw)
        return
    try:
        text, encoding = ("", "utf-8") if file.media_type in ARCHIVES else decode(raw, file.media_type)
        if file.media_type not in (*CONTAINERS, *ARCHIVES):
            _keep(found, row, bool(text.strip()), row["raw_sha256"], raw)
            return
        records = _records(source, file, raw, encoding)
    except Unreadable as problem:
        found.reject(row, problem.reason, problem.detail)
        return
    for record in records.records:
        if len(found.kept) == limit:
            return
        one = row | {
            "document_id": schemas.stable_id(name, file.path, str(record.number)),
            "record": record.number,
            "field": records.column,
            "title": record.title or source.title,
        }
        if record.problem:
            found.reject(one, "malformed_record", f"line {record.line}: {record.problem}")
        else:
            _keep(found, one, bool(record.text.strip()), fingerprint(record.text), raw)


def _keep(found: _Collected, row: Row, has_text: bool, sha256: str, raw: bytes) -> None:
    """Keeps one document, unless it is empty or has been seen."""
    outer = repeated_topics().get(row["path"].removeprefix("pydoc:")) if row["path"].startswith("pydoc:") else None
    if not has_text:
        found.reject(row, "empty_document")
    elif sha256 in found.seen:
        found.reject(row, "duplicate_document", found.seen[sha256])
    elif outer:
        found.reject(
            row, "duplicate_document", f"{schemas.stable_id(row['source'], f'pydoc:{outer}')}, as a part of it"
        )
    else:
        found.seen[sha256] = row["document_id"]
        found.keep_raw(raw)
        found.kept.append(row)


def _records(source: Source, file: DocumentFile, raw: bytes, encoding: str) -> Records:
    """The records of a file. Raises BadInput if the recipe names a column that isn't there, or none and no name tells."""
    try:
        return records_of(raw, encoding, file.media_type, source.column)
    except BadInput as problem:
        raise BadInput(f"documents: {file.path}: {problem}") from None
    except NoColumn as problem:
        has = f"it has: {', '.join(name[:40] for name in problem.columns[:40])}" if problem.columns else "it has none"
        wanted = f"no column {source.column!r}" if source.column else "which `column` holds the text is not said"
        raise BadInput(f"documents: {file.path}: {wanted}; {has}") from None
