"""A snapshot: what one stage hands to the next. A pointer into the store, cheap to pass and to print."""

from dataclasses import dataclass, field

import pyarrow as pa

from tasks.store.manifest import Manifest
from tasks.store.store import Store


@dataclass(frozen=True)
class Snapshot:
    """The rows a stage kept."""

    stage: str
    key: str
    content: str
    """Hash of the kept rows; equal content is equal input, whichever key it was made under."""
    rows: int
    schema: pa.Schema = field(repr=False, compare=False)

    @classmethod
    def of(cls, manifest: Manifest, schema: pa.Schema) -> "Snapshot":
        """The snapshot that `manifest` describes."""
        return cls(manifest.stage, manifest.key, manifest.content, manifest.ledger.kept, schema)

    def table(self, store: Store) -> pa.Table:
        """The rows, page checksums verified."""
        return store.table(store.required(self.stage, self.key), "kept", self.schema)
