"""The rows of a stage that asks a model, sorted into kept, rejected and failed while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from tasks.core import schema as schemas
from tasks.core.outcome import Outcome
from tasks.core.schema import Row
from tasks.teachers.protocol import Failure


@dataclass
class SortedRows:
    """Kept, rejected and failed rows, each in the order in which they were added."""

    kept: list[Row] = field(default_factory=list)
    rejected: list[Row] = field(default_factory=list)
    failed: list[Row] = field(default_factory=list)

    def keep(self, row: Row) -> None:
        """Add a row that is kept."""
        self.kept.append(row)

    def reject(self, row: Row, reason: str, detail: str = "") -> None:
        """Add a row that is rejected, for a reason of `tasks.core.reasons`."""
        self.rejected.append(row | {"reason": reason, "detail": detail})

    def fail(self, row: Row, failure: Failure) -> None:
        """Add a row that got no answer: as rejected if the model refused, as failed otherwise."""
        if failure.refused:
            self.reject(row, "refusal", failure.error)
        else:
            self.failed.append(row | {"error": failure.error})

    def outcome(self, schema: pa.Schema, facts: Mapping[str, Any] | None = None) -> Outcome:
        """The outcome of a stage whose kept rows have `schema`."""
        return Outcome(
            pa.Table.from_pylist(self.kept, schema=schema),
            pa.Table.from_pylist(self.rejected, schema=schemas.rejected(schema)),
            pa.Table.from_pylist(self.failed, schema=schemas.failed(schema)),
            dict(facts or {}),
        )
