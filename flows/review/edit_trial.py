"""Edits tried before they are saved: what cleaning and the filters would say of a row if the next build saw it as it is edited."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from threading import Thread
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from flows.review.rows import RowsUnderReview
from tasks.cleaning import stage as cleaning
from tasks.cleaning.stage import Boilerplate, Cleaning
from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.core.reasons import REASONS
from tasks.core.schema import CHUNK, EXAMPLE, Row
from tasks.filters import catalogue
from tasks.filters.catalogue import Filters
from tasks.filters.objections import objections
from tasks.review.refusals import RefusedRow
from tasks.review.shown import rows_as_they_came
from tasks.store.manifest import Release
from tasks.store.store import Store

Edits = Mapping[str, Mapping[str, Any]]
"""Row id → the columns that are edited, with their new values."""
_MEANINGS: Final = REASONS | catalogue.REASONS
_LOADS_EVERYTHING: Final = "Write to jane.miller@acme.com."
"""A text for which the slowest detector to load, that of personal data, is asked."""


@dataclass(frozen=True)
class TriedEdit:
    """What the next build would make of an edited row, as far as that can be said at once."""

    refusals: tuple[RefusedRow, ...] = ()
    """Every reason to refuse it; a build names the first."""
    changes: tuple[str, ...] = ()
    """What cleaning would repair and the filter `pii` redact in the columns that are edited, as rule:column."""
    not_tried: Mapping[str, str] = field(default_factory=dict)
    """Filters of the recipe that were not asked → why."""


class EditTrial:
    """Cleaning and the filters that look at one row, as the recipe of the release sets them. Safe for any number of threads; asks
    nothing outside this machine."""

    def __init__(self, rows: RowsUnderReview) -> None:
        self.rows = rows
        self._tools = Tools(key="trial", store_root=rows.store.root, workers=1)
        self._is_warm = False

    def of(self, edits: Edits) -> dict[str, TriedEdit]:
        """What became of each edited row, by its id. BadInput for a row that is not under review."""
        if self._settings is None:
            unread = {"all": "this version cannot read the recipe of the release"}
            return {row_id: TriedEdit(not_tried=unread) for row_id in edits}
        rows = [{**self._before(row_id), **edited} for row_id, edited in edits.items()]
        return self._tried(rows, edits, *self._settings)

    def warm_up(self, row_id: str) -> None:
        """Try something in the background, once: what filters load is there when somebody has edited a row."""
        if not self._is_warm:
            self._is_warm = True
            Thread(target=self.of, args=({row_id: {"response": _LOADS_EVERYTHING}},), daemon=True).start()

    def _tried(self, rows: list[Row], edits: Edits, repairs: Cleaning, filters: Filters) -> dict[str, TriedEdit]:
        chunks = self._passages(rows)
        cleaned = cleaning.compute(pa.Table.from_pylist(rows, schema=EXAMPLE), chunks, repairs, self._tools)
        said = objections(cleaned.kept, chunks, filters, self._tools)
        tried = {
            row["example_id"]: TriedEdit((_refusal(row["example_id"], "cleaning", row["reason"], row["detail"]),))
            for row in cleaned.rejected.select(["example_id", "reason", "detail"]).to_pylist()
        }
        for at, row in enumerate(said.rows.select(["example_id", "changes"]).to_pylist()):
            row_id = row["example_id"]
            refusals = tuple(_refusal(row_id, "filters", *one) for one in said.found.get(at, ()))
            changes = (one for one in row["changes"] if one.partition(":")[2].partition(".")[0] in edits[row_id])
            tried[row_id] = TriedEdit(refusals, tuple(changes), said.not_tried)
        return tried

    @cached_property
    def _settings(self) -> tuple[Cleaning, Filters] | None:
        """The recipe's; without what is repaired only because many rows have it. None where this version has no such settings."""
        recipe = self.rows.release.recipe
        try:
            repairs = Cleaning.model_validate(recipe.get("cleaning", {}))
            filters = Filters.model_validate(recipe.get("filters", {}))
        except ValidationError:
            return None
        return repairs.model_copy(update={"boilerplate": Boilerplate(enabled=False)}), filters

    def _before(self, row_id: str) -> Row:
        """A row before cleaning and redaction, as a decision about it is laid over it."""
        return self._redacted.get(row_id) or self.rows.row(row_id)

    @cached_property
    def _redacted(self) -> dict[str, Row]:
        """The rows in which personal data was found, as they came: placeholders that nobody wrote are not to be judged."""
        found = pc.greater(pc.fill_null(pc.list_value_length(self.rows.rows["pii"]), 0), 0)
        ids = self.rows.rows["example_id"].filter(found)
        came = rows_as_they_came(self.rows.store, self.rows.release, ids) if len(ids) else EXAMPLE.empty_table()
        return {row["example_id"]: row for row in came.to_pylist()}

    def _passages(self, rows: list[Row]) -> pa.Table | None:
        """The passages of the rows (schema CHUNK); None where the dataset has no documents."""
        if "documents" not in dict(self.rows.release.stages):
            return None
        passages = {one["chunk_id"]: one for row in rows for one in self.rows.passages(row)}
        return pa.Table.from_pylist(list(passages.values()), schema=CHUNK)


def refusals_of_edits(store: Store, release: Release, edits: Edits) -> dict[str, tuple[RefusedRow, ...]]:
    """Of edits of rows of a release, or that its build rejected, those that the next build would refuse, each with every reason."""
    found: dict[str, tuple[RefusedRow, ...]] = {}
    left = dict(edits)
    for rejected in (False, True):
        with suppress(
            BadInput
        ):  # no row was rejected by a filter or verifier; the mix leaves rows out that nothing is wrong with
            rows = RowsUnderReview(store, release, rejected and bool(left))
            here = {row_id: left.pop(row_id) for row_id in edits if row_id in left and row_id in rows.at}
            found |= {row_id: one.refusals for row_id, one in EditTrial(rows).of(here).items() if one.refusals}
    return found


def _refusal(row_id: str, stage: str, reason: str, detail: str | None) -> RefusedRow:
    meaning = _MEANINGS.get(reason, "").partition("; detail:")[0]
    return RefusedRow(row_id, "", f"{stage}/{reason}", detail or "", meaning)
