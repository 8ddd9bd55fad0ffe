"""Placeholders where an answer should stand: "N/A", "TODO", lorem ipsum.

Alpaca's generator wrote such words where it had nothing to say; the community's cleaned Alpaca (Ruebsamen et al. 2023) lists
them among its most frequent faults. Lorem ipsum is from C4's rules (Raffel et al. 2020, section 2.2).
"""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult, rows_where
from tasks.text.code import is_code_heavy
from tasks.text.columns import plain

_WHOLE: Final = (
    r"(?i)\A\W*(?:n/a|no ?(?:out|in)put(?: (?:required|needed|necessary|provided))?|output|response|answer|to ?do|tbd|"
    r"(?:sample|example|your) (?:output|response|answer|text)|insert (?:\w+ ){0,3}here|placeholder)\W*\z"
)
_LOREM: Final = r"(?i)\A.{0,60}lorem ipsum dolor"
_CHOICE: Final = (
    r"(?i)\bif\b|\bwhether\b|otherwise|n/a|extract|classify|choose|select|which|lorem|placeholder|\btodo\b|label|translat|"
    r"\bwords?\b|\bterms?\b|opposite|synonym|antonym|abbreviat|acronym|short (?:form|for)|stands? for|\bcall(?:ed)?\b|\bname|"
    r"dummy|filler|sample|html|css|web ?page|website|layout|template|mock|component"
)
"""Instructions that may be answered by such a word, or that ask for a placeholder."""
_LONGEST: Final = 40


class Placeholders(Params):
    """Whether placeholders are rejected."""

    enabled: bool = True
    """Whether this filter runs."""


def compute(table: pa.Table, _params: Placeholders, _context: FilterContext) -> FilterResult:
    """Rejects `placeholder` with the response's first words; changes nothing."""
    responses = plain(table["response"])
    short = pc.less_equal(pc.binary_length(responses), _LONGEST)
    empty = pc.and_(short, pc.match_substring_regex(pc.if_else(short, responses, ""), _WHOLE))
    found = pc.or_(empty, pc.match_substring_regex(responses, _LOREM))
    rows = rows_where(found)
    if not rows:
        return FilterResult.of(table.num_rows)
    asked = pc.match_substring_regex(plain(table["instruction"].take(pa.array(rows))), _CHOICE).to_pylist()
    rejected = {
        row: ("placeholder", " ".join(responses[row].as_py().split()[:6]))
        for row, choice in zip(rows, asked, strict=True)
        if not choice and not is_code_heavy(responses[row].as_py())
    }
    return FilterResult.of(table.num_rows, rejected)


FILTER: Final = Filter(
    name="placeholders",
    params=Placeholders,
    reasons={
        "placeholder": "a placeholder in place of the answer; detail: the placeholder",
    },
    row_wise=True,
    compute=compute,
)
