"""The rows that people are shown: those of a release or a draft, each with the state in which it came to the review."""

from collections.abc import Iterable, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.schema import CLUSTERED, EXAMPLE
from tasks.store.manifest import Part, Release
from tasks.store.released import rows_parts
from tasks.store.store import Store

STATE: Final = pa.schema([CLUSTERED.field(name) for name in ("example_id", "content_hash", "reviews")])
ORIGIN: Final = "origin_hash"
"""What a decision about the row names as its `origin_hash`."""
CAME_AS: Final = "came_as"
"""The state in which the row came to the review, before any edit."""


def rows_to_review(store: Store, release: Release, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a release or a draft (schema CLUSTERED, or those of its `columns`, and `example_id`), with `origin_hash` behind.

    A row that was edited is in a new state, which other people may judge. `reviews` says what is decided already.
    """
    named = [name for name in CLUSTERED.names if columns is None or name in columns or name == "example_id"]
    return _with_origins(store, release, store.get(rows_parts(store, release), CLUSTERED, named))


def rows_as_they_came(store: Store, release: Release, ids: pa.ChunkedArray) -> pa.Table:
    """Those of the rows `ids` that came to the review (schema EXAMPLE), before cleaning and filters changed them, with the edits
    that the build applied."""
    wanted = ids.combine_chunks()
    parts = (store.get([part], EXAMPLE) for part in _reviewed(store, release))
    found = [rows.filter(pc.is_in(rows["example_id"], value_set=wanted)) for rows in parts]
    return pa.concat_tables([EXAMPLE.empty_table(), *found])


def refused_rows(store: Store, release: Release, stages: Iterable[str]) -> pa.Table:
    """The rows that `stages` of a build rejected after the review, or in it, with `origin_hash`, `reason` and `detail` behind: what
    people look at to say how often a filter errs."""
    wanted = pa.schema([*CLUSTERED, ("reason", pa.string()), ("detail", pa.string())])
    parts = [
        part
        for stage, key in release.stages
        if stage in set(stages)
        for part in store.required(stage, key).tables["rejected"]
    ]
    return _with_origins(store, release, store.get(parts, wanted))


def later_stages(release: Release) -> list[str]:
    """The stages of a build whose rows came through the review, in order: cleaning and those behind it."""
    stages = [stage for stage, _ in release.stages]
    return stages[stages.index("cleaning") :] if "cleaning" in stages else []


def origins(store: Store, release: Release) -> pa.Table:
    """`example_id`, `origin_hash` and `came_as` of every row that came to the review, rows that it rejected too."""
    table = store.get(_reviewed(store, release), STATE)
    found = table["content_hash"].to_pylist()
    came = [*found]
    reviewed = pc.indices_nonzero(pc.greater(pc.fill_null(pc.list_value_length(table["reviews"]), 0), 0))
    for row, reviews in zip(reviewed.to_pylist(), table["reviews"].take(reviewed).to_pylist(), strict=True):
        found[row] = next((one["after"] for one in reversed(reviews) if one["after"]), found[row])
        came[row] = reviews[0]["before"] or came[row]
    states = {ORIGIN: pa.array(found, pa.string()), CAME_AS: pa.array(came, pa.string())}
    return pa.table({"example_id": table["example_id"], **states})


def states_at_first(store: Store, release: Release) -> dict[str, str]:
    """`came_as` by `example_id`: what is known to be right of a gold row is about this state."""
    found = origins(store, release)
    return dict(zip(found["example_id"].to_pylist(), found[CAME_AS].to_pylist(), strict=True))


def _with_origins(store: Store, release: Release, rows: pa.Table) -> pa.Table:
    known = origins(store, release)
    at = pc.index_in(rows["example_id"], value_set=known["example_id"].combine_chunks())
    return rows.append_column(ORIGIN, known[ORIGIN].take(at))


def _reviewed(store: Store, release: Release) -> list[Part]:
    """The objects with the rows that a review saw; where there was none, with those that cleaning did; of a draft that came to
    neither, with its rows."""
    keys = dict(release.stages)
    if "review" in keys:
        tables = store.required("review", keys["review"]).tables
        return [*tables["kept"], *tables["rejected"]]
    if "cleaning" in keys:
        inputs = store.required("cleaning", keys["cleaning"]).inputs
        parts = [part for stage, key in inputs for part in store.required(stage, key).tables["kept"]]
        return [part for part in parts if store.columns([part])[:1] == ["example_id"]]  # passages are an input too
    return list(rows_parts(store, release))
