"""The inventory stage: what stands in the sources a recipe names."""

from collections.abc import Sequence

from tasks.core.outcome import Outcome, Tools
from tasks.documents.collect import collect
from tasks.documents.params import Source


def compute(sources: Sequence[Source], limit: int | None, tools: Tools) -> Outcome:
    """The documents (schema.INVENTORY) of `sources`, of which the first `limit` are taken if one is given; their raw bytes
    are kept by `tools.keep_raw`. Raises BadInput for a source that leads nowhere."""
    return collect(sources, tools.keep_raw, limit=limit)
