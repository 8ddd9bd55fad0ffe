"""Responses that refuse the instruction, or speak of being somebody's model: what a model must not be taught by accident."""

import re
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.params import Params
from tasks.core.reasons import REASONS
from tasks.filters.contract import Filter, FilterContext, FilterResult, rows_where

REFUSALS: Final = (
    r"(?:i['’]?m|i am)(?: \w+)? sorry,? (?:but|i) .{0,30}?(?:can(?:['’]t|not)|unable|not able|won['’]t)",
    r"i(?: can(?:['’]t|not)|['’]m (?:unable|not able) to| am (?:unable|not able) to| won['’]t be able to) "
    r"(?:assist|help|provide|fulfil+|comply|answer|generate|create|engage|continue|access|browse|support|complete|do that)",
    r"(?:sorry|unfortunately),? (?:but )?(?:as an? (?:ai|language|artificial)|i (?:do not|don['’]t) have (?:access|enough))",
    r"i (?:do not|don['’]t) have (?:personal |the ability|the capability|real[- ]time|access to)",
    r"(?:it|this|that) (?:is|would be) (?:not|in)appropriate (?:for me )?to (?:provide|generate|discuss|answer)",
    r"i must (?:respectfully )?decline",
    r"(?:as|being) an? (?:ai|artificial intelligence|(?:large )?language model)\b.{0,60}?"
    r"(?:cannot|can['’]t|unable|not able|do not|don['’]t)",
)
IDENTITY: Final = (
    r"as an? (?:ai|artificial intelligence)(?: (?:language )?model| assistant)\b",
    r"as an? (?:large )?language model\b",
    r"i(?:['’]m| am) (?:only |just )?an? (?:ai|artificial intelligence|(?:large )?language model)\b",
    r"i(?:['’]m| am) (?:chatgpt|gpt-?[34]|claude|bard|gemini|llama|vicuna|alpaca|assistant, )",
    r"i(?: was|['’]m| am|['’]ve been| have been)[\w ,]{0,60} (?:developed|created|trained|built|made) by "
    r"(?:openai|anthropic|google|deepmind|meta|microsoft)",
    r"my (?:knowledge|training)(?: data)? (?:cut-?off|only goes|ends)",
)
_OPENING: Final = 300
"""Characters in which a refusal is looked for: a refusal opens with it; later on it is usually about something else."""

_BEGIN: Final = r"(?:^|[.!?]\s+|\n)[\"'“‘]?"
"""A refusal begins a sentence; after a speaker's name it is a line of a dialogue."""
_HELPS: Final = re.compile(r"(?i)\b(?:but|however,?) (?:i can|i(?:['’]ll| will)|here|let me)\b")
_NEAR: Final = 160
"""Characters behind the phrase in which an answer may still be offered: "I don't have personal experience, but I can …"."""


class Refusal(Params):
    """Whether refusals and identity claims are rejected; off where a dataset teaches refusing."""

    enabled: bool = True
    """Whether this filter runs."""


def compute(table: pa.Table, _params: Refusal, context: FilterContext) -> FilterResult:
    """Rejects `refusal` and `identity`, with the phrase. A response that stands in its evidence is a quotation, and passes."""
    rejected: dict[int, tuple[str, str]] = {}
    for code, phrases, before, reach in (("identity", IDENTITY, r"\b", None), ("refusal", REFUSALS, _BEGIN, _OPENING)):
        pattern = "(?i)" + before + "(?:" + "|".join(phrases) + ")"
        head = pc.utf8_slice_codeunits(table["response"], 0, reach) if reach else table["response"]
        for row in rows_where(pc.match_substring_regex(head, pattern)):
            text, spans = table["response"][row].as_py(), table["evidence"][row].as_py()
            phrase = re.search(pattern, text)
            if phrase and code == "refusal" and _HELPS.search(text, phrase.end(), phrase.end() + _NEAR):
                continue
            if phrase and not context.evidence.holds(text, spans):
                rejected[row] = (code, phrase.group())
    return FilterResult.of(table.num_rows, rejected)


FILTER: Final = Filter(
    name="refusal",
    params=Refusal,
    reasons={
        "refusal": REASONS["refusal"],
        "identity": "the response speaks of being a particular model; detail: the phrase",
    },
    row_wise=True,
    compute=compute,
)
