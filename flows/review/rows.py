"""The rows of a release or draft in memory, and the passages that they stand on."""

from functools import cached_property
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.errors import BadInput
from tasks.core.schema import Row
from tasks.review.refusals import RefusedRow, refusals_of, refused_edits, refused_table
from tasks.review.shown import ORIGIN, rows_to_review
from tasks.store.manifest import Release
from tasks.store.store import Store

PASSAGE_COLUMNS: Final = ("chunk_id", "text", "title", "headings", "source", "path")


class RowsUnderReview:
    """The rows that people look at: `rows` (CLUSTERED and `origin_hash`); by id, positions (`at`) and states (`states`).

    Those of the release, and behind them the edited ones that the latest build refused; or, if `rejected`, in their place those
    that its filters and verifiers rejected (with `detail` and `refused`), for one `reason` or all.
    """

    def __init__(self, store: Store, release: Release, rejected: bool = False, reason: str = "") -> None:
        self.store, self.release, self.name = store, release, release.dataset
        self.refusals: dict[str, RefusedRow] = {}
        """Of rows that are shown though they were refused."""
        refused = refused_edits(store, release)
        self.edits_refused = refusals_of(refused) if refused is not None else {}
        if rejected:
            self.rows = refused_table(store, release, reason).combine_chunks()
            self.refusals = refusals_of(self.rows)
        else:
            self.rows = self._with_refused(rows_to_review(store, release), refused).combine_chunks()
        self.ids: list[str] = self.rows.column("example_id").to_pylist()
        self.at = {one: at for at, one in enumerate(self.ids)}
        self.states = dict(zip(self.ids, self.rows.column(ORIGIN).to_pylist(), strict=True))

    def _with_refused(self, rows: pa.Table, refused: pa.Table | None) -> pa.Table:
        if refused is None:
            return rows
        new = refused.filter(pc.invert(pc.is_in(refused["example_id"], value_set=rows["example_id"].combine_chunks())))
        self.refusals = refusals_of(new)
        return pa.concat_tables([rows, new.select(rows.column_names)])

    def row(self, row_id: str) -> Row:
        """A row by its id; BadInput if the dataset has none of that id."""
        if (at := self.at.get(row_id)) is None:
            raise BadInput("no such row")
        found: Row = self.rows.slice(at, 1).to_pylist()[0]
        return found

    def any_row(self, row_id: str) -> Row | None:
        """A row by its id, also one of the release while rejected ones are read; None if there is none of that id."""
        if row_id in self.at:
            return self.row(row_id)
        rows = rows_to_review(self.store, self.release)
        found: list[Row] = rows.filter(pc.equal(rows["example_id"], row_id)).to_pylist()
        return found[0] if found else None

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
