"""Rows that are nearly equal, found by MinHash and verified by the exact Jaccard similarity of their 5-word shingles.

Candidates are loose (one of 20 bands equal; Broder 1997, Leskovec et al. chapter 3), verification is strict. Short rows
cannot be nearly equal: fewer than five words are one shingle, so they group only with the same words. Empty rows group with
nothing. Scripts without blanks between words have few, long shingles, and are found only when whole phrases agree.

Rows are compared as conversations: turns, instruction and response together, without a document that is attached.
But questions of one pattern about different things ("Chapter 3" and "Chapter 4", `str.find()` and `str.index()`) are different
rows even where most of their words are the same, and so are responses that contradict each other; see `sense`.
"""

from typing import Annotated, Final

import pyarrow as pa
from pydantic import Field

from tasks.core.params import Params
from tasks.filters import shingles
from tasks.filters.contract import Filter, FilterContext, FilterResult
from tasks.filters.duplicates import groups as grouping
from tasks.filters.duplicates import minhash
from tasks.filters.duplicates.minhash import Signatures
from tasks.filters.duplicates.previous_releases import earlier, matches
from tasks.filters.duplicates.representatives import (
    COMPARED,
    compared,
    representatives,
    without_answers,
    without_dropped,
)
from tasks.filters.duplicates.sense import contradict, question
from tasks.text.columns import Texts, plain

Groups = minhash.Rows


class NearDuplicates(Params):
    """How alike two rows must be."""

    enabled: bool = True
    """Whether this filter runs."""
    threshold: Annotated[float, Field(ge=0.3, le=1)] = 0.7
    """Jaccard similarity of the 5-word shingles from which two rows are near-duplicates."""
    against_previous: tuple[str, ...] = ()
    """Earlier releases, as dataset@version, that no row may repeat. Rows which they hold under the same id are unchanged, and
    stay. A dataset without a version stands for its newest release, where a flow has `pinned` it."""


def compute(
    table: pa.Table, params: NearDuplicates, context: FilterContext, *, asked_only: bool = False
) -> FilterResult:
    """Rejects `near_duplicate`, naming the row that stays and the similarity; counts them in `duplicates` there.

    Of each group the best row stays (`quality.order`), then the best of those not like it, and so on: every rejected row is
    itself nearly equal to the row it names, and not only to a third. A row of an earlier release is named dataset@version/id.
    asked_only: compares what is asked, whatever is answered.
    """
    if asked_only:
        table = without_answers(table)
    column = shingles.column(compared(table))
    signatures = minhash.signatures(column, context.tools.workers)
    rejected = _seen_before(table, signatures, params, context, asked_only)
    groups = grouping.groups(column, signatures, params.threshold, context.tools.workers)
    dropped = representatives(
        table, groups, lambda *pairs: minhash.jaccard(column, pairs), params.threshold, ordered=True, gone=rejected
    )
    return without_dropped(table, dropped, "near_duplicate", rejected)


def near_duplicate_groups(texts: Texts, threshold: float = 0.7) -> Groups:
    """The group of each row, int64 (rows,): the number of the first row it is connected with by near-duplicates.

    Two rows are near-duplicates if the Jaccard similarity of their 5-word shingles is at least `threshold`.
    """
    column = shingles.column(plain(texts))
    return grouping.groups(column, minhash.signatures(column), threshold)


def _seen_before(
    table: pa.Table,
    signatures: Signatures,
    params: NearDuplicates,
    context: FilterContext,
    asked_only: bool,
) -> dict[int, tuple[str, str]]:
    """The rows that an earlier release holds under another id, with the most similar row there."""
    found: dict[int, tuple[str, str]] = {}
    if not params.against_previous:
        return found
    texts, nearest = compared(table), dict[int, float]()
    own = set(table["example_id"].to_pylist())
    for name in params.against_previous:
        old = earlier(name, context.tools.store_root, context.tools.workers, asked_only=asked_only)
        (left, right), similar = matches(texts, signatures, old, params.threshold)
        ids = old.rows["example_id"].take(pa.array(right)).to_pylist()
        (asked, said), (asked_there, said_there) = _texts(table, left), _texts(old.rows, right)
        for row, other, id_, similarity in zip(left.tolist(), right.tolist(), ids, similar.tolist(), strict=True):
            same = question(asked[row]) == question(asked_there[other]) and not contradict(said[row], said_there[other])
            if same and id_ not in own and similarity > nearest.get(row, 0):
                nearest[row] = similarity
                found[row] = ("near_duplicate", f"{name}/{id_} {similarity:.2f}")
    return found


def _texts(table: pa.Table, rows: Groups) -> tuple[dict[int, str], dict[int, str]]:
    """What some rows ask, turns included, and what they answer, by row."""
    some = table.take(pa.array(rows))
    asked, said = compared(some, COMPARED[:-1]).to_pylist(), plain(some["response"]).to_pylist()
    return dict(zip(rows.tolist(), asked, strict=True)), dict(zip(rows.tolist(), said, strict=True))


FILTER: Final = Filter(
    name="near_duplicates",
    params=NearDuplicates,
    reasons={
        "near_duplicate": "nearly equal to another row; detail: its id and similarity",
    },
    row_wise=False,
    compute=compute,
)
