"""Responses that refuse the instruction, or speak of being somebody's model: what a model must not be taught by accident.

What a refusal is, `tasks/text/refusals.py` says. A refusal of something harmful is what a safe model says: it is labelled `harm` in
the column `refusal`, and kept or dropped as the recipe says.
"""

from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.params import Params
from tasks.core.reasons import REASONS
from tasks.filters.contract import Filter, FilterContext, FilterResult, rows_where
from tasks.filters.heuristics.identity import IDENTITY, claims_identity
from tasks.text.code import is_code_heavy
from tasks.text.refusals import HARM, OPENING, REFUSALS, refuses


class Refusal(Params):
    """Whether refusals and identity claims are rejected; off where a dataset teaches refusing."""

    enabled: bool = True
    """Whether this filter runs."""
    spare: tuple[str, ...] = ()
    """Methods whose rows may refuse, as those of `behaviours` that teach it."""
    of_harm: Literal["keep", "drop"] = "keep"
    """What happens to refusals of something harmful, which a safety set needs; either way they are counted."""


def compute(table: pa.Table, params: Refusal, context: FilterContext) -> FilterResult:
    """Rejects `refusal`, `identity` and, if the recipe says so, `refusal_of_harm`, with the phrase; fills in `refusal`.

    A response that stands in its evidence is a quotation, and passes; so does code.
    """
    rejected: dict[int, tuple[str, str]] = {}
    of_harm: list[int] = []
    refusing = pc.match_substring_regex(pc.utf8_slice_codeunits(table["response"], 0, OPENING), REFUSALS)
    claiming = pc.match_substring_regex(table["response"], IDENTITY)
    spared = set(rows_where(pc.is_in(table["method"], pa.array(params.spare, pa.string()))))
    for row in rows_where(pc.or_(refusing, claiming)):
        asked, said = table["instruction"][row].as_py() or "", table["response"][row].as_py()
        phrase = refuses(asked, said)
        claim = claims_identity(asked, said)
        if not (phrase or claim) or is_code_heavy(said) or context.evidence.holds(said, table["evidence"][row].as_py()):
            continue
        if phrase and HARM.search("\n".join([asked, *_turns(table, row)])):
            of_harm.append(row)
            if params.of_harm == "drop" and row not in spared:
                rejected[row] = ("refusal_of_harm", phrase)
        elif row not in spared:
            rejected[row] = ("refusal", phrase) if phrase else ("identity", str(claim))
    label = np.full(table.num_rows, None, object)
    label[of_harm] = "harm"
    columns = {"refusal": pa.array(label, pa.string())} if of_harm else {}
    return FilterResult.of(table.num_rows, rejected, columns, {"refusals_of_harm": len(of_harm)} if of_harm else {})


def _turns(table: pa.Table, row: int) -> list[str]:
    turns: list[dict[str, Any]] = table["history"][row].as_py() or []
    return [turn["content"] or "" for turn in turns]


FILTER: Final = Filter(
    name="refusal",
    params=Refusal,
    reasons={
        "refusal": REASONS["refusal"],
        "refusal_of_harm": "the response refuses something harmful and the recipe says drop; detail: the phrase",
        "identity": "the response speaks of being a particular model; detail: the phrase",
    },
    row_wise=True,
    compute=compute,
)
