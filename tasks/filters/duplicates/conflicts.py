"""One instruction with different responses, and one response under different instructions.

Both can be right. Two documents may answer a question differently, and one sentence may answer two differently put
questions. So a conflicting response is dropped unless the recipe keeps both, and a shared response is dropped only where
the instructions are made of the same words: "What does X do?" and "What does the X do?", not "Define X" and "When is X used?".
"""

from collections import defaultdict
from collections.abc import Callable, Container
from typing import Annotated, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.attached_document import without_document
from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult
from tasks.filters.duplicates.quality import best_of_equals, dropped_for, order, uses
from tasks.filters.duplicates.sense import same_question
from tasks.filters.duplicates.variants import apart, kinship
from tasks.text.columns import joined, plain
from tasks.text.equal_texts import FIELD
from tasks.text.equality import equals
from tasks.text.words import words

_ASKED: Final = ("system", "history", "instruction")
_COMPARED: Final = 50
"""Rows of one response that a further one is compared with; keeps a boilerplate response from costing its square."""


class Conflicts(Params):
    """What happens to rows that contradict or repeat each other."""

    enabled: bool = True
    """Whether this filter runs."""
    keep: Literal["best", "both"] = "best"
    """Which of several different responses to one instruction stay; rows with a preference pair or a reward score always do, and
    a row with its reasoning stays beside one without."""
    shared_words: Annotated[float, Field(ge=0, le=1)] = 0.75
    """Jaccard similarity of the words of two instructions from which, under one response, they are the same question."""
    min_shared_words: Annotated[int, Field(ge=1)] = 6
    """Words from which a response counts as shared; shorter ones ("Yes.", a number) belong to many questions."""


def compute(table: pa.Table, params: Conflicts, context: FilterContext) -> FilterResult:
    """Rejects `conflicting_response` and `shared_response`, naming the row that stays. See `quality.order` for which it is."""
    conflicting = _conflicting(table, context.tools.workers) if params.keep == "best" else {}
    shared = _shared(table, conflicting, params, context.tools.workers)
    ids = table["example_id"]
    rejected = {row: ("conflicting_response", ids[kept].as_py()) for row, kept in conflicting.items()}
    rejected |= {row: ("shared_response", ids[kept].as_py()) for row, kept in shared.items()}
    return FilterResult.of(table.num_rows, rejected, {"duplicates": dropped_for(table, shared)} if shared else {})


def _conflicting(table: pa.Table, workers: int) -> dict[int, int]:
    rows, codes = equals(joined(table, _ASKED, FIELD), workers, asked=True)
    graded = pc.or_(pc.is_valid(table["rejected"]), pc.is_valid(table["score"])).to_numpy()
    return {
        row: kept for row, kept in best_of_equals(table, rows, apart(table, rows, codes)).items() if not graded[row]
    }


def _shared(table: pa.Table, gone: Container[int], params: Conflicts, workers: int) -> dict[int, int]:
    rows, codes = equals(plain(table["response"]), workers)
    long_enough = pc.greater_equal(
        pc.count_substring_regex(table["response"].take(pa.array(rows)), r"\S+"), params.min_shared_words
    ).to_numpy()
    rows, codes = rows[long_enough], codes[long_enough]
    groups, used = defaultdict(list), uses(table)
    for at in order(table.take(pa.array(rows))).tolist():
        if rows[at] not in gone:
            groups[codes[at], used[rows[at]]].append(int(rows[at]))
    kin = kinship(table, rows)
    keepers: dict[int, int] = {}
    for alike in groups.values():
        if len(alike) > 1:
            asked = {row: without_document(table["instruction"][row].as_py() or "") for row in alike}
            keepers |= _same_questions(alike, asked, kin, params)
    return keepers


def _same_questions(
    rows: list[int], asked: dict[int, str], kin: Callable[[int, int], bool], params: Conflicts
) -> dict[int, int]:
    kept: list[int] = []
    keepers: dict[int, int] = {}
    for row in rows:
        others = (other for other in kept[:_COMPARED] if not kin(row, other))
        near = next((k for k in others if _alike(asked[row], asked[k], params.shared_words)), None)
        if near is None:
            kept.append(row)
        else:
            keepers[row] = near
    return keepers


def _alike(left: str, right: str, share: float) -> bool:
    first, second = frozenset(words(left)), frozenset(words(right))
    return len(first & second) >= share * max(len(first | second), 1) and same_question(left, right)


FILTER: Final = Filter(
    name="conflicts",
    params=Conflicts,
    reasons={
        "conflicting_response": "the same instruction has a better response elsewhere; detail: its id",
        "shared_response": "the same response answers another instruction; detail: its id",
    },
    row_wise=False,
    compute=compute,
)
