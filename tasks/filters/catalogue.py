"""All filters, in the order in which they run, and the recipe's settings for them. A new filter is added here."""

from typing import TYPE_CHECKING, Any, Final

from pydantic import Field, create_model

from tasks.core.params import Params
from tasks.filters.contract import Filter
from tasks.filters.decontamination import contamination
from tasks.filters.distribution import outliers, synthetic
from tasks.filters.duplicates import conflicts, exact_duplicates, near_duplicates, semantic_duplicates
from tasks.filters.grounding import grounding
from tasks.filters.heuristics import (
    characters,
    echo,
    feasibility,
    instruction_like,
    language,
    length,
    metadata,
    placeholders,
    refusal,
    repeated_paragraphs,
    repetition,
)
from tasks.filters.personal_data import pii
from tasks.filters.toxicity import toxicity

FILTERS: Final[tuple[Filter[Any], ...]] = (
    # Each looks at one row. Cheap ones first: a row with several faults is rejected for the first of them, and not looked at again.
    metadata.FILTER,
    length.FILTER,
    placeholders.FILTER,
    refusal.FILTER,
    feasibility.FILTER,
    characters.FILTER,
    echo.FILTER,
    repetition.FILTER,
    language.FILTER,
    repeated_paragraphs.FILTER,  # from here on 5 microseconds a row and more
    instruction_like.FILTER,
    toxicity.FILTER,
    grounding.FILTER,
    contamination.FILTER,
    # These compare the rows that are left. Equal rows go before different answers to one instruction are compared, and both before
    # rows that are only similar, so that each reason says as much as it can.
    exact_duplicates.FILTER,
    conflicts.FILTER,
    near_duplicates.FILTER,
    semantic_duplicates.FILTER,
    # Off unless a recipe asks; they measure the rows that are left.
    outliers.FILTER,
    synthetic.FILTER,
    # Rewrites rows, so it comes last: everything before sees the texts that duplicates and benchmarks are compared in.
    pii.FILTER,
)

REASONS: Final = {code: meaning for listed in FILTERS for code, meaning in listed.reasons.items()}
"""Every code that a filter rejects with, and what it means."""

if TYPE_CHECKING:

    class Filters(Params):
        """Every filter's settings, under its name. In code, `FILTER.settings(filters)` gives them with their type."""

        def __getattr__(self, name: str) -> Any: ...

else:
    Filters = create_model(
        "Filters",
        __base__=Params,
        __module__=__name__,
        __doc__="Every filter's settings, under its name; each has `enabled`.",
        **{
            listed.name: (listed.params, Field(default=listed.params(), description=listed.params.__doc__))
            for listed in FILTERS
        },
    )
