"""The filters, and their settings: the table of contents.

First the filters that look at one row at a time, cheap ones first: a row with several faults is rejected for the first of them.

    metadata           provenance is there and speaks the words that are defined
    length             neither empty nor too short nor too long
    placeholders       no "N/A", no lorem ipsum
    refusal            no refusals, no "as an AI language model"
    feasibility        asks for nothing that text cannot show
    characters         letters, not only signs
    echo               the response is more than the instruction
    repetition         not the same words over and over
    language           in a language the recipe allows
    repeated_paragraphs  no paragraph comes twice
    instruction_like   nothing that tries to instruct the model that reads it
    toxicity           no insults, threats, hate
    grounding          numbers, names, quotations and words stand in the evidence
    contamination      holds no benchmark item

then, in this order, those that compare the rows that are left with each other:

    exact_duplicates   equal up to case and white space
    conflicts          one instruction, one response
    near_duplicates    not nearly equal to another row
    semantic_duplicates  not another row in other words

and last those that rewrite the rows that stay:

    outliers           unlike all other rows (off unless asked)
    synthetic          told from human writing too easily (off unless asked)
    pii                personal data redacted, tagged, or the row dropped

A filter is a module with its Params and a pure function `judge(table, params, context) -> Verdict`; `length` is the one to
copy, and docs/adding-a-filter.md has the steps.
"""

from collections.abc import Callable
from typing import Any, Final

import pyarrow as pa

from tasks.core.params import Params
from tasks.filters.contract import Context, Verdict
from tasks.filters.decontamination import contamination
from tasks.filters.decontamination.contamination import Contamination
from tasks.filters.distribution import outliers, synthetic
from tasks.filters.distribution.outliers import Outliers
from tasks.filters.distribution.synthetic import Synthetic
from tasks.filters.duplicates import conflicts, exact_duplicates, near_duplicates, semantic_duplicates
from tasks.filters.duplicates.conflicts import Conflicts
from tasks.filters.duplicates.exact_duplicates import ExactDuplicates
from tasks.filters.duplicates.near_duplicates import NearDuplicates
from tasks.filters.duplicates.semantic_duplicates import SemanticDuplicates
from tasks.filters.grounding import grounding
from tasks.filters.grounding.grounding import Grounding
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
from tasks.filters.heuristics.characters import Characters
from tasks.filters.heuristics.echo import Echo
from tasks.filters.heuristics.feasibility import Feasibility
from tasks.filters.heuristics.instruction_like import InstructionLike
from tasks.filters.heuristics.language import Language
from tasks.filters.heuristics.length import Length
from tasks.filters.heuristics.metadata import Metadata
from tasks.filters.heuristics.placeholders import Placeholders
from tasks.filters.heuristics.refusal import Refusal
from tasks.filters.heuristics.repeated_paragraphs import RepeatedParagraphs
from tasks.filters.heuristics.repetition import Repetition
from tasks.filters.personal_data import pii
from tasks.filters.personal_data.pii import Pii
from tasks.filters.toxicity import toxicity
from tasks.filters.toxicity.toxicity import Toxicity


class Filters(Params):
    """Every filter's settings, as they are listed; each has `enabled`."""

    metadata: Metadata = Metadata()
    length: Length = Length()
    placeholders: Placeholders = Placeholders()
    refusal: Refusal = Refusal()
    feasibility: Feasibility = Feasibility()
    characters: Characters = Characters()
    echo: Echo = Echo()
    repetition: Repetition = Repetition()
    language: Language = Language()
    repeated_paragraphs: RepeatedParagraphs = RepeatedParagraphs()
    instruction_like: InstructionLike = InstructionLike()
    toxicity: Toxicity = Toxicity()
    grounding: Grounding = Grounding()
    contamination: Contamination = Contamination()
    exact_duplicates: ExactDuplicates = ExactDuplicates()
    conflicts: Conflicts = Conflicts()
    near_duplicates: NearDuplicates = NearDuplicates()
    semantic_duplicates: SemanticDuplicates = SemanticDuplicates()
    outliers: Outliers = Outliers()
    synthetic: Synthetic = Synthetic()
    pii: Pii = Pii()


Judge = Callable[[pa.Table, Any, Context], Verdict]

ROW_WISE: Final[dict[str, Judge]] = {
    "metadata": metadata.judge,
    "length": length.judge,
    "placeholders": placeholders.judge,
    "refusal": refusal.judge,
    "feasibility": feasibility.judge,
    "characters": characters.judge,
    "echo": echo.judge,
    "repetition": repetition.judge,
    "language": language.judge,
    "repeated_paragraphs": repeated_paragraphs.judge,
    "instruction_like": instruction_like.judge,
    "toxicity": toxicity.judge,
    "grounding": grounding.judge,
    "contamination": contamination.judge,
}
"""A row's verdict depends on that row only: these run on parts of the table at the same time."""
THEN: Final[dict[str, Judge]] = {
    "exact_duplicates": exact_duplicates.judge,
    "conflicts": conflicts.judge,
    "near_duplicates": near_duplicates.judge,
    "semantic_duplicates": semantic_duplicates.judge,
    "outliers": outliers.judge,
    "synthetic": synthetic.judge,
    "pii": pii.judge,
}
"""Compare rows, or rewrite them: in this order, behind all others."""
ORDER: Final[dict[str, Judge]] = ROW_WISE | THEN
