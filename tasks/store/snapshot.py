"""A snapshot: what one stage passes to the next, a reference to rows in the store."""

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from tasks.store.manifest import Manifest
from tasks.store.store import Store


@dataclass(frozen=True)
class Snapshot:
    """The rows that a stage kept, by reference."""

    stage: str
    key: str
    content: str
    """Hash of the kept rows; equal content is equal input, whatever its key."""
    rows: int
    schema: pa.Schema = field(repr=False, compare=False)
    after: tuple[Any, ...] = field(default=(), repr=False, compare=False)
    """States of the task runs that made these rows and let them pass their gate: a task that reads them waits for those."""

    @classmethod
    def of(cls, manifest: Manifest, schema: pa.Schema) -> "Snapshot":
        """The snapshot that `manifest` describes."""
        return cls(manifest.stage, manifest.key, manifest.content, manifest.ledger.kept, schema)

    def table(self, store: Store) -> pa.Table:
        """The rows, read from the store and compared with their hashes."""
        return store.table(store.required(self.stage, self.key), "kept", self.schema)
