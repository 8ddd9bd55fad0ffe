"""The rows of a release or draft in memory, and the passages that they stand on."""

from functools import cached_property
from typing import Final

import pyarrow as pa

from tasks.core.errors import BadInput
from tasks.core.schema import Row
from tasks.review.shown import ORIGIN, rows_to_review
from tasks.store.manifest import Release
from tasks.store.store import Store

PASSAGE_COLUMNS: Final = ("chunk_id", "text", "headings", "source", "path")


class RowsUnderReview:
    """The rows that people look at: `rows` (CLUSTERED and `origin_hash`); by id, positions (`at`) and states (`states`)."""

    def __init__(self, store: Store, release: Release) -> None:
        self.store, self.release, self.name = store, release, release.dataset
        self.rows = rows_to_review(store, release).combine_chunks()
        self.ids: list[str] = self.rows.column("example_id").to_pylist()
        self.at = {one: at for at, one in enumerate(self.ids)}
        self.states = dict(zip(self.ids, self.rows.column(ORIGIN).to_pylist(), strict=True))

    def row(self, row_id: str) -> Row:
        """A row by its id; BadInput if the dataset has none of that id."""
        if (at := self.at.get(row_id)) is None:
            raise BadInput("no such row")
        found: Row = self.rows.slice(at, 1).to_pylist()[0]
        return found

    def passages(self, row: Row) -> list[Row]:
        """The passages that a row was made from or stands on, with PASSAGE_COLUMNS, in the order in which the row names them."""
        named = dict.fromkeys([*(span["chunk_id"] for span in row.get("evidence") or []), row["parent_id"]])
        positions = [self._passage_at[one] for one in named if one in self._passage_at]
        return [self._passages.slice(at, 1).to_pylist()[0] for at in positions]

    @cached_property
    def _passages(self) -> pa.Table:
        wanted = pa.schema(
            [(name, pa.list_(pa.string()) if name == "headings" else pa.string()) for name in PASSAGE_COLUMNS]
        )
        key = dict(self.release.stages).get("documents")
        parts = self.store.required("documents", key).tables["kept"] if key else ()
        return self.store.get(parts, wanted).combine_chunks()

    @cached_property
    def _passage_at(self) -> dict[str, int]:
        return {one: at for at, one in enumerate(self._passages.column("chunk_id").to_pylist())}
