"""A snapshot: what one stage passes to the next, a reference to rows in the store."""

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from tasks.store.manifest import Manifest, Which
from tasks.store.store import Store


@dataclass(frozen=True)
class Snapshot:
    """The rows that a stage kept, or rejected, by reference."""

    stage: str
    key: str
    content: str
    """Hash of the rows; equal content is equal input, whatever its key."""
    rows: int
    schema: pa.Schema = field(repr=False, compare=False)
    which: Which = "kept"
    after: tuple[Any, ...] = field(default=(), repr=False, compare=False)
    """States of the task runs that made these rows and let them pass their gate: a task that reads them waits for those."""

    @classmethod
    def of(cls, manifest: Manifest, schema: pa.Schema, which: Which = "kept") -> "Snapshot":
        """The snapshot that `manifest` describes: of the rows that were kept, rejected or failed."""
        rows = sum(part.rows for part in manifest.tables[which])
        return cls(manifest.stage, manifest.key, manifest.content_of(which), rows, schema, which)

    def table(self, store: Store) -> pa.Table:
        """The rows, read from the store and compared with their hashes."""
        return store.table(store.required(self.stage, self.key), self.which, self.schema)
