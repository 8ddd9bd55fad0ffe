"""Rows that a build refused after the review, shown to people: to say how often a reason errs, or because they edited them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.errors import BadInput, IntegrityError
from tasks.core.schema import CLUSTERED, Row
from tasks.review.decisions import Decision, next_origin, origin, standing
from tasks.review.shown import ORIGIN, later_stages, refused_rows
from tasks.store.manifest import Release
from tasks.store.store import Store

REFUSED: Final = "refused"
"""The column, and the field of a decision, that says stage/reason."""
COMPARING: Final = frozenset(
    {
        "exact_duplicate",
        "conflicting_response",
        "shared_response",
        "semantic_duplicate",
        "near_duplicate",
        "contaminated",
    }
)
"""Reasons that nobody can judge by the row alone."""
_NO_FAULT: Final = ("clusters", "mix")
"""Stages that leave rows out to keep a proportion, and those behind them: nothing is wrong with such a row."""


@dataclass(frozen=True)
class RefusedRow:
    """Why a build refused a row in a state."""

    row_id: str
    state: str
    name: str
    """stage/reason."""
    detail: str
    meaning: str = ""
    """What the reason means, in words."""

    @property
    def needs_the_reason(self) -> bool:
        """Whether it can only be judged by somebody who knows the reason: it speaks of another text."""
        return self.name.rpartition("/")[2] in COMPARING

    def __str__(self) -> str:
        said = f"{self.name}, {self.meaning}" if self.meaning else self.name
        return f"{said} ({self.detail})" if self.detail else said


def refused_table(store: Store, release: Release, reason: str = "") -> pa.Table:
    """The rows that filters and verifiers of a build rejected (schema CLUSTERED, `origin_hash`, `detail`, `refused`,
    `meaning`), those of one stage or stage/`reason` where it is given; BadInput where there are none."""
    found = []
    for stage in _judging(release):
        table = refused_rows(store, release, [stage])
        meanings = store.required(stage, dict(release.stages)[stage]).meanings
        reasons = table["reason"].to_pylist()
        names = pa.array([f"{stage}/{one}" for one in reasons], pa.string())
        said = pa.array([meanings.get(one, "").partition("; detail:")[0] for one in reasons], pa.string())
        found.append(table.drop_columns(["reason"]).append_column(REFUSED, names).append_column("meaning", said))
    rows = pa.concat_tables(found) if found else None
    if rows is None or not rows.num_rows:
        raise BadInput(f"no filter or verifier of {release.name} rejected a row that came through the review")
    if reason:
        names = sorted(set(rows[REFUSED].to_pylist()))
        wanted = [one for one in names if reason in (one, one.partition("/")[0])]
        if not wanted:
            raise BadInput(f"{release.name} rejected no row as {reason!r}; there are {', '.join(names)}")
        rows = rows.filter(pc.is_in(rows[REFUSED], value_set=pa.array(wanted, pa.string())))
    return rows


def refusals_of(rows: pa.Table) -> dict[str, RefusedRow]:
    """Of `refused_table`, by example_id."""
    columns = (rows[name].to_pylist() for name in ("example_id", ORIGIN, REFUSED, "detail", "meaning"))
    return {
        row: RefusedRow(row, state, name, why or "", said) for row, state, name, why, said in zip(*columns, strict=True)
    }


def refused_edits(store: Store, release: Release) -> pa.Table | None:
    """`refused_table` of the edited rows that the latest build of the dataset rejected (of `release`, where no build is on record);
    None without any. Only the reviews are read where there are none."""
    built = release
    with suppress(BadInput):
        built = store.draft(release.dataset) if store.has_build(release.dataset) else release
    try:
        stages = dict(built.stages)
        parts = [part for stage in _judging(built) for part in store.required(stage, stages[stage]).tables["rejected"]]
        reviews = store.get(parts, pa.schema([CLUSTERED.field("example_id"), CLUSTERED.field("reviews")]))
        edited = [row["example_id"] for row in reviews.filter(_any(reviews["reviews"])).to_pylist() if _is_edited(row)]
        if not edited:
            return None
        rows = refused_table(store, built)
    except IntegrityError:  # the record may name what was collected since
        return None
    return rows.filter(pc.is_in(rows["example_id"], value_set=pa.array(edited, pa.string())))


def unanswered(refused: dict[str, RefusedRow], own: Sequence[Decision]) -> list[RefusedRow]:
    """Of refused edits those that a person made, by their decisions (`own`), and did nothing about since."""
    held = standing(list(own))
    about = {(one.example_id, origin(one)) for one in held}
    edits = {one.example_id: next_origin(one) for one in held if one.word == "edit"}
    return [one for row, one in refused.items() if edits.get(row) == one.state and (row, one.state) not in about]


def _judging(release: Release) -> list[str]:
    """The stages behind the review that say a row is not good enough."""
    stages = later_stages(release)
    ends = [stages.index(name) for name in _NO_FAULT if name in stages]
    return stages[: min(ends, default=len(stages))]


def _any(reviews: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.greater(pc.fill_null(pc.list_value_length(reviews), 0), 0)


def _is_edited(row: Row) -> bool:
    return any(one["word"] == "edit" and one["after"] for one in row["reviews"])
