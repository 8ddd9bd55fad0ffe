"""Finders: rules that read chunks of one kind of writing and yield the places that can be asked about."""

from collections.abc import Callable
from typing import Final

import pyarrow as pa

from tasks.generation.from_documents.templates.anchors import Anchor
from tasks.generation.from_documents.templates.finders import fiction, reference

FINDERS: Final[dict[str, Callable[[pa.Table], list[Anchor]]]] = {
    "fiction": fiction.find,
    "reference": reference.find,
}
"""Name → find: anchors in the chunks of a table (columns as `tasks.core.schema.CHUNK`), in the order of the rows."""

KINDS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "fiction": fiction.KINDS,
    "reference": reference.KINDS,
}
"""Name → the kinds of anchor that finder yields → the slots an anchor of that kind can have."""
