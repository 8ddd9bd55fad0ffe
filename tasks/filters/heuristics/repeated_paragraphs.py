"""Texts in which whole paragraphs come twice: a page that was scraped twice, a model that began its answer again.

Gopher's rules for duplicate paragraphs (Rae et al. 2021, table A1), for paragraphs long enough not to repeat by chance. Code
may repeat itself, and so may verse: a refrain is a paragraph of short lines. What was asked for (a song, a plan, the
same thing twice) is no fault, and what a user pasted twice is none of the assistant's.
"""

import re
from typing import Annotated, Final

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.attached_document import without_document
from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult, rows_where
from tasks.filters.heuristics.asked import PATTERN, REPETITION
from tasks.text.columns import pieces
from tasks.text.words import normalise

_BREAK: Final = r"\n\s*\n"
_FENCE: Final = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_VERSE: Final = 10
"""Words a line of verse has at most."""


class RepeatedParagraphs(Params):
    """How much of a text may be paragraphs that stood in it before."""

    enabled: bool = True
    """Whether this filter runs."""
    max_share: Annotated[float, Field(ge=0, lt=1)] = 0.3
    """Largest share of a text's characters that may stand in repeated paragraphs."""
    min_words: Annotated[int, Field(ge=1)] = 8
    """Words a paragraph must have to count; shorter ones ("Thank you.", a heading) repeat for good reasons."""


def compute(table: pa.Table, params: RepeatedParagraphs, _context: FilterContext) -> FilterResult:
    """Rejects `repeated_paragraph` with its column, the share and its first words; looks at every turn of the
    assistant and at both responses."""
    parts = pieces(table, ("history", "response", "rejected"))
    roles = pc.struct_field(pc.list_flatten(table["history"].combine_chunks()), "role")
    rejected: dict[int, tuple[str, str]] = {}
    for piece in rows_where(pc.match_substring_regex(parts.texts, _BREAK)):
        column, row = parts.columns[piece], int(parts.rows[piece])
        if column == "history" and roles[int(parts.indices[piece])].as_py() != "assistant":
            continue
        share, first = repeated(parts.texts[piece].as_py(), params.min_words)
        asked = parts.texts[max(piece - 1, 0)] if column == "history" else table["instruction"][row]
        if share > params.max_share and not _on_purpose(without_document(asked.as_py() or "")):
            rejected.setdefault(row, ("repeated_paragraph", f"{column} {share:.2f}: {' '.join(first.split()[:8])}"))
    return FilterResult.of(table.num_rows, rejected)


def _on_purpose(asked: str) -> bool:
    return bool(REPETITION.search(asked) or PATTERN.search(asked))


def repeated(text: str, min_words: int = 8) -> tuple[float, str]:
    """The share of the characters of `text` that stand in paragraphs it had before, and the first such paragraph."""
    seen: set[str] = set()
    again: list[str] = []
    paragraphs = [p for p in re.split(_BREAK, _FENCE.sub("", text)) if p.strip()]
    for paragraph in paragraphs:
        if len(paragraph.split()) < min_words or _is_verse_or_code(paragraph):
            continue
        key = normalise(paragraph)
        if key in seen:
            again.append(paragraph)
        seen.add(key)
    return sum(map(len, again)) / max(sum(map(len, paragraphs)), 1), again[0] if again else ""


def _is_verse_or_code(paragraph: str) -> bool:
    lines = paragraph.strip("\n").split("\n")
    if all(line.startswith(("    ", "\t")) for line in lines):
        return True
    return len(lines) > 1 and all(len(line.split()) <= _VERSE for line in lines)


FILTER: Final = Filter(
    name="repeated_paragraphs",
    params=RepeatedParagraphs,
    reasons={
        "repeated_paragraph": "a text holds the same paragraph again; detail: column, share, first words",
    },
    row_wise=True,
    compute=compute,
)
