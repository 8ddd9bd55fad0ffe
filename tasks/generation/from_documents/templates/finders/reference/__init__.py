"""The finder for reference manuals: plain text with headings, entries under signatures, grammar, code and version notes.

It is strict. A place is an anchor only if its answer can be read by itself and a rule is sure of the question.
"""

from typing import Final

import pyarrow as pa

from tasks.generation.from_documents.templates.anchors import Anchor
from tasks.generation.from_documents.templates.finders.reference import entries, sections
from tasks.generation.from_documents.templates.finders.reference.passage import Passage
from tasks.generation.from_documents.templates.finders.reference.wording import topic

_ENTRY: Final = ("name", "signature", "owner", "call")
KINDS: Final[dict[str, tuple[str, ...]]] = {
    # entries
    "method": _ENTRY,
    "returns": _ENTRY,
    "class": _ENTRY,
    "special": _ENTRY,
    "called": _ENTRY,
    "command": _ENTRY,
    "operation": _ENTRY,
    "attribute": _ENTRY,
    "parameter": (*_ENTRY, "parameter"),
    "raises": (*_ENTRY, "error"),
    "example": _ENTRY,
    # sentences
    "definition": ("term",),
    "thing": ("be_subject",),
    "purpose": ("be_subject",),
    "does": ("do_subject", "verb"),
    "condition": ("condition",),
    "condition_where": ("condition", "where"),
    "condition_call": ("condition", "call"),
    "advice": ("condition",),
    "advice_call": ("condition", "call"),
    "reason": ("why",),
    "way": ("goal",),
    "means": ("can_be",),
    "permission": ("may",),
    "obligation": ("do_subject", "act"),
    "passive_how": ("be_done",),
    "passive_when": ("be_done",),
    "difference": ("pair",),
    "kinds": ("kinds",),
    "equivalent": ("code",),
    # sections
    "list": ("which",),
    "grammar": ("construct",),
    "rule": ("rule",),
    "changed": ("subject", "version"),
    "added": ("subject", "version"),
    "deprecated": ("subject", "version"),
    "overview": ("construct",),
    "use": ("construct",),
}


def find(chunks: pa.Table) -> list[Anchor]:
    """Anchors in the chunks of a manual, in their order; none twice with the same answer in one chunk."""
    rows = chunks.select(["chunk_id", "document_id", "title", "headings", "kind", "text"]).to_pylist()
    places = [(row["document_id"], row["headings"]) for row in rows]
    begins = [here != before for here, before in zip(places, [None, *places], strict=False)]
    return [anchor for row, first in zip(rows, begins, strict=True) for anchor in _in(Passage.read(row, first))]


def _in(passage: Passage) -> list[Anchor]:
    about = entries.entry(passage.headings)
    found = list(entries.find(passage)) if about else []
    found += sections.find(passage, entries.topic(about) if about else topic(passage.headings), about)
    anchors: dict[object, Anchor] = {}
    for kind, spans, slots in found:
        told = tuple((name, value) for name, value in slots.items() if value)
        anchors.setdefault(spans, Anchor(kind, passage.chunk_id, spans, told))
    return list(anchors.values())
