"""The finder for reference works: definitions, terms, entries under signatures, described names, code with its explanation.

It is strict: a place is an anchor only if its answer can be read by itself and a rule is sure of the question.
"""

from collections.abc import Callable
from typing import Final

import pyarrow as pa

from tasks.generation.from_documents.sections import sections_of
from tasks.generation.from_documents.templates.anchors import Anchor
from tasks.generation.from_documents.templates.finders import code, definitions, entries, terms

_ENTRY: Final = ("name", "signature", "owner")
_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "function": _ENTRY,
    "class": _ENTRY,
    "called": _ENTRY,
    "command": _ENTRY,
    "operation": _ENTRY,
    "attribute": _ENTRY,
    "described": ("name", "kind", "about"),
    "raises": (*_ENTRY, "error"),
    "example": _ENTRY,
    "definition": ("be_subject", "about"),
    "does": ("do_subject", "verb"),
    "meaning": ("term", "about"),
    "meaning_in": ("term", "where"),
    "task_code": ("goal", "about"),
    "example_of": ("what", "about"),
}


def find(chunks: pa.Table) -> list[Anchor]:
    """Anchors in chunks (columns as CHUNK), document after document; none twice with the same answer."""
    anchors: dict[object, Anchor] = {}
    for document in sections_of(chunks):
        text = "\n".join(block.text for section in document for block in section.blocks if block.kind != "code")
        for section in document:
            for rule in (entries.find, terms.find, definitions.find, code.find):
                for anchor in filter(None, rule(section, text)):
                    anchors.setdefault((anchor.chunk_id, anchor.spans), anchor)
    return list(anchors.values())


FINDERS: Final[dict[str, Callable[[pa.Table], list[Anchor]]]] = {"reference": find}
"""Name → find: anchors in the chunks of a table (columns as `tasks.core.schema.CHUNK`), in the order of the rows."""

KINDS: Final[dict[str, dict[str, tuple[str, ...]]]] = {"reference": _KINDS}
"""Name → the kinds of anchor that finder yields → the slots an anchor of that kind can have."""
