"""The finder for reference manuals."""

from typing import Final

import pyarrow as pa

from tasks.seeds.anchors import Anchor

KINDS: Final[dict[str, tuple[str, ...]]] = {"definition": ("term",)}


def find(chunks: pa.Table) -> list[Anchor]:
    """Anchors in the chunks of a manual."""
    return []
